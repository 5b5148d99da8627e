"""The end-to-end tests' one helper: a daemon of its own for each test, and ways to wait for events with a deadline.

events.py has the ways to wait. TASKDAEMON_BIN_DIR names the folder of the two programs.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import unittest

from events import DEADLINE, Bell, Gate, describe, eventually, is_alive, processes_of, wait_for_end

BIN_DIR = os.path.abspath(os.environ.get("TASKDAEMON_BIN_DIR", "build/release"))
RUNNING_AS_ROOT = os.geteuid() == 0
ORDINARY_USER = "nobody" if RUNNING_AS_ROOT else None
"""Whom Daemon(user=...) takes for a test of what an ordinary user may do: ourselves unless we are root."""

# sysexits.h, as both programs use it
OK, NO, USAGE, UNAVAILABLE, SOFTWARE, TEMPFAIL, NOPERM, CONFIG = 0, 1, 64, 69, 70, 75, 77, 78

FINAL_STATES = ("succeeded", "failed", "timed_out", "canceled", "lost")


# -- the daemon ---------------------------------------------------------------------------------------------------


class Result:
    """What a client command gave."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return self.out.splitlines()

    def __repr__(self):
        return "%s\nexit code %s\nstdout: %s\nstderr: %s" % (" ".join(self.command), self.code, self.out[-3000:], self.err[-3000:])


class Daemon:
    """A home folder of its own, its configuration, and the programs run on it. close() stops what runs and asserts that
    nothing is left: no process, no PID file, no socket, no file that does not belong."""

    LEFT_BEHIND = {"taskdaemon.properties", "taskdaemon.log", "tasks.db", "tasks", "status.json"}

    def __init__(self, user=None, program="taskdaemon", **settings):
        """settings: keys of the configuration with `_` for `.`, as in queue_default_parallelism=2; None leaves a default out."""
        self.user = user
        self.scratch = tempfile.mkdtemp(prefix="td.")
        self.home = os.path.join(self.scratch, "home")
        os.mkdir(self.home, 0o755)
        self.bin_dir = BIN_DIR
        if user is not None:
            self._give_away(user)
        self.program = os.path.join(self.bin_dir, program)
        self.settings = {"health.address": "127.0.0.1:0", "queue.default.parallelism": "4", "shutdown.grace": "10s"}
        self.configure(**settings)
        self._processes = []
        self._closables = []
        self.foreground = None

    def _give_away(self, user):
        """Makes home and programs usable by another user, who may not reach the build folder."""
        entry = pwd.getpwnam(user)
        os.chmod(self.scratch, 0o755)
        os.chown(self.home, entry.pw_uid, entry.pw_gid)
        self.bin_dir = os.path.join(self.scratch, "bin")
        os.mkdir(self.bin_dir, 0o755)
        for name in ("taskdaemon", "taskdaemond"):
            shutil.copy(os.path.join(BIN_DIR, name), self.bin_dir)

    # paths

    def path(self, *names):
        return os.path.join(self.home, *names)

    @property
    def config_file(self):
        return self.path("taskdaemon.properties")

    @property
    def pid_file(self):
        return self.path("taskdaemon.pid")

    @property
    def socket(self):
        return self.path("control.sock")

    @property
    def database(self):
        return self.path("tasks.db")

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            with open(self.path("taskdaemon.log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        return ""

    # configuration

    def configure(self, **settings):
        """Writes the configuration file."""
        for key, value in settings.items():
            self.settings[key.replace("_", ".")] = value
        self.write_config("".join("%s = %s\n" % (k, v) for k, v in self.settings.items() if v is not None))

    def write_config(self, text):
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.config_file, 0o644)

    # running programs

    def environment(self, env=None):
        result = {k: v for k, v in os.environ.items() if not k.startswith(("TASKDAEMON_", "XDG_", "NOTIFY_", "LISTEN_"))}
        result["TASKDAEMON_HOME"] = self.home
        if env:
            result.update(env)
        return {k: v for k, v in result.items() if v is not None}

    def popen(self, *arguments, env=None, **options):
        """Starts a program on this home; close() sees to its end."""
        if self.user is not None and "user" not in options:
            entry = pwd.getpwnam(self.user)
            options.update(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
        options.setdefault("cwd", self.scratch)
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        program = options.pop("program", self.program)
        process = subprocess.Popen([program, *map(str, arguments)], env=self.environment(env), **options)
        self._processes.append(process)
        return process

    def run(self, *arguments, input=None, seconds=None, binary=False, **options):
        """Runs a command to its end, whatever its exit code."""
        if input is not None:
            options["stdin"] = subprocess.PIPE
            if isinstance(input, str):
                input = input.encode("utf-8", "surrogateescape")
        process = self.popen(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        try:
            out, err = process.communicate(input, timeout=DEADLINE if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError("did not end: %r\nlog of the daemon:\n%s" % (Result(process.args, None, out, err), self.log()[-3000:]))
        self._processes.remove(process)
        if not binary:
            out = out.decode("utf-8", "surrogateescape")
        return Result(process.args, process.returncode, out, err.decode("utf-8", "surrogateescape"))

    def call(self, *arguments, code=OK, **options):
        """Runs a command that must exit with the given code."""
        result = self.run(*arguments, **options)
        if result.code != code:
            raise AssertionError("expected exit code %d of %r\nlog of the daemon:\n%s" % (code, result, self.log()[-3000:]))
        return result

    # the daemon itself

    def start(self, *arguments, **options):
        """Starts it in the background; gives the supervisor's pid."""
        self.call("start", *arguments, **options)
        return self.supervisor()

    def run_in_foreground(self, *arguments, **options):
        """Starts `run` and returns once it answers; the process is self.foreground."""
        self.foreground = self.popen("run", *arguments, **options)
        eventually(lambda: self.foreground.poll() is not None or self.run("status").code == OK, "a daemon that answers", folder=self.home)
        if self.foreground.poll() is not None:
            raise AssertionError("taskdaemon run ended with %d" % self.foreground.returncode)
        return self.foreground.pid

    def supervisor(self):
        with open(self.pid_file, encoding="ascii") as file:
            return int(file.read())

    def status(self):
        return self.call("--output", "json", "status").json()

    def service(self):
        return self.status()["service_pid"]

    def kill_service(self):
        """kill -9 of the service; returns once it is gone. The next client command waits for its successor."""
        pid = self.service()
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)
        return pid

    def stop(self, *arguments, **options):
        pid = self.supervisor()
        result = self.call("stop", *arguments, **options)
        if is_alive(pid):
            raise AssertionError("stop returned, but the supervisor lives: " + describe(pid))
        return result

    # tasks

    def submit(self, *command, options=(), **more):
        """Submits one task; gives its id."""
        return int(self.call("submit", *options, "--", *command, **more).out)

    def show(self, task):
        return self.call("--output", "json", "show", task).json()

    def wait(self, *tasks, **options):
        """Waits for tasks whatever their end; gives them as show does."""
        self.run("wait", *tasks, **options)
        return [self.show(task) for task in tasks]

    def list(self, *arguments):
        return self.call("--output", "json", "list", *arguments).json()

    def every_task(self):
        """All tasks, newest first, by pages; tries a page again that a killed service did not answer."""
        before = []
        while True:
            result = self.run("--output", "json", "list", "--limit", "500", *before)
            if result.code == OK:
                page = result.json()
                if not page:
                    return
                yield from page
                before = ["--before", page[-1]["id"]]

    def output(self, task, *arguments):
        """The bytes that `logs` writes to stdout."""
        return self.call("logs", *arguments, task, binary=True).out

    # things to wait by

    def gate(self, name="gate"):
        gate = Gate(self.scratch, name)
        self._closables.append(gate)
        return gate

    def bell(self, name="bell"):
        bell = Bell(os.path.join(self.scratch, name))
        self._closables.append(bell)
        return bell

    # the end

    def close(self):
        """Ends everything; raises AssertionError when something was left behind by a stop."""
        try:
            for process in self._processes:
                if process is not self.foreground and process.poll() is None:
                    process.kill()
                    process.wait()
            self._stop_for_close()
            self.check_nothing_left()
        finally:
            self._kill_all()
            for process in self._processes:
                process.wait()
                for stream in (process.stdin, process.stdout, process.stderr):
                    if stream is not None:
                        stream.close()
            for closable in self._closables:
                closable.close()
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _stop_for_close(self):
        if os.path.exists(self.pid_file) and self.run("status").code == OK:
            self.call("stop", "--force")
        if self.foreground is not None:
            self.foreground.wait(DEADLINE)

    def _kill_all(self):
        pids = processes_of(self.scratch)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            wait_for_end(pid)

    def check_nothing_left(self):
        left = [describe(pid) for pid in processes_of(self.home)]
        if left:
            raise AssertionError("processes left: " + "; ".join(left))
        files = set(os.listdir(self.home)) - self.LEFT_BEHIND
        if files:
            raise AssertionError("files left: " + ", ".join(sorted(files)))


class TestCase(unittest.TestCase):
    """Base of all end-to-end tests: self.daemon(...) makes daemons that are closed and checked after the test."""

    maxDiff = None

    def daemon(self, started=True, **settings):
        daemon = Daemon(**settings)
        self.addCleanup(self._close, daemon)
        if started:
            daemon.start()
        return daemon

    def _close(self, daemon):
        if not self._outcome.success:
            print("\n--- log of the daemon in %s (%s):\n%s" % (daemon.home, self.id(), daemon.log()[-6000:]), flush=True)
        daemon.close()

    def assertTask(self, task, **expected):
        """Compares the named fields of a task."""
        self.assertEqual({name: task.get(name, "(missing)") for name in expected}, expected, "in " + json.dumps(task))


def require(condition, reason):
    """Skips a test where the machine cannot run it, with the reason."""
    return unittest.skipUnless(condition, reason)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def raw_http(connection, data, seconds=None):
    """Sends bytes and reads until the peer closes; for requests that no HTTP library would send."""
    connection.settimeout(DEADLINE if seconds is None else seconds)
    answer = b""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        connection.sendall(data)
    with contextlib.suppress(ConnectionResetError):
        while True:
            chunk = connection.recv(65536)
            if not chunk:
                break
            answer += chunk
    return answer
