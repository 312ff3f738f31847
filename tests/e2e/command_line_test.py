#!/usr/bin/env python3
"""What somebody at a terminal sees: help, version, health check, wrong settings."""
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from server import BIN, Server


def run(*arguments, **variables):
    env = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run([BIN, *arguments], env=env, capture_output=True, text=True, timeout=60)


class CommandLine(unittest.TestCase):
    def test_help_and_version(self):
        for word in ("help", "--help", "-h"):
            answer = run(word)
            self.assertEqual(answer.returncode, 0)
            self.assertIn("-http-addr", answer.stdout)
        answer = run("version")
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(answer.stdout, r"^hitkeep \d+\.\d+\.\d+")

    def test_asks_for_a_newer_version_only_where_one_is_named(self):
        own = run("version").stdout.split()[1]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "SHA256SUMS"
            file.write_text(f"ab12  hitkeep-{own}-linux-amd64\n")
            answer = run("version", "--check", file)
            self.assertEqual((answer.returncode, answer.stdout.splitlines()[1]), (0, f"This one, {own}, is as new as {own}."))
            file.write_text("ab12  hitkeep-99.0.0-linux-amd64\n")
            answer = run("version", "-check", file)
            self.assertEqual((answer.returncode, answer.stdout.splitlines()[1]), (1, f"99.0.0 is newer than this one, {own}."))
            answer = run("version", "-check", folder)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("cannot be read", answer.stderr)

    def test_a_wrong_setting_stops_the_start_with_a_sentence(self):
        for arguments, variables, words in (
            (["-http-adr", ":1"], {}, ["-http-adr", "did you mean -http-addr"]),
            (["-http-addr", "nonsense"], {}, ["-http-addr", "for example: 127.0.0.1:8080"]),
            ([], {"HITKEEP_LOG_LEVEL": "loud"}, ["HITKEEP_LOG_LEVEL", "debug, info, warn or error"]),
            ([], {"HITKEEP_TRUSTED_PROXIES": "10.0.0.0/99"}, ["HITKEEP_TRUSTED_PROXIES"]),
            (["frobnicate"], {}, ["unknown command", "serve"]),
            (["snapshot"], {}, ["needs a directory", "hitkeep snapshot /backup/today"]),
            (["snapshot", "-data-path", "x"], {}, ["needs a directory"]),
        ):
            answer = run(*arguments, **variables)
            self.assertNotEqual(answer.returncode, 0, arguments)
            for word in words:
                self.assertIn(word, answer.stderr)

    def test_the_health_check_asks_the_running_server(self):
        with Server() as server:
            address = f"127.0.0.1:{server.port}"
            self.assertEqual(run("-healthcheck", "-http-addr", address).returncode, 0)
            server.stop()
            self.assertEqual(run("-healthcheck", "-http-addr", address).returncode, 1)

    def test_settings_of_features_to_come_are_named_at_start(self):
        with Server(BACKUP_PATH="/var/backups/hitkeep") as server:
            self.assertIn("HITKEEP_BACKUP_PATH is set, but this version does not have that feature yet", server.output())

    def test_the_running_program_shows_no_secret_and_no_file(self):
        secret = "sosecretthatnobodymayseeit0123456789"
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "jwt"
            file.write_text(secret + "\n")
            umask = os.umask(0)  # what a careless starter leaves
            try:
                server = Server(JWT_SECRET_FILE=file, METRICS_TOKEN=secret)
            finally:
                os.umask(umask)
            with server:
                site = server.set_up("localhost")
                self.assertEqual(server.hit(site, "/").status, 202)
                for name in ("environ", "cmdline"):
                    shown = pathlib.Path(f"/proc/{server.process.pid}/{name}").read_bytes()
                    self.assertNotIn(secret.encode(), shown, name)
                self.assertNotIn(secret, server.output())
                for path in server.data.rglob("*"):
                    self.assertEqual(path.stat().st_mode & 0o077, 0, path)
                answer = server.request("GET", "/metrics", headers={"Authorization": f"Bearer {secret}"})
                self.assertEqual(answer.status, 200, answer)

    def test_a_service_outlives_a_hangup(self):
        with Server() as server:  # standard input is no terminal of its own here, or is: both are said
            closes_a_terminal = os.isatty(0)
            server.process.send_signal(signal.SIGHUP)
            if closes_a_terminal:
                self.assertEqual(server.process.wait(60), 0)
            else:
                self.assertEqual(server.request("GET", "/healthz").status, 200)
                self.assertEqual(server.stop()[0], 0, server.output())

    def test_a_limit_on_file_size_is_a_full_disk_and_no_death(self):
        with Server() as server:
            site = server.set_up("localhost")
            subprocess.run(["prlimit", "--fsize=1048576", "--pid", str(server.process.pid)], check=True)
            for page in range(50):
                self.assertIn(server.hit(site, f"/{page}").status, (202, 503))
            self.assertIsNone(server.process.poll(), server.output())


if __name__ == "__main__":
    unittest.main()
