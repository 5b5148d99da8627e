"""Queues: parallelism never exceeded, priorities, pause and resume, hold and release."""

import os
import unittest

from harness import NO, TestCase


class Parallelism(TestCase):
    def test_is_reached_and_never_exceeded(self):
        """Each task counts itself in and out under a lock and writes how many it saw."""
        daemon = self.daemon(queue_default_parallelism="3", queue_other_parallelism="2")
        for queue, limit in (("default", 3), ("other", 2)):
            gate = daemon.gate("gate." + queue)
            first = [daemon.submit(*gate.command(), options=["--queue", queue]) for _ in range(limit + 4)]
            gate.bell.lines(limit)
            counts = {entry["name"]: entry for entry in daemon.status()["queues"]}[queue]
            self.assertEqual((counts["running"], counts["queued"], counts["parallelism"]), (limit, 4, limit))
            self.assertTrue(gate.bell.silent(), "one task too many was started")
            gate.open()
            daemon.wait(*first)
        base = os.path.join(daemon.scratch, "count")
        script = ("exec 9>>{0}.lock; flock 9; n=$(cat {0} 2>/dev/null || echo 0); n=$((n+1)); echo $n >{0}; echo $n >>{0}.seen; flock -u 9;"
                  "true; flock 9; n=$(cat {0}); echo $((n-1)) >{0}").format(base)
        daemon.call("submit", "--batch", "-", "--wait", input=(script + "\n") * 200)
        with open(base + ".seen", encoding="ascii") as file:
            seen = [int(line) for line in file]
        self.assertEqual(len(seen), 200)
        self.assertLessEqual(max(seen), 3)

    def test_default_is_the_number_of_cores(self):
        daemon = self.daemon(queue_default_parallelism=None)
        queue = daemon.status()["queues"][0]
        self.assertEqual((queue["name"], queue["parallelism"]), ("default", os.cpu_count()))

    def test_an_unknown_queue_is_refused(self):
        daemon = self.daemon()
        result = daemon.run("submit", "--queue", "nosuch", "--", "true")
        self.assertNotEqual(result.code, 0)
        self.assertIn("nosuch", result.err)
        self.assertEqual(daemon.list(), [])

    def test_queues_do_not_hinder_each_other(self):
        daemon = self.daemon(queue_default_parallelism="1", queue_other_parallelism="1")
        gate = daemon.gate()
        blocked = daemon.submit(*gate.command())
        gate.bell.lines(1)
        self.assertTask(daemon.wait(daemon.submit("true", options=["--queue", "other"]))[0], state="succeeded")
        self.assertTask(daemon.show(blocked), state="running")


class Order(TestCase):
    def test_priority_first_then_submission(self):
        daemon = self.daemon(queue_default_parallelism="1")
        daemon.call("pause", "default")
        bell = daemon.bell()
        priorities = [0, 5, -5, 0, 5, 100, -100, 0]
        tasks = []
        for number, priority in enumerate(priorities):
            command = ["sh", "-c", "echo %d >%s" % (number, bell.path)]
            tasks.append(daemon.submit(*command, options=["--priority=%d" % priority]))
        self.assertTrue(bell.silent())
        daemon.call("resume", "default")
        expected = sorted(range(len(priorities)), key=lambda number: (-priorities[number], number))
        self.assertEqual([int(line) for line in bell.lines(len(priorities))], expected)
        daemon.call("wait", *tasks)


class Pause(TestCase):
    def test_starts_nothing_until_resume(self):
        daemon = self.daemon()
        gate = daemon.gate()
        running = daemon.submit(*gate.command(3))
        gate.bell.lines(1)
        daemon.call("pause", "default")
        queued = daemon.submit("true")
        self.assertTask(daemon.show(queued), state="queued", started_at=None)
        self.assertTrue(daemon.status()["queues"][0]["paused"])
        gate.open()
        self.assertTask(daemon.wait(running)[0], exit_code=3)
        self.assertTask(daemon.show(queued), state="queued")
        daemon.call("resume", "default")
        self.assertTask(daemon.wait(queued)[0], state="succeeded")
        self.assertFalse(daemon.status()["queues"][0]["paused"])

    def test_outlives_restart_and_crash(self):
        daemon = self.daemon()
        daemon.call("pause", "default")
        task = daemon.submit("true")
        daemon.kill_service()
        self.assertTrue(daemon.status()["queues"][0]["paused"])
        daemon.stop()
        daemon.start()
        self.assertTrue(daemon.status()["queues"][0]["paused"])
        self.assertTask(daemon.show(task), state="queued")
        daemon.call("resume", "default")
        self.assertTask(daemon.wait(task)[0], state="succeeded")

    def test_of_an_unknown_queue(self):
        daemon = self.daemon()
        for verb in ("pause", "resume"):
            self.assertIn("nosuch", daemon.call(verb, "nosuch", code=NO).err)

    def test_a_queue_may_begin_paused(self):
        daemon = self.daemon(queue_night_parallelism="1", queue_night_paused="true")
        task = daemon.submit("true", options=["--queue", "night"])
        self.assertTask(daemon.show(task), state="queued")
        daemon.call("resume", "night")
        self.assertTask(daemon.wait(task)[0], state="succeeded")


class Hold(TestCase):
    def test_waits_for_release(self):
        daemon = self.daemon()
        task = daemon.submit("true", options=["--hold"])
        later = daemon.submit("true")
        self.assertTask(daemon.wait(later)[0], state="succeeded")
        self.assertTask(daemon.show(task), state="queued", held=True)
        daemon.call("release", task)
        self.assertTask(daemon.wait(task)[0], state="succeeded", held=False)

    def test_hold_of_a_queued_task(self):
        daemon = self.daemon()
        daemon.call("pause", "default")
        task = daemon.submit("true")
        daemon.call("hold", task)
        daemon.call("resume", "default")
        daemon.wait(daemon.submit("true"))
        self.assertTask(daemon.show(task), state="queued", held=True)
        daemon.call("release", task)
        daemon.wait(task)
        daemon.call("hold", task, code=NO)
        daemon.call("release", task, code=NO)
        daemon.call("hold", 4711, code=NO)


if __name__ == "__main__":
    unittest.main(verbosity=2)
