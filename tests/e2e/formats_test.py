#!/usr/bin/env python3
"""Data directories of earlier versions (tests/fixtures): the present program opens them and answers what the old one did."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from server import BIN, ROOT, Server

FIXTURES = ROOT / "tests/fixtures"
ACCOUNT = {"email": "demo@hitkeep.example", "password": "demo-demo-demo"}
HITS = 2_000  # of the demo's year
VISITORS, VIEWS = 7, 40  # of the day on which the old program ran
METRICS = ["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration"]
BY_VISIT = ["source", "channel", "entry_page", "exit_page", "referrer", "country", "browser", "os", "device", "language", "utm_campaign"]


def questions(last_day):
    queries = {"totals": {"metrics": METRICS}, "months": {"metrics": METRICS, "dimensions": ["time_month"]}}
    queries["pages"] = {"metrics": ["visitors", "pageviews"], "dimensions": ["page"], "limit": 1000}
    queries["events"] = {"metrics": ["events", "visitors"], "dimensions": ["event_name"], "limit": 100}
    queries["chrome"] = {
        "metrics": ["visitors", "visits"],
        "filters": [{"dimension": "browser", "op": "contains", "values": ["chrome"]}, {"dimension": "page", "op": "is_not", "values": ["/"]}],
    }
    for dimension in BY_VISIT:
        queries[dimension] = {"metrics": ["visitors", "visits"], "dimensions": [dimension], "limit": 100}
    return {"range": {"from": "2025-10-01", "to": last_day}, "queries": queries}


def ask(server, last_day):
    """domain → query → rows as text → metrics."""
    out = {}
    for site in server.request("GET", "/api/sites").json:
        answer = server.request("POST", f"/api/sites/{site['id']}/query", questions(last_day))
        assert answer.status == 200, answer
        out[site["domain"]] = {
            name: {" · ".join(row["dimensions"]): row["metrics"] for row in result["rows"]} for name, result in answer.json["results"].items()
        }
    return out


def log_in(server):
    server.remember(server.request("POST", "/api/login", ACCOUNT))


def archive(data, name):
    subprocess.run(["tar", "--sparse", "-C", data, "-cJf", FIXTURES / name, "--exclude=lock", "."], check=True)


def make(commit):
    """Run by hand, with the program of that commit."""
    import datetime

    with tempfile.TemporaryDirectory(prefix="hitkeep-format-") as home:
        data = pathlib.Path(home) / "data"
        subprocess.run([BIN, "demo", "-data-path", data, "-hits", str(HITS), "-seed", "7"], check=True)
        server = Server(data)
        log_in(server)
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        before = ask(server, today)
        for site in server.request("GET", "/api/sites").json:
            for view in range(VIEWS):
                agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:1{view % VISITORS}0.0) Gecko/20100101 Firefox/1{view % VISITORS}0.0"
                assert server.hit(site, f"/old/{view % 9}", user_agent=agent, referrer="https://news.ycombinator.com/item?id=1").status == 202
                if view % 5 == 0:
                    assert server.event(site, f"old {view % 3}", user_agent=agent, plan="team", size=view).status == 202
            wanted = before[site["domain"]]["totals"][""][2] + VIEWS
            while ask(server, today)[site["domain"]]["totals"][""][2] < wanted:
                pass
        answers = {"last_day": today, "answers": ask(server, today)}
        (FIXTURES / f"data-{commit}.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
        server.kill()
        archive(data, f"data-{commit}-killed.tar.xz")
        server.start()
        assert server.stop()[0] == 0, server.output()
        archive(data, f"data-{commit}-stopped.tar.xz")


class Formats(unittest.TestCase):
    maxDiff = None

    def test_every_directory_answers_as_its_own_program_did(self):
        archives = sorted(FIXTURES.glob("data-*-*.tar.xz"))
        self.assertGreaterEqual(len(archives), 2)
        for packed in archives:
            with self.subTest(packed.name), tempfile.TemporaryDirectory(prefix="hitkeep-format-") as home:
                subprocess.run(["tar", "-C", home, "-xf", packed], check=True)
                expected = json.loads((FIXTURES / (packed.name.rsplit("-", 1)[0] + ".json")).read_text())
                earlier = pathlib.Path(home) / "hitkeep.db.before-rebuild"
                with Server(home) as server:
                    log_in(server)
                    self.same(ask(server, expected["last_day"]), expected["answers"])
                    self.assertTrue(earlier.exists(), server.output())
                    self.assertEqual(server.stop()[0], 0, server.output())
                self.assertFalse(earlier.exists())
                with Server(home) as server:  # again: what was migrated stays
                    log_in(server)
                    self.same(ask(server, expected["last_day"]), expected["answers"])
                    self.assertEqual(server.stop()[0], 0, server.output())

    def same(self, answers, expected):
        self.assertEqual(answers.keys(), expected.keys())
        for domain, queries in expected.items():
            for name, rows in queries.items():
                with self.subTest(domain=domain, query=name):
                    self.assertEqual(answers[domain][name], rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2])
    else:
        unittest.main()
