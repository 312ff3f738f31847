#!/usr/bin/env python3
"""The lines of docs/proxies.md, each in the real proxy: the visitor's address, https and the path arrive as they were."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import yaml

from certificate import make_certificate
from pebble import free_ports
from server import CHROME, OWNER, ROOT, Server

PAGE = (ROOT / "docs/proxies.md").read_text()
WAIT_SECONDS = 30
MODULES = pathlib.Path(os.environ.get("APACHE_MODULES", "/usr/lib/apache2/modules"))


def lines_of(proxy):
    """The block behind the paragraph that begins with the proxy's name."""
    return re.search(rf"^{proxy}\b[^\n]*\n```\n(.*?)^```$", PAGE, re.M | re.S)[1]


def nginx(folder, port, lines, certificate, key):
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log;\nevents {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};\n{lines}\n}} }}\n")
    return ["nginx", "-p", folder, "-c", folder / "nginx.conf"]


def caddy(folder, port, lines, certificate, key):
    lines = lines.replace("stats.example.com {", f"https://localhost:{port} {{\n    tls {certificate} {key}")
    (folder / "Caddyfile").write_text("{\n    admin off\n    auto_https off\n}\n" + lines)
    return ["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]


def apache(folder, port, lines, certificate, key):
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so"
                        for name in ("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "ssl"))
    (folder / "httpd.conf").write_text(
        f"{modules}\nServerRoot {folder}\nServerName localhost\nPidFile {folder}/pid\nErrorLog {folder}/log\nListen 127.0.0.1:{port}\n"
        f"SSLEngine on\nSSLCertificateFile {certificate}\nSSLCertificateKeyFile {key}\n{lines}\n")
    return ["apache2", "-D", "FOREGROUND", "-f", folder / "httpd.conf"]


def haproxy(folder, port, lines, certificate, key):
    (folder / "both.pem").write_text(certificate.read_text() + key.read_text())
    (folder / "haproxy.cfg").write_text(
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
        f"listen hitkeep\n    bind 127.0.0.1:{port} ssl crt {folder}/both.pem\n{lines}\n")
    return ["haproxy", "-f", folder / "haproxy.cfg"]


class Lines(unittest.TestCase):
    def proxy(self, name, settings, behind):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="hitkeep-proxy-")))
        folder.chmod(0o755)  # workers of some give up their rights
        certificate, key = make_certificate(folder, "localhost")
        [port] = free_ports(1)
        command = settings(folder, port, lines_of(name).replace("8080", str(behind)), certificate, key)
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        self.assertIsNotNone(shutil.which(command[0], path=path), f"{command[0]} is missing: scripts/setup test")
        with open(folder / "output", "w") as output:
            process = subprocess.Popen(command, env=os.environ | {"PATH": path, "HOME": str(folder), "XDG_DATA_HOME": str(folder),
                                                                  "XDG_CONFIG_HOME": str(folder)}, stdout=output, stderr=output)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return port
            self.assertIsNone(process.poll(), (folder / "output").read_text())
            self.assertLess(time.monotonic(), deadline, (folder / "output").read_text())
            time.sleep(0.05)

    def ask(self, port, method, path, body=None, headers=None, address="127.0.0.1"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", port), WAIT_SECONDS, (address, 0))
        connection = http.client.HTTPSConnection("localhost", port)
        connection.sock = context.wrap_socket(raw, server_hostname="localhost")
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.read()
            return answer

    def look(self, name, settings):
        with Server(TRUSTED_PROXIES="127.0.0.1/32", PUBLIC_URL="http://stats.example.com/sub/") as server:
            port = self.proxy(name, settings, server.port)
            page = self.ask(port, "GET", "/sub/healthz")
            self.assertEqual(page.status, 200)
            self.assertEqual(page.headers["Strict-Transport-Security"], "max-age=31536000", "it came over https")

            own = {"Sec-Fetch-Site": "same-origin"}
            owner = server.request("POST", "/sub/api/initial-user", {**OWNER, "setup_code": server.setup_code()}, own)
            server.remember(owner)
            site = server.request("POST", "/sub/api/sites", {"domain": "example.com", "zone": "UTC"}, own).json
            headers = {"Origin": "https://example.com", "User-Agent": CHROME, "Content-Type": "text/plain"}
            for visitor in (2, 3, 4):
                for forged in ({}, {"X-Forwarded-For": f"9.9.9.{visitor}"}, {"X-Forwarded-Proto": "http"}):
                    answer = self.ask(port, "POST", "/sub/ingest", json.dumps({"path": "/"}), headers | forged, f"127.0.0.{visitor}")
                    self.assertEqual(answer.status, 202)
            deadline = time.monotonic() + WAIT_SECONDS
            while (stats := server.request("GET", f"/sub/api/sites/{site['id']}/stats").json)["total_pageviews"] < 9:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            self.assertEqual(stats["unique_sessions"], 3, "one for each address, whatever a visitor writes")
            self.assertEqual([line for line in server.lines if "TRUSTED_PROXIES" in line], [])

    def test_nginx(self):
        self.look("nginx", nginx)

    def test_caddy(self):
        self.look("Caddy", caddy)

    def test_apache(self):
        self.look("Apache", apache)

    def test_haproxy(self):
        self.look("HAProxy", haproxy)

    def test_traefik_is_told_where_to(self):
        told = yaml.safe_load(lines_of("Traefik"))["http"]
        for router in told["routers"].values():
            self.assertEqual(set(router), {"rule", "entryPoints", "service", "tls"})
            self.assertRegex(router["rule"], r"^Host\(`[^`]+`\)$")
            servers = told["services"][router["service"]]["loadBalancer"]["servers"]
            self.assertEqual(servers, [{"url": "http://127.0.0.1:8080"}])


if __name__ == "__main__":
    unittest.main()
