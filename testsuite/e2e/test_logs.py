"""logs: whole, separated, followed without polling, whatever bytes."""

import hashlib
import os
import subprocess
import unittest

from events import cpu_seconds, read_until
from harness import OK, TestCase

LARGE = 100 * 1024 * 1024


class Logs(TestCase):
    def test_streams_are_separate(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "echo out; echo err >&2; echo out2")
        daemon.wait(task)
        both, out, err = (daemon.call("logs", *options, task) for options in ([], ["--stdout"], ["--stderr"]))
        self.assertEqual((both.out, both.err), ("out\nout2\n", "err\n"))
        self.assertEqual((out.out, out.err), ("out\nout2\n", ""))
        self.assertEqual((err.out, err.err), ("", "err\n"))

    def test_binary_bytes_are_intact(self):
        daemon = self.daemon()
        program = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 1000)"
        task = daemon.submit("/usr/bin/python3", "-c", program)
        daemon.wait(task)
        self.assertEqual(daemon.output(task), bytes(range(256)) * 1000)

    def test_of_a_task_without_output_and_of_a_queued_one(self):
        daemon = self.daemon()
        task = daemon.submit("true")
        daemon.wait(task)
        self.assertEqual(daemon.output(task), b"")
        held = daemon.submit("echo", "later", options=["--hold"])
        self.assertEqual(daemon.output(held), b"")

    def test_100_mb(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "yes 0123456789abcde | head -c %d" % LARGE)
        following = daemon.popen("logs", "-f", task, stdout=subprocess.PIPE)
        digest, size = hashlib.sha256(), 0
        for chunk in iter(lambda: following.stdout.read(1 << 20), b""):
            digest.update(chunk)
            size += len(chunk)
        self.assertEqual(following.wait(60), OK)
        self.assertEqual(size, LARGE)
        self.assertEqual(digest.hexdigest(), hashlib.sha256(b"0123456789abcde\n" * (LARGE // 16)).hexdigest())
        self.assertTask(daemon.show(task), state="succeeded")
        with open(os.devnull, "wb") as null:
            self.assertEqual(daemon.popen("logs", task, stdout=null).wait(60), OK)

    def test_output_survives_a_crash_of_the_service(self):
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit("sh", "-c", "echo before; " + gate.command(after="echo after;")[2])
        gate.bell.lines(1)
        daemon.kill_service()
        self.assertEqual(daemon.output(task), b"before\n")
        gate.open()
        daemon.wait(task)
        self.assertEqual(daemon.output(task), b"before\nafter\n")

    def test_a_reader_that_goes_away_harms_nothing(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "yes | head -c 10000000")
        daemon.wait(task)
        reader = daemon.popen("logs", task, stdout=subprocess.PIPE)
        read_until(reader.stdout, lambda data: len(data) > 1000)
        reader.stdout.close()
        reader.wait(60)
        self.assertEqual(len(daemon.output(task)), 10000000)


class Follow(TestCase):
    def test_shows_at_once_and_ends_with_the_task(self):
        daemon = self.daemon()
        fifo = os.path.join(daemon.scratch, "fifo")
        os.mkfifo(fifo)
        os.chmod(fifo, 0o666)
        task = daemon.submit("sh", "-c", "exec 5<>%s; for i in 1 2 3; do read line <&5; echo got $line; done" % fifo)
        following = daemon.popen("logs", "-f", task, stdout=subprocess.PIPE)
        with open(fifo, "r+b", buffering=0) as pipe:
            for word in (b"one", b"two", b"three"):
                pipe.write(word + b"\n")
                self.assertEqual(read_until(following.stdout, lambda data: data.endswith(b"\n")), b"got " + word + b"\n")
            self.assertEqual(following.wait(60), OK)
        self.assertEqual(following.stdout.read(), b"")

    def test_of_a_queued_task_waits_for_it(self):
        daemon = self.daemon()
        task = daemon.submit("echo", "late", options=["--hold"])
        following = daemon.popen("logs", "-f", task, stdout=subprocess.PIPE)
        daemon.call("release", task)
        self.assertEqual(following.communicate(timeout=60)[0], b"late\n")
        self.assertEqual(following.returncode, OK)

    def test_of_a_finished_task_ends_at_once(self):
        daemon = self.daemon()
        task = daemon.submit("echo", "done")
        daemon.wait(task)
        self.assertEqual(daemon.output(task, "-f"), b"done\n")

    def test_the_last_bytes_are_there(self):
        """Output written just before the end is never cut off, 100 times of 100."""
        daemon = self.daemon()
        for number in range(100):
            task = daemon.submit("sh", "-c", "echo first; printf %d" % number)
            self.assertEqual(daemon.output(task, "-f"), b"first\n%d" % number)

    def test_an_idle_follower_uses_no_cpu(self):
        """While nothing is written neither the follower nor the service works for it."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit("sh", "-c", "echo begun; " + gate.command()[2])
        gate.bell.lines(1)
        followers = [daemon.popen("logs", "-f", task, stdout=subprocess.PIPE) for _ in range(10)]
        for follower in followers:
            self.assertEqual(read_until(follower.stdout, lambda data: data.endswith(b"\n")), b"begun\n")
        pids = [follower.pid for follower in followers] + [daemon.service()]
        before = sum(map(cpu_seconds, pids))
        seconds = 4
        window = daemon.submit("sleep", str(seconds))
        daemon.wait(window)
        self.assertLess((sum(map(cpu_seconds, pids)) - before) / seconds, 0.05)
        gate.open()
        for follower in followers:
            self.assertEqual(follower.wait(60), OK)

    def test_many_followers_hold_up_nobody(self):
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command(after="echo end;"))
        gate.bell.lines(1)
        followers = [daemon.popen("logs", "-f", task, stdout=subprocess.PIPE) for _ in range(40)]
        waiters = [daemon.popen("wait", task) for _ in range(40)]
        self.assertTask(daemon.wait(daemon.submit("true"))[0], state="succeeded")
        gate.open()
        for follower in followers:
            self.assertEqual(follower.communicate(timeout=60)[0], b"end\n")
        for waiter in waiters:
            self.assertEqual(waiter.wait(60), OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
