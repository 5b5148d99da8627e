"""Ways to wait for events with a deadline, and what /proc tells of processes. Nothing here sleeps for a time."""

import contextlib
import ctypes
import fcntl
import os
import select
import time

DEADLINE = float(os.environ.get("TASKDAEMON_TEST_DEADLINE", "60"))
"""Seconds that any one event may take; generous, because only a failing test waits so long. Sanitizer builds raise it."""


class Deadline:
    """A point in time, shared by the steps of one wait."""

    def __init__(self, seconds=None):
        self.end = time.monotonic() + (DEADLINE if seconds is None else seconds)

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def passed(self):
        return self.left() <= 0.0


class FolderWatch:
    """inotify(7) on one folder: wait() returns as soon as anything in it changes."""

    _EVENTS = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200  # MODIFY ATTRIB CLOSE_WRITE MOVED_* CREATE DELETE

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._fd < 0 or libc.inotify_add_watch(self._fd, os.fsencode(folder), self._EVENTS) < 0:
            raise OSError(ctypes.get_errno(), "cannot watch " + folder)

    def wait(self, seconds):
        if select.select([self._fd], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                while os.read(self._fd, 65536):
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._fd)


def eventually(predicate, what, seconds=None, folder="/tmp"):
    """Returns predicate()'s first true value. For conditions outside that nothing announces: it is asked again whenever
    `folder` changes, and at the latest every 50 ms."""
    deadline = Deadline(seconds)
    with FolderWatch(folder) as watch:
        while True:
            value = predicate()
            if value:
                return value
            if deadline.passed():
                raise AssertionError("in vain waited for: " + what)
            watch.wait(min(0.05, deadline.left()))


def wait_for_end(pid, seconds=None):
    """Returns once the process is gone or a zombie."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], DEADLINE if seconds is None else seconds)[0]:
            raise AssertionError("process %d did not end: %s" % (pid, describe(pid)))
    finally:
        os.close(fd)


def read_until(stream, enough, seconds=None):
    """Reads bytes from a pipe until enough(bytes so far) is true, and returns them."""
    deadline, data = Deadline(seconds), b""
    while not enough(data):
        if not select.select([stream], [], [], deadline.left())[0]:
            raise AssertionError("in vain waited for more than %r" % data[-2000:])
        chunk = os.read(stream.fileno(), 65536)
        if not chunk:
            raise AssertionError("ended after %r" % data[-2000:])
        data += chunk
    return data


class Bell:
    """A FIFO through which tasks tell the test that they have come somewhere: a line each."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        os.chmod(path, 0o666)
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""

    def lines(self, count, seconds=None):
        """Waits for that many further lines."""
        deadline, result = Deadline(seconds), []
        while len(result) < count:
            line, newline, rest = self._rest.partition(b"\n")
            if newline:
                result.append(line.decode())
                self._rest = rest
            elif select.select([self._fd], [], [], deadline.left())[0]:
                self._rest += os.read(self._fd, 65536)
            else:
                raise AssertionError("the bell rang %d times, expected %d: %r" % (len(result), count, result))
        return result

    def silent(self):
        """Whether nothing has rung that was not read."""
        return not self._rest and not select.select([self._fd], [], [], 0)[0]

    def close(self):
        os.close(self._fd)


class Gate:
    """Holds tasks until the test lets them go. command(code) rings the bell with the task's own word, waits for the gate
    to open, then exits with the code; a task that comes when the gate is open already passes it."""

    def __init__(self, folder, name="gate"):
        self.bell = Bell(os.path.join(folder, name + ".bell"))
        self._path = os.path.join(folder, name + ".lock")
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        os.chmod(self._path, 0o666)
        self.shut()

    def shut(self):
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def open(self):
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def command(self, code=0, word="$$", after=""):
        script = 'echo "%s" >%s; flock -s %s true; %s exit %d' % (word, self.bell.path, self._path, after, code)
        return ["/bin/sh", "-c", script]

    def close(self):
        os.close(self._fd)
        self.bell.close()


# -- processes ----------------------------------------------------------------------------------------------------


def proc_status(pid):
    """/proc/PID/status as a dict."""
    with open("/proc/%d/status" % pid, encoding="utf-8", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def proc_state(pid):
    """The state letter, or None when there is no such process."""
    try:
        return proc_status(pid)["State"][0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid):
    """Whether it is a process and no zombie: an orphan's new parent may take its time to reap it."""
    return proc_state(pid) not in (None, "Z", "X")


def children(pid):
    """Pids of the children of a process, zombies included."""
    result = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open("/proc/%s/stat" % entry, encoding="utf-8", errors="replace") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == pid:
                        result.append(int(entry))
    return result


def open_files(pid):
    """fd number -> what it is."""
    result = {}
    for fd in os.listdir("/proc/%d/fd" % pid):
        with contextlib.suppress(FileNotFoundError):
            result[int(fd)] = os.readlink("/proc/%d/fd/%s" % (pid, fd))
    return result


def cpu_seconds(pid):
    """User and system time used so far by a process."""
    with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def describe(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            words = file.read().replace(b"\0", b" ").decode(errors="replace")
        return "%d %s %s" % (pid, proc_state(pid), words)
    except (FileNotFoundError, ProcessLookupError):
        return "%d (gone)" % pid


def processes_of(home):
    """Pids of the processes that have to do with a home: named in argv or the environment, or with a file in it open."""
    needle, result = os.fsencode(home), []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            texts = []
            for name in ("cmdline", "environ"):
                with open("/proc/%s/%s" % (entry, name), "rb") as file:
                    texts.append(file.read())
            files = (os.fsencode(name) for name in open_files(int(entry)).values())
            if any(needle in text for text in texts) or any(name.startswith(needle) for name in files):
                result.append(int(entry))
    return result
