"""cancel and timeouts: TERM to the whole group, KILL after killAfter, and nothing else called by their names."""

import os
import time
import unittest

from events import is_alive, wait_for_end
from harness import NO, OK, TestCase


class Family(TestCase):
    """Tasks with a child in their group; both announce their pids, then wait for ever on a FIFO that nobody writes."""

    def never(self, daemon):
        path = os.path.join(daemon.scratch, "never")
        os.mkfifo(path)
        os.chmod(path, 0o666)
        return path

    def family(self, daemon, ignores_term=False):
        """The bell and the script; an ignored signal stays ignored in the child."""
        bell, never = daemon.bell(), self.never(daemon)
        trap = "trap '' TERM; " if ignores_term else ""
        return bell, trap + 'sh -c "echo \\$\\$ >{0}; read x <{1}" & echo $$ >{0}; read x <{1}'.format(bell.path, never)


class Cancel(Family):
    def test_of_a_running_task_ends_its_whole_group(self):
        daemon = self.daemon()
        bell, script = self.family(daemon)
        task = daemon.submit("sh", "-c", script)
        pids = [int(line) for line in bell.lines(2)]
        daemon.call("cancel", task)
        self.assertTask(daemon.wait(task)[0], state="canceled", cause="canceled", attempt=1)
        for pid in pids:
            wait_for_end(pid)

    def test_kills_who_ignores_term(self):
        daemon = self.daemon(task_killAfter="300ms")
        bell, script = self.family(daemon, ignores_term=True)
        task = daemon.submit("sh", "-c", script)
        pids = [int(line) for line in bell.lines(2)]
        begun = time.monotonic()
        daemon.call("cancel", task)
        self.assertTask(daemon.wait(task)[0], state="canceled", cause="canceled", signal=9)
        self.assertGreaterEqual(time.monotonic() - begun, 0.3)
        for pid in pids:
            wait_for_end(pid)

    def test_a_grandchild_that_ignores_term_goes_as_well(self):
        """The leader obeys TERM at once; the rest of the group that does not gets KILL all the same."""
        daemon = self.daemon(task_killAfter="300ms")
        bell = daemon.bell()
        never = self.never(daemon)
        script = "sh -c 'trap \"\" TERM; echo $$ >%s; read x <%s' & read x <%s" % (bell.path, never, never)
        task = daemon.submit("sh", "-c", script)
        pid = int(bell.lines(1)[0])
        daemon.call("cancel", task)
        self.assertTask(daemon.wait(task)[0], state="canceled")
        wait_for_end(pid)

    def test_gives_the_task_time_to_clean_up(self):
        daemon = self.daemon(task_killAfter="60s")
        bell = daemon.bell()
        never = self.never(daemon)
        task = daemon.submit("sh", "-c", "trap 'echo cleaned; exit 12' TERM; echo >%s; read x <%s" % (bell.path, never))
        bell.lines(1)
        daemon.call("cancel", task)
        self.assertTask(daemon.wait(task)[0], state="canceled", cause="canceled", exit_code=12)
        self.assertEqual(daemon.output(task), b"cleaned\n")

    def test_of_a_queued_task(self):
        daemon = self.daemon()
        task = daemon.submit("true", options=["--hold"])
        daemon.call("cancel", task)
        self.assertTask(daemon.show(task), state="canceled", attempt=0, started_at=None, pid=None)
        self.assertNotEqual(daemon.run("wait", task).code, OK)

    def test_of_a_finished_task_is_refused(self):
        daemon = self.daemon()
        task = daemon.submit("true")
        daemon.wait(task)
        self.assertIn("succeeded", daemon.call("cancel", task, code=NO).err)
        self.assertTask(daemon.show(task), state="succeeded")

    def test_of_many(self):
        daemon = self.daemon(queue_default_parallelism="20")
        gate = daemon.gate()
        tasks = [daemon.submit(*gate.command()) for _ in range(20)]
        pids = [int(line) for line in gate.bell.lines(20)]
        daemon.call("cancel", *tasks)
        for task in daemon.wait(*tasks):
            self.assertTask(task, state="canceled")
        for pid in pids:
            wait_for_end(pid)

    def test_while_the_service_is_down(self):
        """A cancel right after kill -9 of the service reaches the task through its successor."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command())
        gate.bell.lines(1)
        daemon.kill_service()
        daemon.call("cancel", task)
        self.assertTask(daemon.wait(task)[0], state="canceled")

    def test_of_a_stopped_task(self):
        """TERM alone would stay pending with a stopped process."""
        daemon = self.daemon(task_killAfter="300ms")
        gate = daemon.gate()
        task = daemon.submit(*gate.command())
        pid = int(gate.bell.lines(1)[0])
        os.kill(pid, 19)
        daemon.call("cancel", task)
        self.assertTask(daemon.wait(task)[0], state="canceled")


class Timeout(Family):
    def test_ends_the_task(self):
        daemon = self.daemon()
        begun = time.monotonic()
        task = daemon.submit("sleep", "1000", options=["--timeout", "500ms"])
        self.assertTask(daemon.wait(task)[0], state="timed_out", cause="timeout", attempt=1)
        self.assertGreaterEqual(time.monotonic() - begun, 0.5)
        self.assertEqual(daemon.run("wait", task).code, 124)

    def test_kills_the_group_that_ignores_term(self):
        daemon = self.daemon(task_killAfter="300ms", task_timeout="300ms")
        bell, script = self.family(daemon, ignores_term=True)
        task = daemon.submit("sh", "-c", script)
        pids = [int(line) for line in bell.lines(2)]
        self.assertTask(daemon.wait(task)[0], state="timed_out", cause="timeout")
        for pid in pids:
            wait_for_end(pid)

    def test_in_time_is_no_timeout(self):
        daemon = self.daemon(task_timeout="60s")
        self.assertTask(daemon.wait(daemon.submit("sh", "-c", "exit 4"))[0], state="failed", cause="exit_code", exit_code=4)

    def test_counts_from_the_start_not_from_submission(self):
        daemon = self.daemon(queue_default_parallelism="1", queue_other_parallelism="1")
        gate = daemon.gate()
        first = daemon.submit(*gate.command())
        gate.bell.lines(1)
        second = daemon.submit("true", options=["--timeout", "300ms"])
        daemon.wait(daemon.submit("sleep", "0.5", options=["--queue", "other"]))
        gate.open()
        self.assertTask(daemon.wait(first, second)[1], state="succeeded")

    def test_holds_while_the_service_is_down(self):
        """The supervisor keeps the clock."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command(), options=["--timeout", "1s"])
        pid = int(gate.bell.lines(1)[0])
        service = daemon.service()
        os.kill(service, 19)
        wait_for_end(pid)
        os.kill(service, 9)
        self.assertTask(daemon.wait(task)[0], state="timed_out")

    def test_wrong_durations_are_refused(self):
        daemon = self.daemon()
        for text in ("soon", "10", "-1s", "1.5.2s", "", "99999999999d"):
            self.assertEqual(daemon.run("submit", "--timeout=" + text, "--", "true").code, 64, text)
        self.assertTrue(is_alive(daemon.supervisor()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
