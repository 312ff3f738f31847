#!/usr/bin/env python3
"""hitkeep import-logs: what servers wrote down, from the outside."""
import datetime
import gzip
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from server import BIN, CHROME, Server

LINES = 60_000


def line(at, number, agent=CHROME, status=200, target=None):
    when = at.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'198.51.100.{number % 200} - - [{when}] "GET {target or f"/n/{number}"} HTTP/1.1" {status} 512 "-" "{agent}"\n'


class ImportLogs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hitkeep-logs-")
        self.addCleanup(self.folder.cleanup)
        self.old = datetime.datetime.now(datetime.UTC).replace(hour=12) - datetime.timedelta(days=40)

    def file(self, name, text):
        path = pathlib.Path(self.folder.name) / name
        path.write_bytes(text)
        return path

    def command(self, server, *arguments):
        return [BIN, "import-logs", *map(str, arguments)], {"env": server.environment(), "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    def run_import(self, server, *arguments):
        command, how = self.command(server, *arguments)
        return subprocess.run(command, timeout=300, **how)

    def views(self, server, site, views):
        server.start()
        server.log_in()
        found = server.request("POST", f"/api/sites/{site['id']}/query", {"range": "90d", "queries": {"a": {"metrics": ["pageviews", "visitors"]}}}).json
        server.stop()
        self.assertEqual(found["results"]["a"]["rows"][0]["metrics"][0], views)
        return found["results"]["a"]["rows"][0]["metrics"]

    def test_files_are_taken_once_and_told(self):
        with Server() as server:
            site = server.set_up("shop.example.com")
            answer = server.hit(site, "/tracked")
            self.assertEqual(answer.status, 202)
            server.wait_applied(site, 1)
            now = datetime.datetime.now(datetime.UTC)
            text = "".join(line(self.old, i) for i in range(10))
            text += line(self.old, 1, "GPTBot/1.0") + line(self.old, 1, target="/a.css") + line(self.old, 1, status=404) + line(now, 1)
            packed = self.file("access.log.gz", gzip.compress(text.encode()))
            refused = self.run_import(server, packed, "-site", "shop.example.com")
            self.assertEqual(refused.returncode, 1, "a server uses the directory")
            server.stop()
            self.assertEqual(self.run_import(server, packed, "-site", "other.example.com").returncode, 1)
            self.assertEqual(self.run_import(server, packed).returncode, 1)
            self.assertEqual(self.run_import(server, "-site", "shop.example.com").returncode, 1)

            done = self.run_import(server, packed, "-site", "shop.example.com")
            self.assertEqual(done.returncode, 0, done.stderr)
            for words in ("14 lines", "10 page views", "1 asset", "1 failed", "1 fetches by AIs", "1 page views of them left out"):
                self.assertIn(words, done.stdout)
            self.assertEqual(self.views(server, site, 11)[1], 11, "ten visitors, and the one of today")
            again = self.run_import(server, packed, "-site", "shop.example.com")
            self.assertIn("14 taken before; 0 page views", again.stdout)
            self.views(server, site, 11)

    def test_a_kill_in_the_middle_doubles_and_loses_nothing(self):
        with Server() as server:
            site = server.set_up("shop.example.com")
            server.stop()
            path = self.file("access.log", "".join(line(self.old + datetime.timedelta(seconds=i // 40), i % 900) for i in range(LINES)).encode())
            command, how = self.command(server, path, "-site", "shop.example.com")
            for _ in range(2):
                process = subprocess.Popen(command, **how)
                deadline = time.monotonic() + 120
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.1)
                    progress = list((server.data / "imports").glob("*.progress"))
                    if progress and b"lines 0\n" not in progress[0].read_bytes():
                        break
                time.sleep(0.2)
                process.send_signal(signal.SIGKILL)
                process.communicate()
            done = self.run_import(server, path, "-site", "shop.example.com")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.views(server, site, LINES)


if __name__ == "__main__":
    unittest.main()
