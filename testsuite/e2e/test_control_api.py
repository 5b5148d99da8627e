"""The control API on the unix socket: who may use it, what it answers, and that nonsense gets an error, not a crash."""

import http.client
import json
import os
import pwd
import socket
import subprocess
import unittest

from harness import RUNNING_AS_ROOT, TestCase, mode_of, require


class UnixConnection(http.client.HTTPConnection):
    """http.client over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api(TestCase):
    def call(self, daemon, method, path, body=None, headers=None):
        connection = UnixConnection(daemon.socket)
        try:
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if "json" in (answer.getheader("Content-Type") or "") else data
        finally:
            connection.close()

    def test_a_task_from_start_to_end(self):
        daemon = self.daemon()
        code, answer = self.call(daemon, "POST", "/v1/tasks", {"command": ["sh", "-c", "echo hi; exit 4"], "cwd": "/", "env": {"PATH": "/usr/bin:/bin"}})
        self.assertEqual(code, 201)
        task = answer["id"]
        code, answer = self.call(daemon, "POST", "/v1/wait", {"ids": [task]})
        self.assertEqual(code, 200)
        self.assertTask(answer[0], id=task, state="failed", exit_code=4)
        self.assertTask(self.call(daemon, "GET", "/v1/tasks/%d" % task)[1], exit_code=4)
        self.assertEqual(self.call(daemon, "GET", "/v1/tasks/%d/log?stream=stdout" % task), (200, b"hi\n"))
        self.assertEqual(self.call(daemon, "GET", "/v1/tasks/%d/log?stream=stdout&offset=1" % task), (200, b"i\n"))
        self.assertEqual(self.call(daemon, "GET", "/v1/tasks/%d/log?stream=stderr&follow=1" % task), (200, b""))
        self.assertEqual([entry["id"] for entry in self.call(daemon, "GET", "/v1/tasks?state=failed&limit=5")[1]], [task])
        self.assertEqual(self.call(daemon, "GET", "/v1/status")[1]["tasks"]["failed"], 1)

    def test_batch_is_all_or_nothing(self):
        daemon = self.daemon()
        defaults = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin"}}
        code, answer = self.call(daemon, "POST", "/v1/batch", {"defaults": defaults, "tasks": [{"command": ["true"]}, {"command": []}, {"command": ["true"]}]})
        self.assertEqual((code, answer["error"]["code"], answer["error"]["index"], answer["error"]["field"]), (400, "invalid", 1, "command"))
        self.assertEqual(self.call(daemon, "GET", "/v1/tasks")[1], [])
        code, answer = self.call(daemon, "POST", "/v1/batch", {"defaults": defaults, "tasks": [{"command": ["true"]}] * 3})
        self.assertEqual((code, len(answer["ids"])), (201, 3))

    def test_errors_have_codes(self):
        daemon = self.daemon()
        task = {"command": ["true"], "cwd": "/"}
        cases = [
            ("GET", "/v1/nosuch", None, 404, "not_found"),
            ("GET", "/v1/tasks/4711", None, 404, "not_found"),
            ("GET", "/v1/tasks/x", None, 404, "not_found"),
            ("POST", "/v1/wait", {"ids": [4711]}, 404, "not_found"),
            ("POST", "/v1/queues/nosuch/pause", None, 404, "not_found"),
            ("DELETE", "/v1/tasks", None, 405, "method"),
            ("POST", "/v1/status", None, 405, "method"),
            ("GET", "/v1/tasks?state=asleep", None, 400, "invalid"),
            ("GET", "/v1/tasks?limit=-1", None, 400, "invalid"),
            ("GET", "/v1/tasks?limit=1000000000000", None, 400, "invalid"),
            ("POST", "/v1/tasks", b"", 400, "invalid"),
            ("POST", "/v1/tasks", b"{", 400, "invalid"),
            ("POST", "/v1/tasks", b"[]", 400, "invalid"),
            ("POST", "/v1/tasks", b"null", 400, "invalid"),
            ("POST", "/v1/tasks", b"\xff\xfe", 400, "invalid"),
            ("POST", "/v1/tasks", b"[" * 1000000, 400, "invalid"),
            ("POST", "/v1/tasks", {"cwd": "/"}, 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, command="" * 3), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, command=[1]), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, command=["a\0b"]), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, cwd="relative"), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, env={"": "x"}), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, env={"A": 1}), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, env=["novalue"]), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, priority=1e300), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, priority=2**40), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, timeout="forever"), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, label="a\nb" * 100000), 400, "invalid"),
            ("POST", "/v1/tasks", dict(task, colour="red"), 400, "invalid"),
            ("POST", "/v1/batch", {"tasks": {}}, 400, "invalid"),
            ("POST", "/v1/wait", {"ids": "1"}, 400, "invalid"),
            ("POST", "/v1/wait", {"ids": [1.5]}, 400, "invalid"),
        ]
        service = daemon.service()
        for method, path, body, code, name in cases:
            answer = self.call(daemon, method, path, body)
            what = (method, path, str(body)[:80], answer)
            self.assertEqual(answer[0], code, what)
            self.assertEqual(answer[1]["error"]["code"], name, what)
            self.assertTrue(answer[1]["error"]["message"], what)
        self.assertEqual(daemon.list(), [])
        self.assertEqual(daemon.service(), service)

    def test_conflicts(self):
        daemon = self.daemon()
        task = daemon.submit("true")
        daemon.wait(task)
        for verb in ("cancel", "hold", "release"):
            code, answer = self.call(daemon, "POST", "/v1/tasks/%d/%s" % (task, verb))
            self.assertEqual((code, answer["error"]["code"]), (409, "conflict"))

    def test_a_body_has_a_limit(self):
        daemon = self.daemon()
        connection = UnixConnection(daemon.socket)
        connection.putrequest("POST", "/v1/tasks")
        connection.putheader("Content-Length", str(65 << 20))
        connection.endheaders()
        answer = connection.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["error"]["code"]), (413, "too_large"))
        connection.close()

    def test_a_connection_serves_many_requests(self):
        daemon = self.daemon()
        connection = UnixConnection(daemon.socket)
        for _ in range(100):
            connection.request("GET", "/v1/queues")
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertEqual(json.loads(answer.read())[0]["name"], "default")
        connection.close()

    def test_a_log_reads_only_logs(self):
        daemon = self.daemon()
        task = daemon.submit("echo", "x")
        daemon.wait(task)
        for query in ("stream=../../tasks.db", "stream=", "run=-1", "run=99", "run=x", "offset=-1", "offset=x"):
            code, _ = self.call(daemon, "GET", "/v1/tasks/%d/log?%s" % (task, query))
            self.assertIn(code, (400, 404), query)
        self.assertEqual(self.call(daemon, "GET", "/v1/tasks/%d/log?offset=1000" % task), (200, b""))

    def test_waiting_holds_no_thread(self):
        """100 waiting requests at once, and the API answers others."""
        daemon = self.daemon()
        gate = daemon.gate()
        task = daemon.submit(*gate.command(2))
        gate.bell.lines(1)
        waiting = []
        for _ in range(100):
            connection = UnixConnection(daemon.socket)
            connection.request("POST", "/v1/wait", json.dumps({"ids": [task]}))
            waiting.append(connection)
        self.assertEqual(self.call(daemon, "GET", "/v1/status")[0], 200)
        gate.open()
        for connection in waiting:
            self.assertEqual(json.loads(connection.getresponse().read())[0]["exit_code"], 2)
            connection.close()


class Access(TestCase):
    def test_socket_mode(self):
        daemon = self.daemon()
        self.assertEqual(mode_of(daemon.socket), 0o660)
        daemon.stop()
        daemon.configure(control_mode="0600")
        daemon.start()
        self.assertEqual(mode_of(daemon.socket), 0o600)

    def test_database_and_logs_are_private(self):
        daemon = self.daemon(task_timeout="1h")
        task = daemon.submit("echo", "secret")
        daemon.wait(task)
        self.assertEqual(mode_of(daemon.database) & 0o077, 0)
        self.assertEqual(mode_of(daemon.path("taskdaemon.log")) & 0o007, 0)
        for folder, _, names in os.walk(daemon.path("tasks")):
            self.assertEqual(mode_of(folder) & 0o007, 0, folder)
            for name in names:
                self.assertEqual(mode_of(os.path.join(folder, name)) & 0o007, 0, name)

    @require(RUNNING_AS_ROOT, "only root can act as another user")
    def test_another_user_is_refused(self):
        """Even where the socket's mode lets him connect, the peer's uid does not."""
        daemon = self.daemon(control_mode="0666")
        os.chmod(daemon.scratch, 0o755)
        nobody = pwd.getpwnam("nobody")
        program = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                   "s.sendall(b'GET /v1/status HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'); sys.stdout.write(s.makefile().read())")
        answer = subprocess.run(["/usr/bin/python3", "-c", program, daemon.socket], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                                stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
        self.assertTrue(answer.startswith("HTTP/1.1 403"), answer)
        self.assertIn('"forbidden"', answer)
        self.assertNotIn("supervisor_pid", answer)

    @require(RUNNING_AS_ROOT, "only root can act as another user")
    def test_a_member_of_the_control_group_is_let_in(self):
        daemon = self.daemon(control_group="nogroup")
        os.chmod(daemon.scratch, 0o755)
        nobody = pwd.getpwnam("nobody")
        program = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                   "s.sendall(b'GET /v1/status HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'); sys.stdout.write(s.makefile().read())")
        answer = subprocess.run(["/usr/bin/python3", "-c", program, daemon.socket], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                                stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
        self.assertTrue(answer.startswith("HTTP/1.1 200"), answer)


if __name__ == "__main__":
    unittest.main(verbosity=2)
