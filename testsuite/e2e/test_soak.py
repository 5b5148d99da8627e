"""Many tasks with known exit codes and outputs while the service is killed every second: the account is exact.

TASKDAEMON_TEST_SOAK sets their number; 10,000 is the figure that a release is judged by.
"""

import os
import signal
import threading
import time
import unittest

from events import children, proc_state
from harness import TestCase

TASKS = int(os.environ.get("TASKDAEMON_TEST_SOAK", "2000"))


class Killer(threading.Thread):
    """Kills the service once a second until told to stop."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.target, self.kills, self.done = daemon, 0, threading.Event()

    def run(self):
        while not self.done.wait(1.0):
            status = self.target.run("--output", "json", "status")
            if status.code == 0:
                os.kill(status.json()["service_pid"], signal.SIGKILL)
                self.kills += 1


class Soak(TestCase):
    def test_every_task_is_accounted_for(self):
        daemon = self.daemon(queue_default_parallelism="4", restart_delay="10ms", restart_maxDelay="50ms")
        killer = Killer(daemon)
        killer.start()
        begun = time.monotonic()
        ids = {}
        try:
            for chunk in range(0, TASKS, 500):
                numbers = range(chunk, min(chunk + 500, TASKS))
                ids.update(self.submit(daemon, numbers))
            self.finish(daemon, list(ids.values()))
        finally:
            killer.done.set()
            killer.join()
        seconds = time.monotonic() - begun
        tasks = {task["label"]: task for task in daemon.every_task()}
        self.assertEqual(len(tasks), TASKS, "tasks with different labels")
        wrong = []
        for number in range(TASKS):
            task = tasks["soak-%d" % number]
            if task["id"] != ids[number] or task["exit_code"] != number % 200 or task["attempt"] != 1 or self.logged(daemon, task) != "task %d\n" % number:
                wrong.append((task, self.logged(daemon, task)))
        self.assertEqual(wrong[:5], [], "%d of %d wrong" % (len(wrong), TASKS))
        self.assertEqual(len(list(daemon.every_task())), TASKS, "tasks at all")
        supervisor = daemon.supervisor()
        self.assertEqual([pid for pid in children(supervisor) if proc_state(pid) == "Z"], [])
        self.assertEqual(children(supervisor), [daemon.service()])
        self.assertGreater(killer.kills, 0)
        print("%d tasks exact, the service killed %d times, %.1f s" % (TASKS, killer.kills, seconds))

    def submit(self, daemon, numbers):
        """One batch. A service killed between commit and answer leaves a client that does not know: then the tasks are
        looked up by their labels, and only what is missing is submitted again."""
        known, missing = {}, list(numbers)
        while missing:
            lines = "".join('{"command": ["/bin/sh", "-c", "echo task %d; exit %d"], "label": "soak-%d"}\n' % (n, n % 200, n) for n in missing)
            result = daemon.run("submit", "--batch", "-", input=lines)
            printed = [int(line) for line in result.lines()]
            if result.code == 0:
                known.update(zip(missing, printed))
                return known
            accepted = {task["label"]: task["id"] for task in daemon.every_task()}
            for number in list(missing):
                if "soak-%d" % number in accepted:
                    known[number] = accepted["soak-%d" % number]
                    missing.remove(number)
        return known

    def finish(self, daemon, ids):
        for begin in range(0, len(ids), 500):
            result = daemon.run("wait", *ids[begin:begin + 500], seconds=1200)
            self.assertLess(result.code, 64 + 200, result)
        status = daemon.status()
        self.assertEqual((status["tasks"]["queued"], status["tasks"]["running"]), (0, 0))

    def logged(self, daemon, task):
        """What the task wrote, read from its file: a client process for each of 10,000 would test nothing more."""
        path = daemon.path("tasks", str(task["id"] // 1000), "%d.1.out" % task["id"])
        with open(path, encoding="ascii") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main(verbosity=2)
