"""kill -9 of the service, of the supervisor, of everything: no task lost, none run twice, no status invented."""

import os
import signal
import time
import unittest

from events import children, eventually, is_alive, proc_state, processes_of, wait_for_end
from harness import OK, TestCase


class ServiceKilled(TestCase):
    def test_fifty_running_tasks_notice_nothing(self):
        daemon = self.daemon(queue_default_parallelism="50")
        gate = daemon.gate()
        tasks = [daemon.submit(*gate.command(code)) for code in range(50)]
        pids = sorted(int(line) for line in gate.bell.lines(50))
        killed = daemon.kill_service()
        status = daemon.status()
        self.assertNotEqual(status["service_pid"], killed)
        self.assertEqual(status["supervisor_pid"], daemon.supervisor())
        self.assertEqual(status["tasks"]["running"], 50)
        self.assertEqual(sorted(daemon.show(task)["pid"] for task in tasks), pids)
        gate.open()
        for code, task in enumerate(daemon.wait(*tasks)):
            self.assertTask(task, exit_code=code, attempt=1)
            self.assertEqual(len(task["runs"]), 1)

    def test_ends_without_a_service_are_kept(self):
        """The tasks end while there is no service: it is stopped first, then killed."""
        daemon = self.daemon(queue_default_parallelism="50")
        gate = daemon.gate()
        tasks = [daemon.submit(*gate.command(code)) for code in range(50)]
        pids = [int(line) for line in gate.bell.lines(50)]
        service = daemon.service()
        os.kill(service, signal.SIGSTOP)
        gate.open()
        for pid in pids:
            wait_for_end(pid)
        os.kill(service, signal.SIGKILL)
        for code, task in enumerate(daemon.wait(*tasks)):
            self.assertTask(task, exit_code=code, attempt=1)
        self.assertEqual([pid for pid in children(daemon.supervisor()) if proc_state(pid) == "Z"], [])

    def test_commands_work_right_after(self):
        daemon = self.daemon(restart_delay="10ms", restart_maxDelay="50ms")
        for code in range(10):
            daemon.kill_service()
            self.assertEqual(daemon.run("submit", "--wait", "--", "sh", "-c", "exit %d" % code).code, code)

    def test_the_first_restart_is_not_noticed(self):
        """With the configuration's defaults a command right after a crash takes no second."""
        daemon = self.daemon()
        daemon.kill_service()
        begun = time.monotonic()
        daemon.submit("true")
        self.assertLess(time.monotonic() - begun, 1.0)

    def test_waiting_clients_outlive_it(self):
        """wait and logs -f of before the crash end with the right answer."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command(6))
        gate.bell.lines(1)
        waiter = daemon.popen("wait", task)
        submitter = daemon.popen("submit", "--wait", "--", *gate.command(7))
        gate.bell.lines(1)
        daemon.kill_service()
        gate.open()
        self.assertEqual(waiter.wait(60), 6)
        self.assertEqual(submitter.wait(60), 7)

    def test_with_segv_or_abort(self):
        daemon = self.daemon()
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM):
            pid = daemon.service()
            os.kill(pid, number)
            if number != signal.SIGTERM:
                wait_for_end(pid)
            self.assertTask(daemon.wait(daemon.submit("true"))[0], state="succeeded")

    def test_while_stopping(self):
        """A service that dies during the drain does not keep the daemon from its stop, nor lose the tasks' ends."""
        daemon = self.daemon(shutdown_grace="60s")
        gate = daemon.gate()
        task = daemon.submit(*gate.command(8))
        gate.bell.lines(1)
        service, supervisor = daemon.service(), daemon.supervisor()
        stopping = daemon.popen("stop")
        eventually(lambda: daemon.run("submit", "--hold", "--", "true").code != OK, "a daemon that drains", folder=daemon.home)
        os.kill(service, signal.SIGKILL)
        wait_for_end(service)
        gate.open()
        self.assertEqual(stopping.wait(60), OK)
        self.assertFalse(is_alive(supervisor))
        daemon.start()
        self.assertTask(daemon.wait(task)[0], exit_code=8, attempt=1)


class EverythingKilled(TestCase):
    def kill_everything(self, daemon):
        """Supervisor, service and tasks, all at once."""
        pids = processes_of(daemon.home)
        self.assertIn(daemon.supervisor(), pids)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            wait_for_end(pid)

    def test_queued_tasks_run_and_running_ones_are_settled(self):
        daemon = self.daemon(queue_default_parallelism="3")
        gate = daemon.gate()
        policies = ("requeue", "hold", "fail")
        running = {policy: daemon.submit(*gate.command(3), options=["--on-crash", policy]) for policy in policies}
        gate.bell.lines(3)
        finished = daemon.submit("false", options=["--hold"])
        queued = [daemon.submit("sh", "-c", "exit %d" % code) for code in range(5)]
        self.kill_everything(daemon)
        gate.open()
        daemon.start()
        for code, task in enumerate(daemon.wait(*queued)):
            self.assertTask(task, exit_code=code, attempt=1)
        again = daemon.wait(running["requeue"])[0]
        self.assertTask(again, state="failed", exit_code=3)
        self.assertEqual([run["state"] for run in again["runs"]], ["lost", "failed"])
        self.assertEqual(again["runs"][0]["exit_code"], None)
        self.assertTask(daemon.show(running["hold"]), state="queued", held=True, exit_code=None)
        self.assertTask(daemon.show(running["fail"]), state="lost", cause="lost", exit_code=None, signal=None)
        self.assertTask(daemon.show(finished), state="queued", held=True)

    def test_a_thousand_queued_ones_all_run_once(self):
        daemon = self.daemon(queue_default_parallelism="8")
        counter = os.path.join(daemon.scratch, "ran")
        lines = "".join('{"command": ["/bin/sh", "-c", "echo %d >>%s; exit %d"], "on_crash": "fail"}\n' % (n, counter, n % 100) for n in range(1000))
        ids = [int(line) for line in daemon.call("submit", "--batch", "-", input=lines).lines()]
        eventually(lambda: os.path.exists(counter) and os.path.getsize(counter) > 500, "the first tasks' output", folder=daemon.scratch)
        self.kill_everything(daemon)
        daemon.start()
        daemon.run("wait", *ids)
        tasks = sorted(daemon.every_task(), key=lambda task: task["id"])
        self.assertEqual([task["id"] for task in tasks], ids)
        lost = [task for task in tasks if task["state"] == "lost"]
        self.assertLessEqual(len(lost), 8)
        for number, task in enumerate(tasks):
            if task["state"] != "lost":
                self.assertTask(task, exit_code=number % 100, attempt=1)
        with open(counter, encoding="ascii") as file:
            ran = [int(line) for line in file]
        self.assertEqual(len(ran), len(set(ran)), "a task ran twice")
        self.assertGreaterEqual(len(ran), 1000 - len(lost))


class SupervisorKilled(TestCase):
    def started(self, daemon, gate, task):
        """The pid of a task whose start is on disk: what was killed before that cannot be told from what never ran."""
        pid = int(gate.bell.lines(1)[0])
        eventually(lambda: daemon.show(task)["pid"] == pid, "the start on record", folder=daemon.home)
        return pid

    def test_the_service_ends_at_once(self):
        daemon = self.daemon()
        service, supervisor = daemon.service(), daemon.supervisor()
        os.kill(supervisor, signal.SIGKILL)
        wait_for_end(service, 5)
        self.assertEqual(daemon.run("status").code, 1)
        self.assertEqual(daemon.run("list").code, 69)
        daemon.start()

    def test_its_tasks_run_on_and_are_not_run_twice(self):
        """The next start adopts what still runs; it ends as lost, since only a parent is told the status."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command(3), options=["--on-crash", "fail"])
        pid = self.started(daemon, gate, task)
        service, supervisor = daemon.service(), daemon.supervisor()
        os.kill(supervisor, signal.SIGKILL)
        wait_for_end(service)
        self.assertTrue(is_alive(pid), "the task was killed with its supervisor")
        daemon.start()
        self.assertTask(daemon.show(task), state="running", pid=pid)
        gate.open()
        self.assertTask(daemon.wait(task)[0], state="lost", cause="lost", exit_code=None, attempt=1)
        self.assertTrue(gate.bell.silent(), "the task was run a second time")

    def test_a_survivor_can_be_canceled(self):
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command(3))
        pid = self.started(daemon, gate, task)
        service, supervisor = daemon.service(), daemon.supervisor()
        os.kill(supervisor, signal.SIGKILL)
        wait_for_end(service)
        daemon.start()
        daemon.call("cancel", task)
        wait_for_end(pid)
        self.assertTask(daemon.wait(task)[0], state="canceled")

    def test_a_service_that_hangs_ends_too(self):
        """Stopped with SIGSTOP it cannot see the end of its supervisor; the kernel tells it."""
        daemon = self.daemon()
        service, supervisor = daemon.service(), daemon.supervisor()
        os.kill(service, signal.SIGSTOP)
        os.kill(supervisor, signal.SIGKILL)
        wait_for_end(service, 5)
        daemon.start()


class CrashLoop(TestCase):
    def test_a_service_that_cannot_start_again_ends_the_daemon(self):
        """After restart.limit restarts in restart.window the supervisor gives up, says so and leaves nothing running."""
        daemon = self.daemon(restart_limit="2", restart_delay="10ms", restart_window="600s")
        supervisor = daemon.supervisor()
        for _ in range(3):
            pid = daemon.service()
            os.kill(pid, signal.SIGKILL)
            wait_for_end(pid)
            if not is_alive(supervisor):
                break
        wait_for_end(supervisor)
        self.assertRegex(daemon.log(), "(?i)giv(e|ing) up")
        self.assertEqual(daemon.run("status").code, 3, "a daemon that gave up has taken its PID file away")
        daemon.start()


if __name__ == "__main__":
    unittest.main(verbosity=2)
