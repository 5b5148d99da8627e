"""start, run, stop: ready at return, errors told by the very command, nothing left behind."""

import os
import signal
import socket
import subprocess
import unittest

from events import eventually, is_alive, open_files, proc_state, proc_status, wait_for_end
from harness import CONFIG, NOPERM, OK, SOFTWARE, ORDINARY_USER, RUNNING_AS_ROOT, TEMPFAIL, TestCase, require


class Start(TestCase):
    def test_is_usable_at_once_20_of_20(self):
        daemon = self.daemon(started=False)
        for _ in range(20):
            result = daemon.call("start")
            self.assertIn(str(daemon.supervisor()), result.out)
            self.assertEqual(daemon.status()["supervisor_pid"], daemon.supervisor())
            task = daemon.submit("true")
            daemon.call("wait", task)
            daemon.stop()
            self.assertFalse(os.path.exists(daemon.pid_file))
            self.assertFalse(os.path.exists(daemon.socket))

    def test_of_a_running_daemon_is_refused_with_its_pid(self):
        daemon = self.daemon()
        pid = daemon.supervisor()
        for verb in ("start", "run"):
            result = daemon.call(verb, code=TEMPFAIL)
            self.assertIn(str(pid), result.err)
        self.assertEqual(daemon.supervisor(), pid)
        self.assertEqual(daemon.status()["supervisor_pid"], pid)

    def test_may_be_called_twice_at_once(self):
        """Of many simultaneous starts exactly one wins; the others say that it runs already."""
        daemon = self.daemon(started=False)
        starts = [daemon.popen("start", stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
        codes = []
        for start in starts:
            start.communicate(timeout=60)
            codes.append(start.returncode)
        self.assertEqual(sorted(codes), [OK] + 7 * [TEMPFAIL])
        self.assertEqual(daemon.status()["supervisor_pid"], daemon.supervisor())

    def test_with_everything_closed(self):
        """Without fds 0 to 2 no file or socket of the daemon may land on them."""
        daemon = self.daemon(started=False)
        closed = ["/bin/sh", "-c", 'exec "$0" start <&- >&- 2>&-', daemon.program]
        subprocess.run(closed, env=daemon.environment(), check=True, timeout=60)
        files = open_files(daemon.supervisor())
        self.assertEqual([files[0], files[1], files[2]], 3 * ["/dev/null"])
        self.assertEqual(daemon.output(daemon.wait(daemon.submit("echo", "hello"))[0]["id"]), b"hello\n")

    def test_after_a_crash_of_everything_needs_no_repair(self):
        daemon = self.daemon()
        for pid in (daemon.supervisor(), daemon.service()):
            os.kill(pid, signal.SIGKILL)
            wait_for_end(pid)
        daemon.start()
        daemon.call("wait", daemon.submit("true"))


class Daemonized(TestCase):
    def test_has_a_session_but_does_not_lead_it(self):
        daemon = self.daemon()
        pid = daemon.supervisor()
        self.assertNotEqual(os.getsid(pid), os.getsid(0))
        self.assertNotEqual(os.getsid(pid), pid)
        self.assertEqual(os.readlink("/proc/%d/cwd" % pid), "/")
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            self.assertEqual(file.read().rpartition(")")[2].split()[4], "0", "controlling terminal")

    def test_holds_nothing_of_its_caller(self):
        """No inherited descriptor, blocked or ignored signal, in neither process, and it works all the same."""
        daemon = self.daemon(started=False)
        with open(daemon.path("taskdaemon.properties"), "rb") as leak:
            for fd in (3, 17, 200):
                os.dup2(leak.fileno(), fd, inheritable=True)

            def hostile():
                signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP})
                for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
                    signal.signal(number, signal.SIG_IGN)

            daemon.call("start", preexec_fn=hostile, close_fds=False)
            for fd in (17, 200):
                os.close(fd)
        for pid in (daemon.supervisor(), daemon.service()):
            self.assertNotIn(daemon.config_file, open_files(pid).values())
        task = daemon.submit("sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status")
        daemon.call("wait", task)
        self.assertEqual(daemon.output(task).decode().split(), ["SigBlk:", 16 * "0", "SigIgn:", 16 * "0"])
        daemon.stop()

    def test_std_descriptors_are_null_or_the_configured_files(self):
        daemon = self.daemon()
        files = open_files(daemon.supervisor())
        self.assertEqual([files[0], files[1], files[2]], 3 * ["/dev/null"])
        daemon.stop()
        out, err = os.path.join(daemon.scratch, "out"), os.path.join(daemon.scratch, "err")
        daemon.configure(daemon_stdout=out, daemon_stderr=err)
        daemon.start()
        files = open_files(daemon.supervisor())
        self.assertEqual([files[0], files[1], files[2]], ["/dev/null", out, err])

    def test_every_descriptor_is_close_on_exec(self):
        daemon = self.daemon()
        for pid in (daemon.supervisor(), daemon.service()):
            for fd in open_files(pid):
                with open("/proc/%d/fdinfo/%d" % (pid, fd), encoding="ascii") as file:
                    flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
                self.assertTrue(fd < 3 or flags & 0o2000000, "fd %d of %d: %s" % (fd, pid, open_files(pid)[fd]))

    def test_umask_and_workdir_are_the_configured_ones(self):
        daemon = self.daemon(started=False, daemon_umask="077", daemon_workDir="/usr")
        pid = daemon.start()
        self.assertEqual(int(proc_status(pid)["Umask"], 8), 0o77)
        self.assertEqual(os.readlink("/proc/%d/cwd" % pid), "/usr")


class RefusedStart(TestCase):
    """A start that cannot be says so itself and leaves the home as it was."""

    def refused(self, daemon, code, *texts, files=("taskdaemon.properties",)):
        for verb in ("start", "run", "--daemon"):
            result = daemon.call(verb, code=code)
            for text in texts:
                self.assertIn(text, result.err)
            self.assertEqual(result.out, "")
            self.assertEqual(sorted(os.listdir(daemon.home)), sorted(files), result)
            daemon.check_nothing_left = lambda: None if sorted(os.listdir(daemon.home)) == sorted(files) else self.fail("files left")

    def test_wrong_configuration_names_file_line_and_key(self):
        daemon = self.daemon(started=False)
        daemon.write_config("# a comment\nhealth.address = 127.0.0.1:0\nqueue.default.paralelism = 2\ntask.timeout = soon\n")
        self.refused(daemon, CONFIG, daemon.config_file + ":3: queue.default.paralelism:", "parallelism", daemon.config_file + ":4: task.timeout:")

    def test_missing_configuration_file(self):
        daemon = self.daemon(started=False)
        result = daemon.call("start", "--config", daemon.path("none.properties"), code=CONFIG)
        self.assertIn("none.properties", result.err)
        self.assertEqual(os.listdir(daemon.home), ["taskdaemon.properties"])

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            daemon = self.daemon(started=False, health_address=address)
            self.refused(daemon, TEMPFAIL, address)

    def test_control_socket_path_too_long(self):
        daemon = self.daemon(started=False)
        daemon.configure(control_socket=daemon.path(120 * "x"))
        result = daemon.call("start", code=CONFIG)
        self.assertIn("control.socket", result.err)
        self.assertEqual(os.listdir(daemon.home), ["taskdaemon.properties"])

    def test_control_socket_path_taken_by_a_file(self):
        """What is no socket of ours is not removed."""
        daemon = self.daemon(started=False)
        with open(daemon.socket, "w", encoding="ascii") as file:
            file.write("precious")
        result = daemon.run("start")
        self.assertNotEqual(result.code, OK)
        self.assertIn(daemon.socket, result.err)
        with open(daemon.socket, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")
        self.assertFalse(os.path.exists(daemon.pid_file))
        os.remove(daemon.socket)

    def test_output_file_that_cannot_be_opened(self):
        """Found only after the fork: told once, and the PID file and the socket are gone when it is."""
        daemon = self.daemon(started=False)
        daemon.configure(daemon_stdout=daemon.path("none/out"))
        result = daemon.call("start", code=SOFTWARE)
        self.assertEqual(result.err, "taskdaemon: cannot open '%s': No such file or directory\n" % daemon.path("none/out"))
        self.assertLessEqual(set(os.listdir(daemon.home)), {"taskdaemon.properties", "taskdaemon.log", "tasks"})

    def test_unwritable_folder(self):
        daemon = self.daemon(started=False, user=ORDINARY_USER)
        os.chmod(daemon.home, 0o555)
        self.refused(daemon, NOPERM, daemon.home)

    def test_database_that_is_none(self):
        daemon = self.daemon(started=False)
        self.damaged(daemon, b"this is no database, but somebody's only copy of something\n" * 50)

    def test_database_with_a_damaged_page(self):
        daemon = self.daemon()
        daemon.call("submit", "--batch", "-", input="true\n" * 300)
        daemon.stop("--force")
        with open(daemon.database, "rb") as file:
            data = bytearray(file.read())
        self.assertGreater(len(data), 3 * 4096)
        data[4096:] = b"\xa5" * (len(data) - 4096)
        self.damaged(daemon, bytes(data), more=("taskdaemon.log", "tasks"))

    def damaged(self, daemon, data, more=()):
        before = set(os.listdir(daemon.home)) | {"tasks.db"}
        with open(daemon.database, "wb") as file:
            file.write(data)
        result = daemon.call("start", code=CONFIG)
        self.assertIn(daemon.database, result.err)
        with open(daemon.database, "rb") as file:
            self.assertEqual(file.read(), data, "the file was touched")
        self.assertLessEqual(set(os.listdir(daemon.home)), before | {"taskdaemon.log", "tasks"})

    def test_database_unreadable(self):
        daemon = self.daemon(started=False, user=ORDINARY_USER)
        daemon.start()
        daemon.stop()
        os.chmod(daemon.database, 0)
        result = daemon.call("start", code=NOPERM)
        self.assertIn(daemon.database, result.err)


class StalePidFile(TestCase):
    def test_is_taken_over(self):
        """Whatever a PID file without a living daemon says, start works and touches nobody."""
        bystander = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(bystander.wait)
        self.addCleanup(bystander.kill)
        for text in ("", "garbage\n", "-1\n", "0\n", "1\n", "99999999999999999999\n", "%d\n" % bystander.pid, "%d\n" % os.getpid(), 5000 * "9"):
            daemon = self.daemon(started=False)
            with open(daemon.pid_file, "w", encoding="ascii") as file:
                file.write(text)
            self.assertEqual(daemon.run("status").code, 1, "dead with a PID file: " + text[:40])
            self.assertIn("not running", daemon.call("stop").out)
            self.assertIn("not running", daemon.call("stop", "--force").out)
            self.assertNotEqual(daemon.start(), bystander.pid)
            daemon.stop()
            self.assertIsNone(bystander.poll(), "the process that a stale PID file named was ended")

    def test_that_is_a_link_is_not_followed_to_a_strange_file(self):
        daemon = self.daemon(started=False)
        victim = os.path.join(daemon.scratch, "victim")
        with open(victim, "w", encoding="ascii") as file:
            file.write("precious")
        os.symlink(victim, daemon.pid_file)
        daemon.run("start")
        with open(victim, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")
        if daemon.run("status").code == OK:
            daemon.stop()
        if os.path.lexists(daemon.pid_file):
            os.remove(daemon.pid_file)


class Foreground(TestCase):
    def test_run_stays_until_term_or_int(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.daemon(started=False)
            pid = daemon.run_in_foreground()
            self.assertEqual(daemon.supervisor(), pid, "run is the supervisor itself")
            daemon.call("wait", daemon.submit("true"))
            daemon.foreground.send_signal(number)
            self.assertEqual(daemon.foreground.wait(60), OK)

    def test_start_with_foreground_is_run(self):
        daemon = self.daemon(started=False)
        daemon.foreground = daemon.popen("start", "--foreground")
        eventually(lambda: daemon.run("status").code == OK, "a daemon that answers", folder=daemon.home)
        self.assertEqual(daemon.supervisor(), daemon.foreground.pid)
        daemon.stop()
        self.assertEqual(daemon.foreground.wait(60), OK)

    def test_taskdaemond_alone_is_run(self):
        daemon = self.daemon(started=False)
        daemon.foreground = daemon.popen(program=os.path.join(daemon.bin_dir, "taskdaemond"))
        eventually(lambda: daemon.run("status").code == OK, "a daemon that answers", folder=daemon.home)
        self.assertEqual(daemon.supervisor(), daemon.foreground.pid)


class Stop(TestCase):
    def test_of_nothing(self):
        daemon = self.daemon(started=False)
        self.assertIn("not running", daemon.call("stop").out)
        self.assertEqual(daemon.run("status").code, 3)
        self.assertEqual(os.listdir(daemon.home), ["taskdaemon.properties"])

    def test_drains_short_tasks(self):
        daemon = self.daemon()
        gate = daemon.gate()
        tasks = [daemon.submit(*gate.command(code)) for code in (0, 3)]
        waiting = daemon.submit("true", options=["--queue", "default", "--hold"])
        gate.bell.lines(2)
        pid = daemon.supervisor()
        stopping = daemon.popen("stop")
        eventually(lambda: daemon.run("submit", "--", "true").code != OK, "a daemon that accepts no more work", folder=daemon.home)
        self.assertEqual(proc_state(pid), "S")
        gate.open()
        self.assertEqual(stopping.wait(60), OK)
        self.assertFalse(is_alive(pid))
        daemon.start()
        first, second = (daemon.show(task) for task in tasks)
        self.assertTask(first, state="succeeded", exit_code=0, attempt=1)
        self.assertTask(second, state="failed", cause="exit_code", exit_code=3, attempt=1)
        self.assertTask(daemon.show(waiting), state="queued", held=True)

    def test_at_the_deadline_interrupts_and_queues_again(self):
        """No attempt is spent, and after the next start the task runs to its end."""
        daemon = self.daemon(shutdown_grace="200ms", task_killAfter="200ms", queue_default_parallelism="2")
        gate = daemon.gate()
        polite = daemon.submit(*gate.command(4))
        stubborn = daemon.submit("sh", "-c", "trap '' TERM; " + gate.command(5)[2])
        queued = daemon.submit("true")
        gate.bell.lines(2)
        daemon.stop()
        gate.open()
        daemon.start()
        ends = daemon.wait(polite, stubborn, queued)
        self.assertTask(ends[0], state="failed", exit_code=4, attempt=1)
        self.assertTask(ends[1], state="failed", exit_code=5, attempt=1)
        self.assertTask(ends[2], state="succeeded", attempt=1)
        runs = ends[0]["runs"]
        self.assertEqual([run["cause"] for run in runs], ["interrupted", "exit_code"])
        self.assertEqual([run["attempt"] for run in runs], [1, 1])

    def test_hold_and_fail_policies_settle_interrupted_tasks(self):
        daemon = self.daemon(shutdown_grace="100ms", task_killAfter="5s")
        gate = daemon.gate()
        hold = daemon.submit(*gate.command(), options=["--on-crash", "hold"])
        fail = daemon.submit(*gate.command(), options=["--on-crash", "fail"])
        gate.bell.lines(2)
        daemon.stop()
        gate.open()
        daemon.start()
        self.assertTask(daemon.show(hold), state="queued", held=True)
        self.assertTask(daemon.show(fail), state="failed", cause="interrupted")

    def test_second_term_stops_now(self):
        daemon = self.daemon(shutdown_grace="1000s", task_killAfter="1000s")
        gate = daemon.gate()
        task = daemon.submit("sh", "-c", "trap '' TERM; " + gate.command()[2])
        gate.bell.lines(1)
        pid = daemon.supervisor()
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: daemon.run("submit", "--", "true").code != OK, "a daemon that drains", folder=daemon.home)
        os.kill(pid, signal.SIGTERM)
        wait_for_end(pid)
        gate.open()
        daemon.start()
        self.assertTask(daemon.wait(task)[0], state="succeeded", attempt=1)

    def test_those_who_wait_are_told(self):
        daemon = self.daemon()
        held = daemon.submit("true", options=["--hold"])
        waiter = daemon.popen("wait", held, stderr=subprocess.PIPE)
        daemon.submit("true", options=["--wait"])
        daemon.stop()
        self.assertNotEqual(waiter.wait(60), OK)
        self.assertNotEqual(waiter.stderr.read(), b"")

    def test_quit_and_force_stop_now(self):
        for way in ("quit", "force"):
            daemon = self.daemon(shutdown_grace="1000s", task_killAfter="1000s")
            gate = daemon.gate()
            daemon.submit("sh", "-c", "trap '' TERM; " + gate.command()[2])
            gate.bell.lines(1)
            pid = daemon.supervisor()
            if way == "quit":
                os.kill(pid, signal.SIGQUIT)
                wait_for_end(pid)
            else:
                daemon.stop("--force")

    def test_timeout_says_that_it_still_stops(self):
        daemon = self.daemon(shutdown_grace="1000s")
        gate = daemon.gate()
        daemon.submit(*gate.command())
        gate.bell.lines(1)
        pid = daemon.supervisor()
        result = daemon.run("stop", "--timeout", "200ms")
        self.assertEqual(result.code, TEMPFAIL, result)
        self.assertEqual(proc_state(pid), "S")
        gate.open()
        wait_for_end(pid)

    def test_the_senders_pid_and_uid_are_logged(self):
        daemon = self.daemon()
        pid = daemon.supervisor()
        os.kill(pid, signal.SIGTERM)
        wait_for_end(pid)
        self.assertRegex(daemon.log(), r"(?i)term.*pid=%d.*uid=%d" % (os.getpid(), os.getuid()))


class Restart(TestCase):
    def test_is_stop_and_start(self):
        daemon = self.daemon()
        before = daemon.supervisor()
        held = daemon.submit("true", options=["--hold"])
        result = daemon.call("restart")
        self.assertNotEqual(daemon.supervisor(), before)
        self.assertIn(str(daemon.supervisor()), result.out)
        self.assertTask(daemon.show(held), state="queued", held=True)

    def test_of_nothing_is_start(self):
        daemon = self.daemon(started=False)
        daemon.call("restart")
        daemon.call("status")

    def test_with_a_wrong_configuration_does_not_stop_what_runs(self):
        daemon = self.daemon()
        before = daemon.supervisor()
        daemon.configure(queue_default_parallelism="many")
        self.assertIn("queue.default.parallelism", daemon.call("restart", code=CONFIG).err)
        self.assertEqual(daemon.status()["supervisor_pid"], before)


class OrdinaryUser(TestCase):
    @require(RUNNING_AS_ROOT, "the other tests run as an ordinary user already")
    def test_runs_the_main_path(self):
        daemon = self.daemon(user=ORDINARY_USER)
        self.assertNotEqual(proc_status(daemon.supervisor())["Uid"].split()[1], "0")
        task = daemon.submit("sh", "-c", "id -un; exit 7", options=["--label", "mine"])
        self.assertTask(daemon.wait(task)[0], state="failed", exit_code=7, label="mine")
        self.assertEqual(daemon.output(task), ORDINARY_USER.encode() + b"\n")
        self.assertEqual(daemon.run("submit", "--wait", "--", "sh", "-c", "exit 5").code, 5)
        daemon.kill_service()
        self.assertEqual(daemon.run("submit", "--wait", "--", "sh", "-c", "exit 6").code, 6)
        daemon.stop()

    def test_has_xdg_paths(self):
        """Without a home the XDG folders are used, and made where they are missing."""
        daemon = self.daemon(started=False, user=ORDINARY_USER)
        os.remove(daemon.config_file)
        xdg = {"TASKDAEMON_HOME": None, "HOME": daemon.home}
        config = daemon.path(".config", "taskdaemon")
        os.makedirs(config)
        with open(os.path.join(config, "taskdaemon.properties"), "w", encoding="ascii") as file:
            file.write("health.address = 127.0.0.1:0\n")
        if ORDINARY_USER is None and RUNNING_AS_ROOT:
            raise unittest.SkipTest("root has no XDG paths")
        daemon.call("start", env=xdg)
        try:
            self.assertEqual(daemon.run("submit", "--wait", "--", "sh", "-c", "exit 9", env=xdg).code, 9)
        finally:
            daemon.call("stop", env=xdg)
        found = {os.path.relpath(os.path.join(folder, name), daemon.home) for folder, _, names in os.walk(daemon.home) for name in names}
        self.assertIn(".local/state/taskdaemon/tasks.db", found)
        self.assertFalse([name for name in found if name.endswith((".pid", ".sock"))], found)
        daemon.check_nothing_left = lambda: None


if __name__ == "__main__":
    unittest.main(verbosity=2)
