"""An idle supervisor makes no system call, and 1,000 tasks leave no descriptor, zombie or file behind."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from events import children, eventually, open_files, proc_state, proc_status
from harness import TestCase, require


def can_trace():
    """Whether strace may attach here (containers often forbid ptrace)."""
    if shutil.which("strace") is None:
        return False
    with subprocess.Popen(["sleep", "1000"]) as victim:
        probe = subprocess.run(["timeout", "-s", "INT", "0.2", "strace", "-c", "-p", str(victim.pid)], stderr=subprocess.PIPE, check=False)
        victim.kill()
    return b"attach:" not in probe.stderr


class Idle(TestCase):
    SECONDS = int(os.environ.get("TASKDAEMON_TEST_IDLE", "10"))

    def switches(self, pid):
        """Voluntary context switches: one for each time that the process slept again after waking up."""
        return sum(int(proc_status_of_thread(pid, thread)["voluntary_ctxt_switches"]) for thread in os.listdir("/proc/%d/task" % pid))

    def test_supervisor_never_wakes_up(self):
        """By the kernel's own count, which needs no right to trace. A task measures the time."""
        daemon = self.daemon()
        daemon.wait(daemon.submit("true"))
        pid = daemon.supervisor()
        window = subprocess.Popen(["sleep", "5"])
        before = self.switches(pid)
        window.wait()
        self.assertEqual(self.switches(pid) - before, 0)

    @require(can_trace(), "strace may not attach to a process here")
    def test_supervisor_makes_no_system_call(self):
        daemon = self.daemon()
        daemon.wait(daemon.submit("true"))
        with tempfile.NamedTemporaryFile("r", encoding="ascii") as report:
            subprocess.run(["timeout", "-s", "INT", str(self.SECONDS), "strace", "-f", "-c", "-o", report.name, "-p", str(daemon.supervisor())],
                           stderr=subprocess.DEVNULL, check=False)
            text = report.read()
        self.assertEqual(re.findall(r"^\s*[\d.]+\s.*$", text, re.MULTILINE), [], text)


def proc_status_of_thread(pid, thread):
    with open("/proc/%d/task/%s/status" % (pid, thread), encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def held_files(pid):
    """What a process has open but for the store's pool of readers, which grows with the load up to a limit."""
    return [name for name in open_files(pid).values() if "/tasks.db" not in name]


class Leaks(TestCase):
    def test_1000_tasks_leave_nothing(self):
        daemon = self.daemon(queue_default_parallelism="8")
        supervisor, service = daemon.supervisor(), daemon.service()
        warm = "true\n" * 50
        daemon.call("submit", "--batch", "-", "--wait", input=warm)
        before = {pid: len(held_files(pid)) for pid in (supervisor, service)}
        memory = int(proc_status(supervisor)["VmRSS"].split()[0])
        daemon.call("submit", "--batch", "-", "--wait", input="echo some output\n" * 1000)
        for pid, count in before.items():
            eventually(lambda: len(held_files(pid)) <= count, "as few descriptors of %d as before: %d" % (pid, count), folder=daemon.home)
        self.assertEqual(children(supervisor), [service])
        self.assertEqual(proc_state(service), "S")
        self.assertLess(int(proc_status(supervisor)["VmRSS"].split()[0]) - memory, 4096, "the supervisor grew by so many KiB")

    def test_restarts_of_the_service_leave_nothing(self):
        daemon = self.daemon(restart_delay="1ms")
        supervisor = daemon.supervisor()
        daemon.kill_service()
        daemon.status()
        before = len(open_files(supervisor))
        for _ in range(5):
            daemon.kill_service()
            daemon.status()
        self.assertEqual(len(open_files(supervisor)), before)
        self.assertEqual(children(supervisor), [daemon.service()])

    def test_failed_spawns_leave_nothing(self):
        daemon = self.daemon()
        supervisor = daemon.supervisor()
        line = '{"command": ["/nonexistent"]}\n'
        daemon.run("submit", "--batch", "-", "--wait", input=line * 20)
        before = len(open_files(supervisor))
        daemon.run("submit", "--batch", "-", "--wait", input=line * 300)
        self.assertEqual(len(open_files(supervisor)), before)
        self.assertEqual(children(supervisor), [daemon.service()])


if __name__ == "__main__":
    unittest.main(verbosity=2)
