#!/usr/bin/env python3
"""`hitkeep doctor` with real faults: what it finds, what it says to do, and that it ends with 0 only where nothing is wrong."""
import http.client
import http.server
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import unittest.mock

from mail_server import MailServer, make_certificate
from server import BIN, Server


def examine(server, *arguments, **options):
    """The exit code, and what was found: about -> (word, sentence)."""
    env = {**server.environment(), **{"HITKEEP_" + name: str(value) for name, value in options.items()}}
    if server.port:
        env["HITKEEP_HTTP_ADDR"] = f"127.0.0.1:{server.port}"
    said = subprocess.run([BIN, "doctor", "-settings", "", *arguments], env=env, capture_output=True, text=True, timeout=60)
    lines = re.findall(r"^(ok|note|TROUBLE) +(\w+) +(.*)$", said.stdout, re.M)
    return said.returncode, {about: (word, sentence) for word, about, sentence in lines}


class Proxy(http.server.BaseHTTPRequestHandler):
    """A proxy that says for whom it asks, as they do."""

    def do_GET(self):
        there = http.client.HTTPConnection("127.0.0.1", self.server.target)
        there.request("GET", self.path, headers={"Host": self.headers["Host"], "X-Forwarded-For": "203.0.113.9"})
        answer = there.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        there.close()

    def log_message(self, *_):
        pass


class Doctor(unittest.TestCase):
    def trouble(self, found, about, *words):
        word, sentence = found[about]
        self.assertEqual(word, "TROUBLE", sentence)
        for one in words:
            self.assertIn(one, sentence)

    def listen(self, handler, target=None):
        httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        httpd.target = target
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        self.addCleanup(httpd.server_close)
        self.addCleanup(httpd.shutdown)
        return httpd.server_port

    def test_all_is_well(self):
        with Server() as server:
            code, found = examine(server, PUBLIC_URL=f"http://localhost:{server.port}/")
            self.assertEqual((code, [one for one in found.values() if one[0] == "TROUBLE"]), (0, []))
            self.assertEqual(set(found), {"version", "port", "data", "disk", "log", "clock", "memory", "url", "proxy", "mail"})
            self.assertEqual(found["url"][0], "ok")
            self.assertIn("is installed, and runs", found["version"][1])

    def test_a_program_that_does_not_run(self):
        with Server() as server:
            server.stop()
            code, found = examine(server)
            self.assertEqual(code, 1)
            self.trouble(found, "port", "Nobody listens", "systemctl start hitkeep")
            self.assertEqual(found["data"][0], "ok", "looked at all the same")

    def test_a_directory_that_is_not_there(self):
        with Server() as server:
            code, found = examine(server, DATA_PATH=server.data / "elsewhere")
            self.assertEqual(code, 1)
            self.trouble(found, "data", "does not exist", "HITKEEP_DATA_PATH")

    def test_a_directory_that_others_may_read(self):
        with Server() as server:
            server.data.chmod(0o755)
            code, found = examine(server)
            self.assertEqual(code, 1)
            self.trouble(found, "data", f"chmod 700 {server.data}")

    @unittest.skipUnless(os.getuid() == 0, "only root can give files away")
    def test_files_of_another_user(self):
        with Server() as server:
            os.chown(server.data / "control.db", 65534, 65534)
            code, found = examine(server)
            self.assertEqual(code, 1)
            self.trouble(found, "data", "1 files", "control.db", "chown -R")

    def test_another_program_on_the_port(self):
        with Server() as server:
            server.stop()
            server.port = self.listen(http.server.SimpleHTTPRequestHandler)
            code, found = examine(server)
            self.assertEqual(code, 1)
            self.trouble(found, "port", "Another program has the port", "HITKEEP_HTTP_ADDR")
        with Server() as server, socket.create_server(("127.0.0.1", 0)) as silent:
            server.stop()
            server.port = silent.getsockname()[1]
            began = time.monotonic()
            self.trouble(examine(server)[1], "port", "Another program has the port")
            self.assertLess(time.monotonic() - began, 30, "one that never answers is not waited for")

    def test_a_disk_that_refuses(self):
        with Server() as server:
            site = server.set_up("localhost")
            subprocess.run(["prlimit", "--fsize=1048576", "--pid", str(server.process.pid)], check=True)
            while server.hit(site, "/").status == 202:
                pass
            code, found = examine(server)
            self.assertEqual(code, 1)
            self.trouble(found, "log", "not ready: the log failed")

    def test_a_public_url_that_leads_nowhere_or_elsewhere(self):
        with Server() as server, socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
            closed.close()
            for url, words in ((f"http://localhost:{port}/", "takes no connection"),
                               (f"http://localhost:{self.listen(http.server.SimpleHTTPRequestHandler)}/", "not as HitKeep does"),
                               (f"https://localhost:{server.port}/", "does not lead to HitKeep")):
                code, found = examine(server, PUBLIC_URL=url)
                self.assertEqual(code, 1, url)
                self.trouble(found, "url", words, "HITKEEP_PUBLIC_URL")

    def test_a_sub_path(self):
        with Server(PUBLIC_URL="http://localhost/stats/") as server:
            code, found = examine(server, PUBLIC_URL=f"http://localhost:{server.port}/stats/")
            self.assertEqual((code, found["url"][0], found["log"][0]), (0, "ok", "ok"), found)

    def test_a_proxy_that_nobody_named(self):
        with Server() as server:
            port = self.listen(Proxy, server.port)
            code, found = examine(server, PUBLIC_URL=f"http://localhost:{port}/")
            self.assertEqual((code, found["url"][0]), (1, "ok"))
            self.trouble(found, "proxy", "all its visitors count as one", "HITKEEP_TRUSTED_PROXIES")
        with Server(TRUSTED_PROXIES="127.0.0.1/32") as server:
            code, found = examine(server, PUBLIC_URL=f"http://localhost:{self.listen(Proxy, server.port)}/")
            self.assertEqual((code, found["proxy"][0]), (0, "ok"), found)

    def test_https_and_when_its_certificate_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = make_certificate(folder, "localhost")
            with Server(TLS_ADDR="127.0.0.1:0", TLS_CERT=certificate, TLS_KEY=key, PUBLIC_URL="https://localhost/") as server:
                port = server.wait_line(r"https is served.*port=(\d+)")[1]
                url = f"https://localhost:{port}/"
                self.trouble(examine(server, PUBLIC_URL=url)[1], "url", "does not lead to HitKeep")  # nobody vouches for it
                with unittest.mock.patch.dict(os.environ, SSL_CERT_FILE=str(certificate)):
                    code, found = examine(server, PUBLIC_URL=url)
                self.assertEqual(found["url"][0], "ok", found)
                # The certificate of the tests lives for a day.
                self.trouble(found, "https", "The certificate ends on", "HITKEEP_TLS_CERT")
                self.assertEqual(code, 1)

    def test_closed_figures(self):
        with Server(METRICS_TOKEN="a token of some length") as server:
            self.assertEqual(examine(server)[1]["log"][0], "ok")
            self.assertEqual(examine(server, METRICS_TOKEN="")[1]["log"][0], "note")

    def test_mail(self):
        with Server() as server:
            with MailServer() as mail:
                options = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": mail.port, "MAIL_ENCRYPTION": "none", "MAIL_FROM_ADDRESS": "stats@example.com"}
                code, found = examine(server, "-mail-to", "me@example.com", **options)
                self.assertEqual((code, found["mail"][0]), (0, "ok"), found)
                came = mail.wait()
                self.assertEqual((came["from"], came["to"]), ("stats@example.com", ["me@example.com"]))
                # This server knows no TLS, which the usual setting asks for.
                self.trouble(examine(server, "-mail-to", "me@example.com", **{**options, "MAIL_ENCRYPTION": "tls"})[1], "mail", "test mail was refused")
            code, found = examine(server, **options)
            self.assertEqual(code, 1)
            self.trouble(found, "mail", "cannot be reached", "HITKEEP_MAIL_HOST")

    def test_settings_come_from_the_packages_file(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "hitkeep.env"
            file.write_text(f"HITKEEP_DATA_PATH={server.data}\nHITKEEP_HTTP_ADDR=127.0.0.1:{server.port}\n")
            said = subprocess.run([BIN, "doctor", "-settings", file], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
            self.assertEqual(said.returncode, 0, said.stdout)
            self.assertIn(str(server.data), said.stdout)
            file.write_text("HITKEEP_LOG_LEVEL=loud\n")
            said = subprocess.run([BIN, "doctor", "-settings", file], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
            self.assertEqual(said.returncode, 1)
            self.assertIn("HITKEEP_LOG_LEVEL", said.stderr)


if __name__ == "__main__":
    unittest.main()
