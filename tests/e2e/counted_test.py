#!/usr/bin/env python3
"""What became of what came to a site, from outside: it survives a stop, and tells nothing of anybody."""
import unittest

from server import Server

CRAWLER = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"


class Counted(unittest.TestCase):
    def counted(self, server, site, query=""):
        answer = server.request("GET", f"/api/sites/{site['id']}/counted{query}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_it_survives_a_stop(self):
        with Server() as server:
            site = server.set_up()
            server.request("POST", f"/api/sites/{site['id']}/exclusions", {"type": "path", "path": "/admin/*"})
            server.hit(site, "/shop")
            server.hit(site, "/admin/jane.doe@example.com?token=planted-secret")
            server.hit(site, "/machine", user_agent=CRAWLER)
            server.hit({**site, "domain": "stranger.example"}, "/")
            server.wait_applied(site, 1)
            for _ in range(2):
                told = self.counted(server, site)
                self.assertEqual((told["received"], told["counted"], told["kept_apart"], told["dropped"]), (3, 1, 1, 1))
                self.assertEqual([(one["reason"], one["remedy"], one["hits"], one["names"]) for one in told["dropped_by"]],
                                 [("excluded_path", "exclusions", 1, [{"name": "/admin/*", "hits": 1}])])
                self.assertEqual([(one["class"], one["names"], one["example"]) for one in told["machines"]],
                                 [("ai_crawler", [{"name": "GPTBot", "hits": 1}], "/machine")])
                self.assertIsNotNone(told["last_pageview"])
                self.assertIsNone(told["last_event"])
                nobody = server.request("GET", "/api/admin/counted").json
                self.assertEqual([(one["reason"], one["names"]) for one in nobody["dropped_by"]],
                                 [("unknown_site", [{"name": "stranger.example", "hits": 1}])])
                self.assertNotIn("site_id", nobody)
                server.stop()
                server.start()
                server.log_in()
            server.hit(site, "/shop")
            self.assertEqual(self.counted(server, site)["counted"], 2, "what is in no row yet is told, too")
            self.assertEqual(sum(self.counted(server, site)["hits_per_minute"]), 1, "of this run")
            self.assertEqual(self.counted(server, site, "?from=2020-01-01&to=2020-01-31")["received"], 0)
            server.stop()
            for path in server.data.rglob("*"):
                if path.is_file():
                    data = path.read_bytes()
                    for planted in (b"planted-secret", b"jane.doe"):
                        self.assertNotIn(planted, data, path)

    def test_what_is_wrong_is_said(self):
        with Server() as server:
            site = server.set_up()
            for query, field in (("?from=yesterday", "from"), ("?to=2026-13-01", "to"), ("?from=2026-02-02&to=2026-02-01", "from")):
                answer = server.request("GET", f"/api/sites/{site['id']}/counted{query}")
                self.assertEqual((answer.status, answer.json["field"]), (400, field))

    def test_ones_own_request(self):
        with Server() as server:
            site = server.set_up()
            own = server.request("GET", f"/api/request?site={site['id']}").json
            self.assertEqual((own["address"], own["address_header"], own["internal"], own["scheme"]), ("127.0.0.1", "", True, "http"))
            server.request("POST", f"/api/sites/{site['id']}/exclusions", {"cidr": "127.0.0.0/8"})
            own = server.request("GET", f"/api/request?site={site['id']}").json
            self.assertEqual((own["counts"], own["reason"]), (False, "excluded_network"))
            self.assertEqual(server.request("GET", "/api/request?site=nothing").status, 404)
            self.assertNotEqual(server.request("GET", "/api/request").json.get("reason"), "excluded_network", "of that site alone")

    def test_an_ai_fetches(self):
        with Server() as server:
            site = server.set_up()
            path = f"/api/sites/{site['id']}/ingest/ai-fetch"
            body = {"path": "https://example.com/a?x=1", "hostname": "example.com", "status_code": 200, "user_agent": CRAWLER}
            self.assertEqual(server.request("POST", path, body).status, 202)
            self.assertEqual(server.request("POST", path, {**body, "user_agent": "Firefox"}).json["field"], "user_agent")
            self.assertEqual(server.request("POST", path, {**body, "status_code": 99}).json["field"], "status_code")
            self.assertEqual(server.request("POST", path, {**body, "path": ""}).json["field"], "path")
            told = self.counted(server, site)
            self.assertEqual((told["ai_fetches"], told["received"]), (1, 0))


if __name__ == "__main__":
    unittest.main()
