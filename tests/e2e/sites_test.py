#!/usr/bin/env python3
"""The life of a site and of a team: renamed, moved to another zone, paused, emptied, deleted; also where the program is
killed in the middle."""
import datetime
import sqlite3
import time
import unittest

from server import START_SECONDS, Server, query_files

OTHER_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def eventually(holds, what="it does not come"):
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Sites(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.site = self.server.set_up("shop.example")
        self.path = f"/api/sites/{self.site['id']}"

    def ask(self, method, path, body=None, status=200):
        answer = self.server.request(method, path, body)
        self.assertEqual(answer.status, status, answer)
        return answer.json if answer.body else None

    def start_again(self):
        self.server.start()
        self.server.log_in()

    def views(self, site):
        return self.server.stats(site)["total_pageviews"]

    def files(self, text):
        """Files of the data directory, but for the log, that hold a text."""
        return [
            path.name
            for path in self.server.data.rglob("*")
            if path.is_file() and path.parent.name != "log" and text in path.read_bytes()
        ]

    def test_a_renamed_site_counts_under_both_names_until_the_first_is_left_out(self):
        renamed = self.ask("PATCH", self.path, {"domain": "store.example", "labels": ["b", "a", "a"], "currency": "EUR", "first_weekday": 1})
        self.assertEqual((renamed["domain"], renamed["former_domains"], renamed["labels"]), ("store.example", ["shop.example"], ["a", "b"]))
        for domain in ("shop.example", "store.example"):
            self.server.hit({"domain": domain}, "/")
        self.server.wait_applied(self.site, 2)
        self.assertEqual(self.ask("POST", "/api/sites", {"domain": "shop.example"}, 409)["field"], "domain")
        self.ask("PATCH", self.path, {"former_domains": [], "labels": []})
        self.server.hit({"domain": "shop.example"}, "/")
        self.server.hit({"domain": "store.example"}, "/")
        self.server.wait_applied(self.site, 3)
        self.assertEqual(self.ask("PATCH", self.path, {"labels": ["x" * 41]}, 400)["field"], "labels")
        self.assertEqual(self.ask("PATCH", self.path, {"labels": ["a, b"]}, 400)["field"], "labels")
        fields = {change["field"] for entry in self.ask("GET", self.path + "/audit")["entries"] for change in entry["changes"]}
        self.assertLessEqual({"domain", "former_domains", "labels", "currency", "first_weekday"}, fields)

    def test_another_zone_counts_from_a_coming_day(self):
        self.assertEqual(self.ask("PATCH", self.path, {"zone": "Mars/Olympus"}, 400)["field"], "zone")
        changed = self.ask("PATCH", self.path, {"zone": "Pacific/Auckland"})
        self.assertEqual((changed["zone"], changed["zone_before"]), ("Pacific/Auckland", "UTC"))
        today = datetime.datetime.now(datetime.timezone.utc).date()
        self.assertGreater(changed["zone_from"], today.isoformat())
        self.server.hit(self.site, "/")
        self.server.wait_applied(self.site, 1)
        query = {"range": {"from": today.isoformat(), "to": today.isoformat()}, "queries": {"a": {"metrics": ["pageviews"], "dimensions": ["time_hour"]}}}
        answer = self.ask("POST", self.path + "/query", query)
        self.assertEqual(answer["zone"], "UTC", "today is still cut as it began")
        self.assertEqual(sum(row["metrics"][0] or 0 for row in answer["results"]["a"]["rows"]), 1)
        back = self.ask("PATCH", self.path, {"zone": "UTC"})
        self.assertNotIn("zone_from", back, "what has not begun is taken back")

    def test_a_pin_is_ones_own(self):
        self.ask("PUT", self.path + "/pin", status=200)
        self.assertTrue(self.ask("GET", "/api/sites")[0]["pinned"])
        self.ask("DELETE", self.path + "/pin", status=200)
        self.assertNotIn("pinned", self.ask("GET", "/api/sites")[0])

    def test_a_reset_takes_everything_that_came_before_and_nothing_after(self):
        other = self.server.create_site("other.example")
        for _ in range(3):
            self.server.hit(self.site, "/planted-before")
        self.server.hit(other, "/other")
        self.server.wait_applied(self.site, 3)
        self.assertEqual(self.ask("POST", self.path + "/reset", {"domain": "other.example"}, 400)["field"], "domain")
        self.assertEqual(self.views(self.site), 3)
        self.ask("POST", self.path + "/reset", {"domain": "shop.example"})
        self.server.hit(self.site, "/after")
        eventually(lambda: self.views(self.site) == 1)
        for _ in range(2):
            self.server.kill()
            self.start_again()
            eventually(lambda: self.views(self.site) == 1)
            self.assertEqual(self.views(other), 1)
        eventually(lambda: not list(self.server.data.glob("*.erased")), "the file is written anew")
        self.server.stop()
        self.assertEqual(self.files(b"planted-before"), [])
        self.assertEqual(query_files(self.server.data, "SELECT path FROM hits ORDER BY 1"), [("/after",), ("/other",)])
        self.start_again()
        self.assertIn("site.statistics_reset", [entry["action"] for entry in self.ask("GET", self.path + "/audit")["entries"]])

    def test_a_deleted_site_is_gone_wherever_the_program_is_killed(self):
        for moment in (None, r"order begun order=erase", r"order done order=erase"):
            with self.subTest(moment=moment):
                site = self.server.create_site("gone.example")
                for n in range(20):
                    self.server.hit(site, f"/gone/{n}")
                self.server.hit(self.site, "/stays")
                self.server.wait_applied(site, 20)
                before = self.views(self.site)
                self.ask("DELETE", f"/api/sites/{site['id']}", {}, 400)
                self.ask("DELETE", f"/api/sites/{site['id']}", {"domain": "gone.example"})
                if moment:
                    self.assertTrue(self.server.wait_line(moment), self.server.output())
                self.server.kill()
                self.start_again()
                self.ask("GET", f"/api/sites/{site['id']}", status=404)
                self.assertEqual(self.server.hit(site, "/late").status, 202)
                self.assertEqual(self.views(self.site), before)
                self.server.hit(self.site, "/stays")
                self.server.wait_applied(self.site, before + 1)
                self.server.stop()
                pages = query_files(self.server.data, "SELECT DISTINCT path FROM hits")
                self.assertEqual(pages, [("/stays",)])
                self.assertEqual(query_files(self.server.data, "SELECT count(*) FROM texts WHERE text LIKE '/gone/%'"), [(0,)])
                self.start_again()
        with sqlite3.connect(self.server.data / "control.db") as db:
            self.assertEqual(db.execute("SELECT domain FROM sites").fetchall(), [("shop.example",)])
        db.close()
        self.assertEqual(self.ask("GET", "/api/admin/system/audit?action=site.deleted")["total"], 3)

    def test_a_team_is_paused_and_deleted_with_its_sites_and_its_file(self):
        team = self.ask("POST", "/api/user/teams", {"name": "Second"}, 201)["team"]["id"]
        site = self.server.create_site("second.example")
        self.assertEqual(site["team_id"], team)
        self.server.hit(site, "/planted-second")
        self.server.wait_applied(site, 1)
        self.ask("PUT", f"/api/user/teams/{team}/paused", {}, 400)
        self.ask("PUT", f"/api/user/teams/{team}/paused", {"paused": True})
        self.assertTrue(self.ask("GET", f"/api/sites/{site['id']}")["team_paused"])
        self.assertEqual(self.server.hit(site, "/dropped").status, 202)
        status = self.ask("GET", f"/api/sites/{site['id']}/ingest-status")
        self.assertIn("paused", str(status))
        self.ask("PUT", f"/api/user/teams/{team}/paused", {"paused": False})
        self.server.hit(site, "/again")
        self.server.wait_applied(site, 2)
        folder = self.server.data / "tenants" / team
        self.assertTrue(folder.exists())
        self.assertEqual(self.ask("DELETE", f"/api/user/teams/{team}", {"name": "First"}, 400)["field"], "name")
        self.ask("DELETE", f"/api/user/teams/{team}", {"name": "Second"})
        self.server.kill()
        self.start_again()
        eventually(lambda: not folder.exists())
        self.assertEqual([one["domain"] for one in self.ask("GET", "/api/sites")], ["shop.example"])
        self.server.hit(site, "/late")
        self.server.hit(self.site, "/")
        self.server.wait_applied(self.site, 1)
        self.server.stop()
        self.assertFalse(folder.exists())
        self.assertEqual(self.files(b"planted-second"), [])
        self.assertEqual(list(self.server.data.glob("dead-letter/*")), [])
        self.start_again()
        again = self.server.create_site("second.example")
        self.server.hit(again, "/new")
        self.server.wait_applied(again, 1)


if __name__ == "__main__":
    unittest.main()
