#!/usr/bin/env python3
"""A certificate from a real ACME server (Pebble, which refuses every twentieth nonce): both challenges, renewal, a DNS that points
elsewhere, kills and stops in the middle."""
import http.client
import re
import signal
import socket
import ssl
import stat
import time
import unittest

from pebble import Pebble, free_ports
from server import ROOT, Server

NAME = "stats.example.org"
GOT = "there is a new certificate"


class Acme(unittest.TestCase):
    def setUp(self):
        self.http_port, self.tls_port = free_ports(2)

    def authority(self, http_port=None, **options):
        return self.enterContext(Pebble(http_port or self.http_port, self.tls_port, **options))

    def server(self, authority, wait=True, **options):
        server = Server(start=False, **{"HTTP_ADDR": f"127.0.0.1:{self.http_port}", "TLS_ADDR": f"127.0.0.1:{self.tls_port}",
                                        "TLS_DOMAIN": NAME, "ACME_DIRECTORY": authority.directory,
                                        "ACME_CA_FILE": authority.certificate} | options)
        return self.enterContext(server).start(wait)

    def connect(self, authority, name=NAME):
        """As a browser that trusts the authority does."""
        context = ssl.create_default_context(cadata=authority.root())
        raw = socket.create_connection(("127.0.0.1", self.tls_port), 30)
        connection = http.client.HTTPSConnection(name)
        connection.sock = context.wrap_socket(raw, server_hostname=name)
        self.addCleanup(connection.close)
        return connection

    def healthy(self, connection):
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200

    def has(self, server, pattern, seconds=60):
        self.assertIsNotNone(server.wait_line(pattern, seconds), server.output())

    def test_by_http(self):
        authority = self.authority()
        server = self.server(authority, TLS_DOMAIN=f"{NAME}, b.example.org", ACME_EMAIL="admin@example.org")
        self.has(server, GOT)
        for name in (NAME, "b.example.org"):
            self.assertTrue(self.healthy(self.connect(authority, name)))
        for file in (server.data / "acme").iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)
        self.assertEqual(server.stop()[0], 0)
        server.start()
        self.assertTrue(self.healthy(self.connect(authority)))
        self.assertIsNone(server.wait_line("asking for a certificate", 2), "it has one")

    def test_the_lines_of_the_readme(self):
        lines = dict(re.findall(r"^HITKEEP_(\w+)=(.*)$", (ROOT / "README.md").read_text(), re.M))
        ports = {":80": f"127.0.0.1:{self.http_port}", ":443": f"127.0.0.1:{self.tls_port}"}
        server = self.server(self.authority(), **{name: ports.get(value, value) for name, value in lines.items()})
        self.assertEqual(set(lines), {"HTTP_ADDR", "TLS_ADDR", "TLS_DOMAIN", "PUBLIC_URL"})
        self.has(server, GOT)

    def test_by_tls_where_http_is_closed(self):
        authority = self.authority(http_port=free_ports(1)[0])
        server = self.server(authority)
        self.has(server, GOT)
        self.assertTrue(self.healthy(self.connect(authority)))

    def test_is_renewed_and_drops_no_connection(self):
        authority = self.authority(life=30)  # a busy machine takes seconds for a new one
        server = self.server(authority)
        self.has(server, GOT)
        connection = self.connect(authority)
        first = connection.sock.getpeercert()["serialNumber"]
        deadline = time.monotonic() + 60
        while self.connect(authority).sock.getpeercert()["serialNumber"] == first:
            self.assertTrue(self.healthy(connection))
            self.assertLess(time.monotonic(), deadline, server.output())
            time.sleep(0.5)
        self.assertTrue(self.healthy(connection))

    def test_says_what_to_do_where_the_dns_points_elsewhere(self):
        authority = self.authority()
        authority.point_names_at("127.0.0.9")
        server = self.server(authority)
        self.has(server, f"could not reach {NAME} on port 80.*HITKEEP_HTTP_ADDR.*port 443.*HITKEEP_TLS_ADDR.*next_try")
        authority.point_names_at("127.0.0.1")
        server.process.send_signal(signal.SIGHUP)
        self.has(server, GOT)
        self.assertTrue(self.healthy(self.connect(authority)))

    def test_goes_on_where_it_was_killed(self):
        authority = self.authority(PEBBLE_VA_NOSLEEP="0", PEBBLE_VA_SLEEPTIME="2")
        server = self.server(authority)
        progress = server.data / "acme/progress.json"
        deadline = time.monotonic() + 60
        while not progress.exists() or "/my-order/" not in progress.read_text():
            self.assertLess(time.monotonic(), deadline, server.output())
            time.sleep(0.02)
        server.kill()
        server.start()
        self.has(server, GOT)
        self.assertTrue(self.healthy(self.connect(authority)))

    def test_a_stop_waits_for_no_authority(self):
        authority = self.authority(PEBBLE_VA_NOSLEEP="0", PEBBLE_VA_SLEEPTIME="15")
        server = self.server(authority)
        self.has(server, "asking for a certificate")
        code, seconds = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 4)

    def test_an_authority_that_nobody_vouches_for_is_not_asked(self):
        authority = self.authority()
        server = self.server(authority, ACME_CA_FILE="")
        self.has(server, "certificate that is not trusted")


if __name__ == "__main__":
    unittest.main()
