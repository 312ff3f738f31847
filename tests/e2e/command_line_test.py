#!/usr/bin/env python3
"""What somebody at a terminal sees: help, version, health check, wrong settings."""
import subprocess
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

    def test_a_wrong_setting_stops_the_start_with_a_sentence(self):
        for arguments, variables, words in (
            (["-http-adr", ":1"], {}, ["-http-adr", "did you mean -http-addr"]),
            (["-http-addr", "nonsense"], {}, ["-http-addr", "for example: 127.0.0.1:8080"]),
            ([], {"HITKEEP_LOG_LEVEL": "loud"}, ["HITKEEP_LOG_LEVEL", "debug, info, warn or error"]),
            ([], {"HITKEEP_TRUSTED_PROXIES": "10.0.0.0/99"}, ["HITKEEP_TRUSTED_PROXIES"]),
            (["frobnicate"], {}, ["unknown command", "serve"]),
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


if __name__ == "__main__":
    unittest.main()
