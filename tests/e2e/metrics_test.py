#!/usr/bin/env python3
"""/metrics and docs/metrics.md name the same metrics, and counts are what happened."""
import json
import re
import unittest

from server import ROOT, Server


class Metrics(unittest.TestCase):
    def test_the_page_and_the_program_agree(self):
        with Server(MAIL_HOST="mail.invalid") as server:  # what there is with everything switched on
            site = server.set_up()
            server.hit(site)
            server.wait_applied(site, 1)
            shown = set(re.findall(r"^# TYPE (hitkeep_\w+)", server.request("GET", "/metrics").body.decode(), re.M))
        written = set(re.findall(r"^\| `(hitkeep_\w+)", (ROOT / "docs/metrics.md").read_text(), re.M))
        self.assertEqual(written - shown, set(), "docs/metrics.md names metrics that do not exist")
        self.assertEqual(shown - written, set(), "docs/metrics.md lacks metrics")

    def test_what_counts_and_what_does_not_is_counted(self):
        with Server() as server:
            site = server.set_up()
            for _ in range(3):
                self.assertEqual(server.hit(site).status, 202)
            self.assertEqual(server.hit({"domain": "unknown.example"}).status, 202)
            self.assertEqual(server.hit(site, user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)").status, 202)
            server.wait_applied(site, 3)
            self.assertEqual(server.metric("hitkeep_ingest_accepted_total"), 3)
            self.assertEqual(server.metric("hitkeep_ingest_dropped_total", reason="unknown_site"), 1)
            self.assertEqual(server.metric("hitkeep_ingest_bots_total", **{"class": "search"}), 1)
            self.assertEqual(server.stats(site)["total_pageviews"], 3)

    def test_a_question_whose_client_has_gone_is_stopped(self):
        body = {
            "range": {"from": "2025-01-01", "to": "2026-12-31"},
            "queries": {f"q{n}": {"metrics": ["visitors", "visits"], "dimensions": ["time_day"]} for n in range(32)},
        }
        with Server() as server:
            site = server.set_up()
            server.hit(site)
            server.wait_applied(site, 1)
            self.assertEqual(server.request("POST", f"/api/sites/{site['id']}/query", body).status, 200)
            self.assertEqual(server.metric("hitkeep_query_abandoned_total"), 0)
            for _ in range(100):  # a quick machine may have answered before it sees that nobody is there
                connection = server.connect()
                headers = {"Cookie": server.cookie, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
                connection.request("POST", f"/api/sites/{site['id']}/query", json.dumps(body), headers)
                connection.close()
                if server.metric("hitkeep_query_abandoned_total"):
                    break
            else:
                self.fail("no question was stopped")
            self.assertEqual(server.request("POST", f"/api/sites/{site['id']}/query", body).status, 200)
            self.assertEqual(server.metric("hitkeep_worker_queue", pool="query"), 0)
            self.assertEqual(server.metric("hitkeep_query_timeouts_total"), 0)
            self.assertEqual(server.stop()[0], 0)

    def test_a_proxy_or_a_wrong_token_does_not_open_it(self):
        with Server(METRICS_TOKEN="a-long-token-for-prometheus-123456") as server:
            ask = lambda **headers: server.request("GET", "/metrics", headers=headers).status
            self.assertEqual(ask(), 403)
            self.assertEqual(ask(Authorization="Bearer wrong"), 403)
            self.assertEqual(ask(Authorization="Bearer a-long-token-for-prometheus-123456"), 200)
        with Server() as server:
            self.assertEqual(server.request("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status, 403)


if __name__ == "__main__":
    unittest.main()
