"""/health, /ready, /live, /status: true answers over HTTP."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import unittest

from events import DEADLINE, eventually, open_files
from harness import TestCase, raw_http


def get(address, path, method="GET"):
    """(status, content type, body) of one request on a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=DEADLINE)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()


class Health(TestCase):
    def address(self, daemon):
        host, _, port = daemon.status()["health_address"].rpartition(":")
        return host, int(port)

    def get(self, daemon, path, method="GET"):
        return get(self.address(daemon), path, method)

    def test_of_a_healthy_daemon(self):
        daemon = self.daemon()
        code, kind, body = self.get(daemon, "/health")
        self.assertEqual((code, kind.split(";")[0]), (200, "application/json"))
        health = json.loads(body)
        self.assertEqual(health["status"], "healthy")
        checks = {check["name"]: check for check in health["checks"]}
        self.assertEqual(sorted(checks), ["disk", "scheduler", "store", "supervisor"])
        for check in checks.values():
            self.assertEqual(check["status"], "healthy")
            self.assertTrue(check["observed"])
            self.assertTrue(check["checked_at"])
        for path in ("/ready", "/live"):
            self.assertEqual(self.get(daemon, path)[0], 200, path)

    def test_status_is_the_clients_document(self):
        daemon = self.daemon()
        code, _, body = self.get(daemon, "/status")
        self.assertEqual(code, 200)
        over_http, by_client = json.loads(body), daemon.status()
        self.assertEqual(sorted(over_http), sorted(by_client))
        self.assertEqual(over_http["supervisor_pid"], by_client["supervisor_pid"])

    def test_ready_turns_false_in_a_drain(self):
        daemon = self.daemon(shutdown_grace="60s")
        gate = daemon.gate()
        daemon.submit(*gate.command())
        gate.bell.lines(1)
        address = self.address(daemon)
        stopping = daemon.popen("stop")
        eventually(lambda: get(address, "/ready")[0] == 503, "/ready to say 503", folder=daemon.home)
        self.assertEqual(get(address, "/live")[0], 200)
        gate.open()
        self.assertEqual(stopping.wait(60), 0)
        with self.assertRaises(ConnectionRefusedError):
            get(address, "/live")

    def test_works_again_after_a_crash_on_the_same_port(self):
        daemon = self.daemon()
        address = self.address(daemon)
        daemon.kill_service()
        self.assertEqual(get(address, "/health")[0], 200)
        self.assertEqual(self.address(daemon), address)

    def test_is_read_only(self):
        daemon = self.daemon()
        self.assertEqual(self.get(daemon, "/nosuch")[0], 404)
        self.assertEqual(self.get(daemon, "/v1/tasks")[0], 404)
        for method in ("POST", "PUT", "DELETE"):
            self.assertEqual(self.get(daemon, "/health", method)[0], 405)
        self.assertEqual(self.get(daemon, "/health", "HEAD")[2], b"")

    def test_store_that_cannot_be_written_is_unhealthy(self):
        """Somebody else holds the database's write lock for longer than the probe waits."""
        daemon = self.daemon()
        address = self.address(daemon)
        program = ("import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
                   "print('locked', flush=True); sys.stdin.read()")
        locker = subprocess.Popen(["/usr/bin/python3", "-c", program, daemon.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(locker.stdout.readline(), b"locked\n")
            eventually(lambda: get(address, "/health")[0] == 503, "/health to say 503", folder=daemon.home)
            checks = {check["name"]: check["status"] for check in json.loads(get(address, "/health")[2])["checks"]}
            self.assertNotEqual(checks["store"], "healthy")
        finally:
            locker.communicate()
        eventually(lambda: get(address, "/health")[0] == 200, "health after the lock is gone", folder=daemon.home)

    def test_none_where_no_address_is_configured(self):
        daemon = self.daemon(health_address="")
        self.assertIn(daemon.status().get("health_address"), (None, ""))

    def test_client_health_command(self):
        daemon = self.daemon()
        self.assertIn("healthy", daemon.call("health").out)
        daemon.stop()
        self.assertEqual(daemon.run("health").code, 69)


class HostileHttp(TestCase):
    REQUESTS = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /health\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"x: y\r\n" * 100000 + b"\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        bytes(range(256)) * 50,
    ]

    def test_harms_neither_server(self):
        daemon = self.daemon()
        host, _, port = daemon.status()["health_address"].rpartition(":")
        service = daemon.service()
        for request in self.REQUESTS:
            with socket.create_connection((host, int(port))) as connection:
                self.cut(connection, request)
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(daemon.socket)
                self.cut(connection, request)
        self.assertEqual(daemon.service(), service, "the service died")
        self.assertTask(daemon.wait(daemon.submit("true"))[0], state="succeeded")

    def cut(self, connection, request):
        """Sends, half-closes, and reads what comes: at most an error, never a 2xx to nonsense."""
        connection.settimeout(30)
        answer = b""
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = raw_http(connection, b"")
        except (ConnectionError, OSError) as error:
            self.assertNotIsInstance(error, TimeoutError, request[:60])
        if request[:12] != b"GET /health\r":
            self.assertNotRegex(answer[:20], rb"^HTTP/1.1 2", request[:60])

    def test_slow_clients_starve_nobody(self):
        """300 connections that never finish their request head: everybody else is served at once."""
        daemon = self.daemon()
        host, _, port = daemon.status()["health_address"].rpartition(":")
        slow = []
        try:
            for _ in range(150):
                connection = socket.create_connection((host, int(port)))
                connection.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")
                slow.append(connection)
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(daemon.socket)
                connection.sendall(b"GET /v1/status HTTP/1.1\r\nX-Slow: ")
                slow.append(connection)
            self.assertEqual(get((host, int(port)), "/live")[0], 200)
            self.assertTask(daemon.wait(daemon.submit("true"))[0], state="succeeded")
        finally:
            for connection in slow:
                connection.close()

    def test_clients_that_vanish_leak_nothing(self):
        daemon = self.daemon()
        host, _, port = daemon.status()["health_address"].rpartition(":")
        service = daemon.service()

        def sockets():
            return [name for name in open_files(service).values() if name.startswith("socket:")]

        before = len(sockets())
        for _ in range(200):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: len(sockets()) <= before, "the connections' descriptors to be closed", folder=daemon.home)


class Signals(TestCase):
    def test_usr1_writes_the_status_file(self):
        daemon = self.daemon()
        os.kill(daemon.supervisor(), signal.SIGUSR1)

        def written():
            try:
                with open(daemon.path("status.json"), encoding="utf-8") as file:
                    return json.load(file)
            except (FileNotFoundError, ValueError):
                return None

        self.assertEqual(eventually(written, "status.json", folder=daemon.home)["supervisor_pid"], daemon.supervisor())


if __name__ == "__main__":
    unittest.main(verbosity=2)
