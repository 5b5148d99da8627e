"""POCO's own options, in every order, and everything that must not daemonize by accident."""

import itertools
import os
import unittest

from events import is_alive, proc_status, processes_of
from harness import CONFIG, NO, OK, TEMPFAIL, USAGE, TestCase


class PocoOptions(TestCase):
    def setUp(self):
        self.home = self.daemon(started=False)
        self.pid = os.path.join(self.home.scratch, "other.pid")
        self.config = os.path.join(self.home.scratch, "other.properties")
        with open(self.config, "w", encoding="ascii") as file:
            file.write("health.address = 127.0.0.1:0\ndaemon.umask = 077\n")
        os.remove(self.home.config_file)
        self.words = ["--daemon", "--pidfile=" + self.pid, "--umask=027", "--config=" + self.config]

    def launch(self, words, program=None):
        self.home.call(*words, program=program or self.home.program)
        with open(self.pid, encoding="ascii") as file:
            pid = int(file.read())
        self.assertEqual(int(proc_status(pid)["Umask"], 8), 0o27)
        self.assertNotEqual(os.getsid(pid), os.getsid(0))
        self.assertFalse(os.path.exists(self.home.pid_file))
        return pid

    def end(self, pid):
        self.home.call("stop", "--config", self.config, "--pid-file", self.pid)
        self.assertFalse(is_alive(pid))
        self.assertFalse(os.path.exists(self.pid))

    def test_in_every_order(self):
        for words in itertools.permutations(self.words):
            self.end(self.launch(words))

    def test_to_taskdaemond(self):
        for words in (self.words, self.words[::-1]):
            self.end(self.launch(words, os.path.join(self.home.bin_dir, "taskdaemond")))

    def test_a_second_launch_is_refused(self):
        pid = self.launch(self.words)
        self.assertIn(str(pid), self.home.call(*self.words, code=TEMPFAIL).err)
        self.end(pid)

    def test_an_error_of_the_configuration_reaches_the_caller(self):
        with open(self.config, "a", encoding="ascii") as file:
            file.write("daemon.umsk = 022\n")
        for words in itertools.permutations(self.words, 4):
            result = self.home.call(*words, code=CONFIG)
            self.assertIn(self.config + ":3: daemon.umsk", result.err)
        self.assertFalse(os.path.exists(self.pid))


class WrongOptions(TestCase):
    WRONG = [
        ["--daem"],
        ["--daemonx"],
        ["--daemon=yes"],
        ["-daemon"],
        ["--daemon", "--umask=999"],
        ["--daemon", "--umask="],
        ["--daemon", "--umask=rwx"],
        ["--daemon", "--umask=-1"],
        ["--daemon", "--umask=00000000000000022x"],
        ["--daemon", "--pidfile="],
        ["--daemon", "--pid"],
        ["--daemon", "--config="],
        ["--daemon", "--nosuch"],
        ["--nosuch", "--daemon"],
        ["--daemon", "stray"],
        ["--daemon", "--daemon=1"],
        ["start", "--nosuch"],
        ["start", "stray"],
        ["run", "--nosuch"],
        ["run", "--umask=999"],
    ]

    def test_exit_64_and_start_nothing(self):
        for program in ("taskdaemon", "taskdaemond"):
            daemon = self.daemon(started=False, program=program)
            for words in self.WRONG:
                with self.subTest(program=program, words=words):
                    result = daemon.call(*words, code=USAGE)
                    self.assertNotEqual(result.err, "")
                    self.assertEqual(result.out, "")
                    self.assertEqual(os.listdir(daemon.home), ["taskdaemon.properties"])
                    self.assertEqual(processes_of(daemon.home), [])

    def test_of_the_client(self):
        daemon = self.daemon(started=False)
        for words in ([], ["nosuch"], ["submit"], ["submit", "--nosuch", "--", "true"], ["show"], ["show", "x"], ["list", "--state", "asleep"],
                      ["cancel"], ["wait"], ["--output", "xml", "list"], ["submit", "--priority", "high", "--", "true"], ["logs", "-1"]):
            result = daemon.call(*words, code=USAGE)
            self.assertNotEqual(result.err, "", words)

    def test_help_and_version(self):
        daemon = self.daemon(started=False)
        self.assertIn("submit", daemon.call("--help").out)
        self.assertIn("--batch", daemon.call("submit", "--help").out)
        self.assertRegex(daemon.call("--version").out, r"\d+\.\d+\.\d+")
        for program in ("taskdaemon", "taskdaemond"):
            daemon.call("--daemon", "--help", program=os.path.join(daemon.bin_dir, program))
        self.assertEqual(os.listdir(daemon.home), ["taskdaemon.properties"])


class CheckConfig(TestCase):
    def test_says_ok_or_every_mistake(self):
        daemon = self.daemon(started=False)
        daemon.call("check-config")
        daemon.write_config("log.level = loud\ncontrol.mode = 0999\nqueue.default.parallelism = 0\nno equals sign\nlog.level = debug\n")
        result = daemon.call("check-config", code=CONFIG)
        for text in (":1: log.level:", ":2: control.mode:", ":3: queue.default.parallelism:", ":4:", ":5: log.level:"):
            self.assertIn(daemon.config_file + text, result.err)

    def test_all_formats_mean_the_same(self):
        daemon = self.daemon(started=False)
        texts = {
            "a.properties": "health.address = 127.0.0.1:0\nqueue.slow.parallelism = 3\ntask.killAfter = 1500ms\n",
            "a.xml": "<c><health><address>127.0.0.1:0</address></health><queue><slow><parallelism>3</parallelism></slow></queue>"
                     "<task><killAfter>1500ms</killAfter></task></c>",
            "a.json": '{"health": {"address": "127.0.0.1:0"}, "queue": {"slow": {"parallelism": 3}}, "task": {"killAfter": "1500ms"}}',
            "a.yml": "health:\n  address: 127.0.0.1:0\nqueue:\n  slow:\n    parallelism: 3\ntask:\n  killAfter: 1500ms\n",
        }
        for name, text in texts.items():
            path = os.path.join(daemon.scratch, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            daemon.call("start", "--config", path)
            task = daemon.submit("true", options=["--queue", "slow"])
            daemon.wait(task)
            self.assertTask(daemon.show(task), queue="slow", kill_after_us=1500000, state="succeeded")
            queues = {queue["name"]: queue["parallelism"] for queue in daemon.status()["queues"]}
            self.assertEqual(queues["slow"], 3)
            daemon.stop()


class NoDaemon(TestCase):
    def test_every_client_command_says_that_none_runs(self):
        daemon = self.daemon(started=False)
        for words in (["submit", "--", "true"], ["list"], ["show", "1"], ["logs", "1"], ["wait", "1"], ["cancel", "1"], ["pause"], ["resume"]):
            result = daemon.call(*words, code=69)
            self.assertIn("taskdaemon start", result.err, words)

    def test_status_has_lsb_codes(self):
        daemon = self.daemon(started=False)
        self.assertEqual(daemon.run("status").code, 3)
        daemon.start()
        self.assertEqual(daemon.run("status").code, OK)
        self.assertNotEqual(daemon.run("show", "1").code, OK)
        self.assertEqual(daemon.run("show", "1").code, NO)


if __name__ == "__main__":
    unittest.main(verbosity=2)
