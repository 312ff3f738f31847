#!/usr/bin/env python3
"""hitkeep demo: a directory of its own with a year of three sites, which the server then shows."""
import pathlib
import subprocess
import tempfile
import unittest

from server import BIN, Server

HITS = 20_000
ACCOUNT = {"email": "demo@hitkeep.example", "password": "demo-demo-demo"}


class Demo(unittest.TestCase):
    def make(self, data, *flags):
        return subprocess.run([BIN, "demo", "-data-path", data, *flags], capture_output=True, text=True, timeout=300)

    def test_the_server_shows_the_year_that_it_wrote(self):
        with tempfile.TemporaryDirectory(prefix="hitkeep-demo-") as home:
            data = pathlib.Path(home) / "data"
            made = self.make(data, "-hits", str(HITS))
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertIn(f"sign in as {ACCOUNT['email']} with {ACCOUNT['password']}", made.stderr)
            self.assertEqual(list(data.glob("**/*.wal")), [])

            with Server(data) as server:
                server.remember(server.request("POST", "/api/login", ACCOUNT))
                sites = server.request("GET", "/api/sites").json
                self.assertEqual(len(sites), 3)
                views = 0
                for site in sites:
                    asked = {
                        "range": "400d",
                        "queries": {
                            "months": {"metrics": ["pageviews", "visitors"], "dimensions": ["time_month"]},
                            "sources": {"metrics": ["visits"], "dimensions": ["source"]},
                        },
                    }
                    answer = server.request("POST", f"/api/sites/{site['id']}/query", asked)
                    self.assertEqual(answer.status, 200, answer)
                    results = answer.json["results"]
                    months = [row["metrics"] for row in results["months"]["rows"]]
                    self.assertGreaterEqual(sum(1 for seen, _ in months if seen), 12)
                    self.assertGreater(len(results["sources"]["rows"]), 3)
                    views += sum(seen or 0 for seen, _ in months)
                self.assertAlmostEqual(views, HITS, delta=HITS / 10)
                self.assertEqual(server.stop()[0], 0, server.output())

            again = self.make(data, "-hits", str(HITS))
            self.assertGreater(again.returncode, 0)
            self.assertIn("is not empty", again.stderr)

    def test_numbers_out_of_range_are_refused_before_anything_is_made(self):
        with tempfile.TemporaryDirectory(prefix="hitkeep-demo-") as home:
            data = pathlib.Path(home) / "data"
            for flags in (["-hits", "999"], ["-hits", "100000001"], ["-hits", "many"], ["-sites", "0"], ["-seed", "-1"]):
                made = self.make(data, *flags)
                self.assertGreater(made.returncode, 0, flags)
                self.assertRegex(made.stderr, rf"hitkeep: {flags[0]} must be a whole number .*for example")
                self.assertFalse(data.exists())


if __name__ == "__main__":
    unittest.main()
