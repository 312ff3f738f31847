#!/usr/bin/env python3
"""https by the program itself: what browsers and hits see, the door beside it, new certificates, the stop."""
import http.client
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from certificate import make_certificate
from server import BIN, Server


class TlsServer(Server):
    def shown(self):
        """The certificate that a new connection sees."""
        connection = self.connect()
        connection.connect()
        with connection.sock:
            shown = ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(binary_form=True))
        connection.close()
        return shown


class Activated(TlsServer):
    """With both sockets from somebody else, as two socket units hand them over."""

    def __init__(self, sockets, **options):
        self.sockets = sockets
        super().__init__(HTTP_ADDR=f"127.0.0.1:{sockets[0].getsockname()[1]}", **options)

    def environment(self):
        return {**super().environment(), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "hitkeep.socket:https"}

    def start(self, wait=True):
        plain, tls = self.inherits = tuple(one.fileno() for one in self.sockets)
        self.command = ["bash", "-c", f'export LISTEN_PID=$$; exec "$0" 3<&{plain} 4<&{tls}', BIN]
        return super().start(wait)


class Tls(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="hitkeep-tls-")))
        self.certificate, self.key = self.pair("stats.example.org")

    def pair(self, name):
        (self.directory / name).mkdir()
        return make_certificate(self.directory / name, name)

    def start(self, **options):
        options = {"TLS_ADDR": "127.0.0.1:0", "TLS_CERT": self.certificate, "TLS_KEY": self.key,
                   "PUBLIC_URL": "https://stats.example.org/"} | options
        return self.enterContext(TlsServer(**options))

    def test_hits_and_figures(self):
        server = self.start()
        site = server.set_up("example.com")
        connection = server.connect()
        self.addCleanup(connection.close)
        for i in range(50):
            self.assertEqual(server.hit(site, f"/n/{i}", connection=connection).status, 202)
        server.wait_applied(site, 50)
        page = server.request("GET", "/")
        self.assertEqual(page.headers["Strict-Transport-Security"], "max-age=31536000")
        self.assertEqual(server.shown(), self.certificate.read_text())
        self.assertEqual(subprocess.run([BIN, "-healthcheck"], env=server.environment() | {
            "HITKEEP_HTTP_ADDR": f"127.0.0.1:{server.port}"}).returncode, 0)
        self.assertGreater(server.metric("hitkeep_tls_certificate_end_seconds"), time.time())
        code, seconds = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)

    def test_the_plain_door_sends_to_https(self):
        server = self.start(PUBLIC_URL="https://stats.example.org:8443/sub/")
        plain = http.client.HTTPConnection("127.0.0.1", server.port)
        self.addCleanup(plain.close)
        plain.request("GET", "/sub/share?x=1", headers={"Host": "stats.example.org"})
        answer = plain.getresponse()
        answer.read()
        self.assertEqual((answer.status, answer.headers["Location"]), (308, "https://stats.example.org:8443/sub/share?x=1"))
        self.assertIsNone(answer.headers["Strict-Transport-Security"])
        for path in ("/healthz", "/sub/readyz"):
            plain.request("GET", path, headers={"Host": "10.0.0.1"})
            answer = plain.getresponse()
            answer.read()
            self.assertEqual(answer.status, 200, path)

    def test_a_new_certificate_is_taken_without_a_restart(self):
        server = self.start()
        connection = server.connect()
        self.addCleanup(connection.close)
        self.assertEqual(server.request("GET", "/healthz", connection=connection).status, 200)
        first, (second, key) = self.certificate.read_text(), self.pair("b.example.org")

        self.certificate.write_text(second.read_text())  # and the key is still the first one's
        server.process.send_signal(signal.SIGHUP)
        self.assertIsNotNone(server.wait_line("cannot be used.*key is not that of the certificate"), server.output())
        self.assertEqual(server.shown(), first)

        self.key.write_text(key.read_text())  # nobody says so
        self.assertIsNotNone(server.wait_line("new connections see"), server.output())
        self.assertEqual(server.shown(), second.read_text())
        self.assertEqual(server.request("GET", "/healthz", connection=connection).status, 200, "goes on")

        self.key.unlink()
        server.process.send_signal(signal.SIGHUP)
        self.assertIsNotNone(server.wait_line("cannot be used.*HITKEEP_TLS_KEY names"), server.output())
        self.assertEqual(server.shown(), second.read_text())

    def test_a_start_is_refused_with_a_sentence(self):
        _, other = self.pair("b.example.org")
        for options, why in (
            ({"TLS_KEY": other}, "the key is not that of the certificate"),
            ({"TLS_KEY": "/nowhere/key.pem"}, "HITKEEP_TLS_KEY names /nowhere/key.pem, which cannot be read"),
            ({"TLS_CERT": self.key}, "no certificate"),
        ):
            with self.subTest(why):
                server = TlsServer(start=False, **{"TLS_ADDR": "127.0.0.1:0", "TLS_CERT": self.certificate, "TLS_KEY": self.key} | options)
                self.enterContext(server)
                server.start(wait=False)
                self.assertFalse(server.started())
                self.assertIn(why, server.sentences()[0])
                self.assertEqual(list(server.data.iterdir()), [], "nothing was made")

    def test_a_socket_named_https_is_the_tls_door(self):
        sockets = [self.enterContext(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        server = self.enterContext(Activated(sockets, TLS_CERT=self.certificate, TLS_KEY=self.key,
                                             PUBLIC_URL="https://stats.example.org/"))
        self.assertEqual(server.connect().port, sockets[1].getsockname()[1])
        self.assertEqual(server.shown(), self.certificate.read_text())
        plain = http.client.HTTPConnection("127.0.0.1", sockets[0].getsockname()[1])
        self.addCleanup(plain.close)
        plain.request("GET", "/", headers={"Host": "stats.example.org"})
        self.assertEqual(plain.getresponse().status, 308)

    def test_who_says_nothing_does_not_hold_the_stop(self):
        server = self.start()
        port = server.connect().port
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        self.assertEqual(server.request("GET", "/healthz").status, 200)
        code, seconds = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 4)
        for connection in silent:
            connection.close()


if __name__ == "__main__":
    unittest.main()
