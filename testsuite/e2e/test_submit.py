"""What a task is given, how it starts, and how a start that fails is told."""

import os
import signal
import subprocess
import unittest

from harness import NO, OK, USAGE, TestCase


class Captured(TestCase):
    def test_working_folder(self):
        daemon = self.daemon()
        task = daemon.submit("pwd", cwd="/usr/share")
        self.assertTask(daemon.wait(task)[0], cwd="/usr/share", state="succeeded")
        self.assertEqual(daemon.output(task), b"/usr/share\n")

    def test_environment(self):
        daemon = self.daemon()
        env = {"COLOUR": "red with blanks", "EMPTY": "", "BYTES": "\udcff\udcfe"}
        task = daemon.submit("env", "-0", env=env)
        daemon.wait(task)
        given = daemon.output(task).split(b"\0")
        for line in (b"COLOUR=red with blanks", b"EMPTY=", b"BYTES=\xff\xfe", b"PATH=" + os.environb[b"PATH"]):
            self.assertIn(line, given)

    def test_environment_options(self):
        daemon = self.daemon()
        task = daemon.submit("env", options=["--env", "COLOUR=blue", "--env", "MORE=a=b"], env={"COLOUR": "red"})
        daemon.wait(task)
        self.assertIn(b"COLOUR=blue\n", daemon.output(task))
        self.assertIn(b"MORE=a=b\n", daemon.output(task))
        task = daemon.submit("/usr/bin/env", options=["--clean-env", "--env", "COLOUR"], env={"COLOUR": "green"})
        daemon.wait(task)
        self.assertIn(b"COLOUR=green\n", daemon.output(task))
        task = daemon.submit("/usr/bin/env", options=["--clean-env", "--env", "ONLY=this"], env={"COLOUR": "red"})
        daemon.wait(task)
        names = {line.partition(b"=")[0] for line in daemon.output(task).splitlines()}
        self.assertIn(b"ONLY", names)
        self.assertNotIn(b"COLOUR", names)
        self.assertNotIn(b"TASKDAEMON_HOME", names)
        self.assertEqual(daemon.run("submit", "--env", "=value", "--", "true").code, USAGE)

    def test_umask(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "umask", preexec_fn=lambda: os.umask(0o071))
        daemon.wait(task)
        self.assertEqual(daemon.output(task), b"0071\n")
        self.assertTask(daemon.show(task), umask="071")

    def test_label_and_argument_bytes(self):
        daemon = self.daemon()
        words = ["printf", "%s\n", "two words", "", "tab\tnewline\n", "quote'\"\\", "\u00fc\u4e16", "\udcfe\udcff", "-n", "--"]
        task = daemon.submit(*words, options=["--label", "nightly \u00fc"])
        self.assertTask(daemon.wait(task)[0], label="nightly \u00fc", state="succeeded", command=words[:7] + [{"base64": "/v8="}] + words[8:])
        expected = "".join(word + "\n" for word in words[2:])
        self.assertEqual(daemon.output(task), expected.encode("utf-8", "surrogateescape"))

    def test_submit_prints_the_bare_id(self):
        daemon = self.daemon()
        ids = [int(daemon.call("submit", "--", "true").out) for _ in range(5)]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertRegex(daemon.call("submit", "--", "true").out, r"\A\d+\n\Z")

    def test_ids_are_not_used_again(self):
        daemon = self.daemon()
        first = daemon.submit("true")
        daemon.wait(first)
        daemon.stop()
        daemon.start()
        self.assertGreater(daemon.submit("true"), first)

    def test_without_separator_options_belong_to_the_command(self):
        """`submit ls -l` works as one expects."""
        daemon = self.daemon()
        task = int(daemon.call("submit", "printf", "%s", "-x").out)
        daemon.wait(task)
        self.assertEqual(daemon.output(task), b"-x")


class Surroundings(TestCase):
    def test_session_and_group_are_its_own(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat")
        daemon.wait(task)
        pid, group, session = daemon.output(task).split()
        self.assertEqual(pid, group)
        self.assertEqual(pid, session)

    def test_descriptors_are_null_and_the_logs(self):
        daemon = self.daemon()
        task = daemon.submit("sh", "-c", "cat; ls -l /proc/$$/fd; true")
        self.assertTask(daemon.wait(task)[0], state="succeeded")
        # No pipe in the script, which the shell would hold open for a moment, and ls not last, or the shell would become it.
        listed = daemon.output(task).decode().splitlines()[1:]
        files = dict(line.split()[-3::2] for line in listed)
        self.assertEqual(sorted(files), ["0", "1", "2"])
        self.assertEqual(files["0"], "/dev/null")
        self.assertTrue(files["1"].startswith(daemon.path("tasks") + "/"), files)
        self.assertTrue(files["2"].startswith(daemon.path("tasks") + "/"), files)

    def test_signals_are_clean(self):
        daemon = self.daemon()

        def hostile():
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD})
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        task = daemon.submit("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", preexec_fn=hostile)
        daemon.wait(task)
        self.assertEqual(daemon.output(task).decode().split()[1::2], 2 * [16 * "0"])

    def test_a_task_may_ignore_the_end_of_its_submitter(self):
        """The submitting process's session ends; the task runs on."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = int(daemon.call("submit", "--", *gate.command(3), start_new_session=True).out)
        gate.bell.lines(1)
        gate.open()
        self.assertTask(daemon.wait(task)[0], exit_code=3)


class Outcome(TestCase):
    def test_every_exit_code(self):
        daemon = self.daemon()
        codes = [0, 1, 2, 63, 77, 124, 126, 127, 128, 143, 254, 255]
        tasks = [daemon.submit("sh", "-c", "exit %d" % code) for code in codes]
        for code, task in zip(codes, daemon.wait(*tasks)):
            state, cause = ("failed", "exit_code") if code else ("succeeded", None)
            self.assertTask(task, exit_code=code, signal=None, state=state, cause=cause, pid=None)

    def test_signals(self):
        daemon = self.daemon()
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP):
            task = daemon.submit("sh", "-c", "ulimit -c 0; kill -%d $$" % number)
            self.assertTask(daemon.wait(task)[0], state="failed", cause="signal", signal=int(number), exit_code=None)

    def test_wait_and_submit_wait_give_the_tasks_code(self):
        daemon = self.daemon()
        cases = [(["true"], 0), (["sh", "-c", "exit 42"], 42), (["sh", "-c", "kill -9 $$"], 128 + 9), (["sh", "-c", "kill -15 $$"], 128 + 15),
                 (["/nonexistent/program"], 127), (["/etc/passwd"], 126), (["/"], 126)]
        for command, code in cases:
            self.assertEqual(daemon.run("submit", "--wait", "--", *command).code, code, command)
            self.assertEqual(daemon.run("wait", daemon.submit(*command)).code, code, command)
        self.assertEqual(daemon.run("submit", "--wait", "--timeout", "100ms", "--", "sleep", "1000").code, 124)

    def test_wait_for_what_does_not_exist(self):
        daemon = self.daemon()
        self.assertEqual(daemon.run("wait", 4711).code, NO)
        self.assertIn("4711", daemon.run("wait", 4711).err)

    def test_resources_are_known(self):
        daemon = self.daemon()
        program = "x = bytearray(64 << 20)\nfor i in range(3000000): pass"
        task = daemon.wait(daemon.submit("/usr/bin/python3", "-c", program))[0]
        self.assertGreater(task["max_rss_bytes"], 64 << 20)
        self.assertLess(task["max_rss_bytes"], 512 << 20)
        self.assertGreater(task["user_time_us"], 1000)
        self.assertGreaterEqual(task["system_time_us"], 0)
        self.assertLessEqual(task["submitted_at"], task["started_at"])
        self.assertLess(task["started_at"], task["finished_at"])


class CannotSpawn(TestCase):
    def failed(self, command, *texts, daemon=None, **more):
        daemon = daemon or self.daemon()
        task = daemon.wait(daemon.submit(*command, **more))[0]
        self.assertTask(task, state="failed", cause="spawn", exit_code=None, signal=None)
        for text in texts:
            self.assertIn(text, task["detail"])
        self.assertIn(texts[0], daemon.call("show", task["id"]).out)

    def test_no_such_program(self):
        self.failed(["/nonexistent/program"], "No such file or directory", "/nonexistent/program")

    def test_not_found_in_path(self):
        self.failed(["surely-no-such-program"], "No such file or directory", "surely-no-such-program", env={"PATH": "/usr/bin:/bin"})

    def test_not_executable(self):
        self.failed(["/etc/passwd"], "Permission denied", "/etc/passwd")

    def test_a_folder(self):
        self.failed(["/usr"], "Permission denied", "/usr")

    def test_no_such_interpreter(self):
        daemon = self.daemon()
        script = os.path.join(daemon.scratch, "script")
        with open(script, "w", encoding="ascii") as file:
            file.write("#!/nonexistent/interpreter\n")
        os.chmod(script, 0o755)
        self.failed([script], "No such file or directory", script, daemon=daemon)

    def test_no_such_working_folder(self):
        daemon = self.daemon()
        gone = os.path.join(daemon.scratch, "gone")
        os.mkdir(gone)
        task = daemon.submit("true", options=["--hold"], cwd=gone)
        os.rmdir(gone)
        daemon.call("release", task)
        task = daemon.wait(task)[0]
        self.assertTask(task, state="failed", cause="spawn")
        self.assertIn(gone, task["detail"])
        self.assertIn("No such file or directory", task["detail"])

    def test_too_long_arguments(self):
        """One argument above the kernel's limit of 128 KiB goes in by a batch, since no command line can hold it."""
        daemon = self.daemon()
        line = '{"command": ["/bin/echo", "%s"]}\n' % (200 * 1024 * "x")
        task = int(daemon.call("submit", "--batch", "-", input=line).out)
        task = daemon.wait(task)[0]
        self.assertTask(task, state="failed", cause="spawn")
        self.assertIn("Argument list too long", task["detail"])
        self.assertIn("/bin/echo", task["detail"])

    def test_the_path_searched_is_the_submitters(self):
        daemon = self.daemon()
        folder = os.path.join(daemon.scratch, "tools")
        os.mkdir(folder)
        tool = os.path.join(folder, "only-here")
        with open(tool, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 17\n")
        os.chmod(tool, 0o755)
        task = daemon.submit("only-here", env={"PATH": folder + ":/usr/bin:/bin"})
        self.assertTask(daemon.wait(task)[0], exit_code=17)

    def test_log_folder_gone(self):
        """The output cannot be opened: the task fails and says so; the daemon lives."""
        daemon = self.daemon()
        os.rmdir(daemon.path("tasks"))
        with open(daemon.path("tasks"), "w", encoding="ascii"):
            pass
        task = daemon.wait(daemon.submit("true"))[0]
        self.assertTask(task, state="failed", cause="spawn")
        os.remove(daemon.path("tasks"))
        os.mkdir(daemon.path("tasks"))
        self.assertTask(daemon.wait(daemon.submit("true"))[0], state="succeeded")


class Durable(TestCase):
    def test_an_id_that_was_printed_survives_kill_9_of_everything(self):
        daemon = self.daemon()
        daemon.call("pause", "default")
        pids = [daemon.supervisor(), daemon.service()]
        submits = daemon.popen("submit", "--batch", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        submits.communicate(b"true\n" * 100)
        last = daemon.submit("echo", "durable")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        daemon.call("start")
        self.assertTask(daemon.show(last), state="queued")
        self.assertEqual(daemon.run("resume", "default").code, OK)
        daemon.wait(last)
        self.assertEqual(daemon.output(last), b"durable\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
