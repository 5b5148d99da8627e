"""submit --batch: NDJSON objects and plain command lines, all or nothing of a chunk, the wrong line named."""

import json
import os
import subprocess
import unittest

from events import read_until
from harness import OK, USAGE, TestCase


class Batch(TestCase):
    def batch(self, daemon, text, *options):
        result = daemon.call("submit", "--batch", "-", *options, input=text)
        return [int(line) for line in result.lines()]

    def test_objects_and_plain_lines(self):
        daemon = self.daemon()
        lines = [
            json.dumps({"command": ["sh", "-c", "echo $COLOUR; pwd; exit 3"], "cwd": "/usr", "env": {"COLOUR": "red"}, "label": "a", "priority": 5}),
            "echo plain line | tr a-z A-Z; exit 4",
            "",
            json.dumps({"command": "echo by the shell && exit 5"}),
            "   echo indented",
        ]
        ids = self.batch(daemon, "\n".join(lines) + "\n")
        self.assertEqual(len(ids), 4)
        self.assertEqual(ids, sorted(ids))
        first, second, third, fourth = daemon.wait(*ids)
        self.assertTask(first, exit_code=3, label="a", priority=5, cwd="/usr")
        self.assertEqual(daemon.output(ids[0]), b"red\n/usr\n")
        self.assertTask(second, exit_code=4)
        self.assertEqual(daemon.output(ids[1]), b"PLAIN LINE\n")
        self.assertTask(third, exit_code=5)
        self.assertTask(fourth, state="succeeded")

    def test_from_a_file_and_without_a_last_newline(self):
        daemon = self.daemon()
        path = os.path.join(daemon.scratch, "jobs")
        with open(path, "w", encoding="ascii") as file:
            file.write("true\nfalse")
        ids = [int(line) for line in daemon.call("submit", "--batch", path).lines()]
        self.assertEqual([task["exit_code"] for task in daemon.wait(*ids)], [0, 1])
        self.assertIn("nosuchfile", daemon.run("submit", "--batch", "/tmp/nosuchfile").err)

    def test_options_are_the_defaults_of_every_line(self):
        daemon = self.daemon(queue_slow_parallelism="1")
        lines = 'true\n{"command": ["true"], "label": "own", "env": {"B": "2"}}\n'
        ids = self.batch(daemon, lines, "--label", "common", "--queue", "slow", "--priority", "3", "--env", "A=1")
        first, second = daemon.wait(*ids)
        self.assertTask(first, label="common", queue="slow", priority=3)
        self.assertTask(second, label="own", queue="slow", priority=3)
        self.assertIn("A=1", second["environment"])
        self.assertIn("B=2", second["environment"])

    def test_the_wrong_line_is_named_and_its_chunk_refused(self):
        daemon = self.daemon()
        wrong = ['{"command": []}', '{"command": ["true"], "colour": "red"}', '{"cwd": "/"}', '{"command": ["true"], "cwd": "relative"}', '{"command": ["true"',
                 '{"command": ["a\\u0000b"]}', '{"command": ["true"], "priority": "high"}', '{"command": ["true"], "queue": "nosuch"}',
                 '{"command": ["true"], "timeout": "soon"}', '["true"]', '{"command": ["true"], "env": {"A=B": "1"}}', '{"command": 7}',
                 '{"command": ["true"], "umask": "999"}', '{"command": ["true"], "on_crash": "panic"}']
        for line in wrong:
            result = daemon.call("submit", "--batch", "-", input="true\ntrue\n" + line + "\ntrue\n", code=USAGE)
            self.assertRegex(result.err, r"(^|\D)3\D", line)
            self.assertEqual(result.out, "", line)
            self.assertEqual(daemon.list(), [], line)

    def test_ten_thousand_lines(self):
        daemon = self.daemon()
        daemon.call("pause", "default")
        lines = "".join('{"command": ["/bin/true"], "label": "n%d"}\n' % n for n in range(10000))
        ids = self.batch(daemon, lines)
        self.assertEqual(len(ids), 10000)
        self.assertEqual(len(set(ids)), 10000)
        self.assertEqual(daemon.status()["tasks"]["queued"], 10000)
        for n in (0, 999, 1000, 5000, 9999):
            self.assertEqual(daemon.show(ids[n])["label"], "n%d" % n)

    def test_a_stream_is_submitted_as_it_comes(self):
        """With a pipe that stays open each chunk is accepted when it is there, not at the end."""
        daemon = self.daemon()
        process = daemon.popen("submit", "--batch", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3):
            process.stdin.write(b"true\n")
            process.stdin.flush()
            task = int(read_until(process.stdout, lambda data: data.endswith(b"\n")))
            self.assertTask(daemon.wait(task)[0], state="succeeded")
        process.stdin.close()
        self.assertEqual(process.wait(60), OK)

    def test_hostile_bytes(self):
        daemon = self.daemon()
        for data in (b"\xff\xfe\x00\n", b'{"command": ["\xff"]}\n', b"\0\n", b"[" * 100000 + b"\n", b'{"a":' * 50000 + b"\n"):
            result = daemon.run("submit", "--batch", "-", stdin=subprocess.PIPE, input=data)
            self.assertEqual(result.code, USAGE, result)
        self.assertEqual(daemon.list(), [])

    def test_nothing_is_nothing(self):
        daemon = self.daemon()
        self.assertEqual(daemon.call("submit", "--batch", "-", input="\n\n").out, "")

    def test_wait_of_a_batch_gives_one_answer(self):
        daemon = self.daemon()
        self.assertEqual(daemon.run("submit", "--batch", "-", "--wait", input="true\ntrue\n").code, OK)
        self.assertNotEqual(daemon.run("submit", "--batch", "-", "--wait", input="true\nfalse\n").code, OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
