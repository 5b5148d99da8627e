"""list, show, status: what people and scripts see."""

import unittest

from events import eventually, is_alive, proc_state
from harness import NO, USAGE, TestCase


class List(TestCase):
    def test_filters(self):
        daemon = self.daemon(queue_other_parallelism="1")
        good = daemon.submit("true", options=["--label", "blue"])
        bad = daemon.submit("false", options=["--label", "red"])
        other = daemon.submit("true", options=["--queue", "other", "--label", "blue"])
        held = daemon.submit("true", options=["--hold"])
        daemon.wait(good, bad, other)

        def ids(*arguments):
            return [task["id"] for task in daemon.list(*arguments)]

        self.assertEqual(ids(), [held, other, bad, good])
        self.assertEqual(ids("--state", "succeeded"), [other, good])
        self.assertEqual(ids("--state", "queued,failed"), [held, bad])
        self.assertEqual(ids("--queue", "other"), [other])
        self.assertEqual(ids("--label", "blue"), [other, good])
        self.assertEqual(ids("--label", "blue", "--queue", "default"), [good])
        self.assertEqual(ids("--label", "nosuch"), [])
        self.assertEqual(ids("--limit", "2"), [held, other])
        self.assertEqual(ids("--limit", "2", "--before", str(other)), [bad, good])
        self.assertIn("asleep", daemon.call("list", "--state", "asleep", code=USAGE).err)

    def test_newest_page_first(self):
        daemon = self.daemon()
        daemon.call("pause", "default")
        ids = [int(line) for line in daemon.call("submit", "--batch", "-", input="true\n" * 300).lines()]
        page = [task["id"] for task in daemon.list()]
        self.assertEqual(page, ids[::-1][: len(page)])
        self.assertLess(len(page), 300)
        everything, before = [], None
        while True:
            page = daemon.list("--limit", "100", *(["--before", str(before)] if before else []))
            if not page:
                break
            everything += [task["id"] for task in page]
            before = everything[-1]
        self.assertEqual(everything, ids[::-1])

    def test_human_form(self):
        daemon = self.daemon()
        daemon.call("submit", "--label", "evil\x1b[2J\nlabel", "--", "true", code=USAGE)
        task = daemon.submit("printf", "two words\n\x1b[31mred", "\x9b2J", options=["--label", "good"])
        daemon.wait(task)
        result = daemon.call("list")
        self.assertIn("succeeded", result.out)
        self.assertNotIn("\x1b", result.out, "no colour off a terminal, and no control character of a task's at all")
        self.assertEqual(len([line for line in result.lines() if str(task) in line.split()[:1]]), 1)
        self.assertNotIn("\x1b", daemon.call("show", task).out)
        self.assertNotIn("\x1b", daemon.log())


class Show(TestCase):
    def test_has_every_field(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "exit 3", options=["--label", "l", "--priority", "2", "--timeout", "1h", "--kill-after", "2s"])
        shown = daemon.wait(task)[0]
        self.assertTask(shown, id=task, state="failed", cause="exit_code", queue="default", label="l", priority=2, command=["sh", "-c", "exit 3"],
                        cwd=daemon.scratch, attempt=1, exit_code=3, signal=None, pid=None, held=False, timeout_us=3600 * 10**6, kill_after_us=2 * 10**6,
                        on_crash="requeue")
        for field in ("submitted_at", "started_at", "finished_at", "umask", "environment", "user_time_us", "system_time_us", "max_rss_bytes"):
            self.assertIsNotNone(shown[field], field)
        self.assertEqual(len(shown["runs"]), 1)
        self.assertTask(shown["runs"][0], run=1, attempt=1, state="failed", exit_code=3)
        human = daemon.call("show", task).out
        for text in ("failed", "exit 3", daemon.scratch, "default"):
            self.assertIn(text, human)

    def test_of_a_running_task_has_its_pid(self):
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command())
        pid = int(gate.bell.lines(1)[0])
        eventually(lambda: daemon.show(task)["pid"] == pid, "the start on record", folder=daemon.home)
        self.assertTask(daemon.show(task), state="running", pid=pid, exit_code=None, finished_at=None, cause=None)
        self.assertTrue(is_alive(pid))
        gate.open()

    def test_of_nothing(self):
        daemon = self.daemon()
        for verb in ("show", "logs", "cancel"):
            result = daemon.call(verb, 4711, code=NO)
            self.assertIn("4711", result.err)
            self.assertEqual(result.out, "")


class Status(TestCase):
    def test_json(self):
        daemon = self.daemon(queue_other_parallelism="2")
        daemon.wait(daemon.submit("true"), daemon.submit("false"))
        daemon.submit("true", options=["--hold"])
        status = daemon.status()
        self.assertEqual(status["supervisor_pid"], daemon.supervisor())
        self.assertIn(proc_state(status["service_pid"]), ("S", "R"))
        self.assertRegex(status["version"], r"^\d+\.\d+\.\d+")
        self.assertGreaterEqual(status["uptime_seconds"], 0)
        self.assertEqual({name: status["tasks"][name] for name in ("queued", "running", "succeeded", "failed")},
                         {"queued": 1, "running": 0, "succeeded": 1, "failed": 1})
        self.assertEqual(sorted(queue["name"] for queue in status["queues"]), ["default", "other"])
        self.assertEqual(sorted(check["name"] for check in status["checks"]), ["disk", "scheduler", "store", "supervisor"])

    def test_human(self):
        daemon = self.daemon()
        text = daemon.call("status").out
        for part in (daemon.supervisor(), daemon.service(), "default"):
            self.assertIn(str(part), text)

    def test_queue_list(self):
        daemon = self.daemon(queue_other_parallelism="2")
        self.assertIn("other", daemon.call("queue", "list").out)
        queues = daemon.call("--output", "json", "queue", "list").json()
        self.assertEqual({queue["name"]: queue["parallelism"] for queue in queues}, {"default": 4, "other": 2})


if __name__ == "__main__":
    unittest.main(verbosity=2)
