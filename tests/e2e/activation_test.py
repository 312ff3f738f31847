#!/usr/bin/env python3
"""A socket that somebody else keeps open, as systemd's socket units do (sd_listen_fds(3)): restarts, upgrades and kills under
a steady load of hits refuse no connection, and lose none that was acknowledged."""
import contextlib
import os
import shutil
import socket
import tempfile
import pathlib
import threading
import time
import unittest

from server import BIN, CHROME, Server, query_files

PER_SECOND = int(os.environ.get("HITKEEP_HITS_PER_SECOND", 300))
SENDERS = 8


class Activator:
    """Holds the listening socket and the one on which the program says how it is."""

    def __init__(self, folder):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify_path = str(folder / "notify")
        self.notify.bind(self.notify_path)

    def close(self):
        self.listener.close()
        self.notify.close()

    def heard(self, seconds=60):
        self.notify.settimeout(seconds)
        return self.notify.recv(100).decode()


class Activated(Server):
    """The program with the activator's socket as descriptor 3 and its own process id in LISTEN_PID."""

    def __init__(self, activator, binary, names="http", **options):
        self.activator, self.binary, self.names = activator, binary, names
        if names == "http":
            options["HTTP_ADDR"] = f"127.0.0.1:{activator.port}"
        super().__init__(**options)

    def environment(self):
        return {**super().environment(), "LISTEN_FDS": "1", "LISTEN_FDNAMES": self.names, "NOTIFY_SOCKET": self.activator.notify_path}

    def start(self, wait=True):
        fd = self.activator.listener.fileno()
        self.command = ["bash", "-c", f'export LISTEN_PID=$$; exec "$0" 3<&{fd}', self.binary]
        self.inherits = (fd,)
        return super().start(wait)


class Load(threading.Thread):
    """Hits at a steady rate, each with a number of its own; half of the senders keep their connection and, as browsers do,
    send once more what a closed one did not take."""

    def __init__(self, site, port):
        super().__init__()
        self.site, self.port = site, port
        self.acknowledged, self.refused, self.unanswered, self.answers = set(), 0, 0, {}
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self._next = 0

    def run(self):
        senders = [threading.Thread(target=self._send, args=(i % 2 == 0,)) for i in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    def end(self):
        self.ending.set()
        self.join()

    def _number(self):
        with self._lock:
            self._next += 1
            return self._next

    def _send(self, keeps):
        connection, due = None, time.monotonic()
        while not self.ending.is_set():
            due += SENDERS / PER_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            number = self._number()
            reused = connection is not None
            connection, status = self._post(connection, number)
            if status is None and reused:
                connection, status = self._post(None, number)
            with self._lock:
                if status == 202:
                    self.acknowledged.add(number)
                elif status is None:
                    self.unanswered += 1
                else:
                    self.answers[status] = self.answers.get(status, 0) + 1
            if connection and not keeps:
                connection.close()
                connection = None
        if connection:
            connection.close()

    def _post(self, connection, number):
        """The connection, where it may be used again, and the answer's status."""
        body = b'{"path":"/n/%d","ua":"","lang":"en-GB"}' % number
        head = (
            f"POST /ingest HTTP/1.1\r\nHost: x\r\nOrigin: https://{self.site['domain']}\r\nUser-Agent: {CHROME}\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        try:
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            connection.sendall(head + body)
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = connection.recv(4096)
                if not piece:
                    raise ConnectionResetError("closed without an answer")
                answer += piece
        except ConnectionRefusedError:
            with self._lock:
                self.refused += 1
            return None, None
        except OSError:
            with contextlib.suppress(OSError):
                connection.close()
            return None, None
        if b"connection: close" in answer.lower():
            connection.close()
            connection = None
        return connection, int(answer.split(b" ", 2)[1])


class Activation(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-activation-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.activator = Activator(self.folder)
        self.addCleanup(self.activator.close)
        self.binary = self.folder / "hitkeep"
        self.install()

    def install(self):
        """Another file in the executable's place, as a package manager does it."""
        new = self.folder / "hitkeep.new"
        new.symlink_to(BIN)
        os.replace(new, self.binary)

    def test_says_when_it_is_ready_and_when_it_stops(self):
        with Activated(self.activator, self.binary) as server:
            self.assertEqual(self.activator.heard(), "READY=1")
            self.assertEqual(server.port, self.activator.port)
            self.assertEqual(server.stop()[0], 0)
            self.assertEqual(self.activator.heard(), "STOPPING=1")

    def test_refuses_what_is_no_listening_socket(self):
        self.activator.listener.close()
        self.activator.listener = socket.socket()
        with Activated(self.activator, self.binary, start=False) as server:
            server.start(wait=False)
            self.assertFalse(server.started())
            self.assertIn("no listening TCP socket", server.output())
            self.assertNotEqual(server.process.returncode, 0)
            self.assertFalse(any(server.data.iterdir()), "nothing was made")

    def test_a_socket_for_https_waits_for_a_certificate(self):
        with Activated(self.activator, self.binary, names="https") as server:
            self.assertNotEqual(server.port, self.activator.port, "its own address, where nothing plain was handed over")
            self.assertIn("set HITKEEP_TLS_CERT", server.output())

    def test_restarts_under_load(self):
        with Activated(self.activator, self.binary) as server:
            site = server.set_up("localhost")
            load = Load(site, self.activator.port)
            load.start()
            for _ in range(2):
                time.sleep(1)
                self.assertEqual(server.stop()[0], 0, server.output())
                self.install()
                server.start()
            time.sleep(0.5)
            load.end()
            self.assertEqual((load.refused, load.unanswered, load.answers), (0, 0, {}))
            self.assertEqual(server.stop()[0], 0, server.output())
            self.assertEqual(self.counted(server), load.acknowledged)

    def test_killed_under_load(self):
        with Activated(self.activator, self.binary) as server:
            site = server.set_up("localhost")
            load = Load(site, self.activator.port)
            load.start()
            for _ in range(2):
                time.sleep(1)
                server.kill()
                time.sleep(0.2)
                server.start()
            time.sleep(0.5)
            load.end()
            self.assertEqual((load.refused, load.answers), (0, {}))
            self.assertLessEqual(load.unanswered, 2 * SENDERS, "only what was on its way")
            self.assertEqual(server.stop()[0], 0, server.output())
            self.assertEqual(load.acknowledged - self.counted(server), set())

    def counted(self, server):
        rows = query_files(server.data, "SELECT path, count(*) FROM hits GROUP BY path")
        self.assertTrue(all(count == 1 for _, count in rows) or self._testMethodName == "test_killed_under_load", rows)
        return {int(path.removeprefix("/n/")) for path, _ in rows}


if __name__ == "__main__":
    unittest.main()
