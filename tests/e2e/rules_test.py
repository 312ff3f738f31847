#!/usr/bin/env python3
"""What is not counted and what is not kept of a site's hits, from outside."""
import unittest

from server import Server


class Rules(unittest.TestCase):
    def test_exclusions_drop_with_a_reason(self):
        with Server() as server:
            site = server.set_up()
            path = f"/api/sites/{site['id']}/exclusions"
            made = server.request("POST", path, {"type": "path", "path": "/admin/*", "description": "us"})
            self.assertEqual(made.status, 201, made)
            self.assertEqual(made.json["path"], "/admin/*")
            everywhere = server.request("POST", "/api/admin/exclusions", {"cidr": "198.51.100.7"})
            self.assertEqual(everywhere.json["cidr"], "198.51.100.7/32")
            self.assertEqual(len(server.request("GET", path).json), 2)
            self.assertEqual(len(server.request("GET", "/api/admin/exclusions").json), 1)
            self.assertEqual(server.hit(site, "/admin/users").status, 202)
            self.assertEqual(server.hit(site, "/shop").status, 202)
            server.wait_applied(site, 1)
            dropped = server.request("GET", f"/api/sites/{site['id']}/ingest-status").json["dropped"]
            self.assertEqual(dropped, {"excluded_path": 1})
            gone = server.request("DELETE", f"{path}/{made.json['id']}")
            self.assertEqual(gone.status, 204, gone)
            self.assertEqual(server.request("DELETE", f"{path}/{made.json['id']}").status, 404)
            self.assertEqual(server.request("DELETE", f"{path}/{everywhere.json['id']}").status, 404, "not the site's")
            self.assertEqual(server.hit(site, "/admin/users").status, 202)
            server.wait_applied(site, 2)

    def test_machines_are_kept_apart(self):
        question = {
            "range": "today",
            "queries": {"who": {"metrics": ["visitors", "pageviews"], "dimensions": ["browser"]}},
        }
        with Server() as server:
            site = server.set_up()
            agent = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
            self.assertEqual(server.hit(site, "/machine", user_agent=agent).status, 202)
            self.assertEqual(server.hit(site, "/person").status, 202)
            server.wait_applied(site, 1)

            def rows(**more):
                answer = server.request("POST", f"/api/sites/{site['id']}/query", {**question, **more})
                self.assertEqual(answer.status, 200, answer)
                return answer.json["results"]["who"]["rows"]

            self.assertEqual([row["dimensions"] for row in rows()], [["Chrome"]])
            machines = rows(machines=True)
            self.assertEqual([(row["dimensions"], row["metrics"]) for row in machines], [(["GPTBot"], [1, 1])])
            kind = {"dimension": "visitor_kind", "op": "is_not", "values": ["human"]}
            self.assertEqual(rows(filters=[kind]), machines)
            self.assertEqual(rows(filters=[{**kind, "op": "is"}]), rows())
            body = {**question, "include": ["machine_visits"]}
            counted = server.request("POST", f"/api/sites/{site['id']}/query", body)
            self.assertEqual(counted.json["machine_visits"], 1)

    def test_what_is_wrong_is_said(self):
        with Server() as server:
            site = server.set_up()
            path = f"/api/sites/{site['id']}/exclusions"
            for body, said in (
                ({"cidr": "10.0.0.0/0"}, "Invalid IP or CIDR"),
                ({"type": "country", "country_code": "zz"}, "Invalid country code"),
                ({"type": "path", "path": "admin"}, "A path begins with"),
                ({"type": "weather"}, "type"),
                ({"description": "x" * 256, "cidr": "10.0.0.1"}, "description"),
            ):
                answer = server.request("POST", path, body)
                self.assertEqual(answer.status, 400, body)
                self.assertIn(said, answer.body.decode(), body)

    def test_a_site_keeps_what_its_owner_says(self):
        with Server() as server:
            site = server.set_up()
            path = f"/api/sites/{site['id']}/rules"
            self.assertEqual(server.request("GET", path).json["location"], "city")
            changed = server.request("PATCH", path, {"location": "country", "utm": False, "kept_query": ["ID"]})
            self.assertEqual(changed.status, 200, changed)
            rules = server.request("GET", path).json
            self.assertEqual((rules["location"], rules["utm"], rules["kept_query"]), ("country", False, ["id"]))
            self.assertTrue(rules["screen"], "what is absent stays")
            self.assertEqual(server.hit(site, "/a?id=7&session=x").status, 202)
            server.wait_applied(site, 1)
            pages = server.stats(site)["top_pages"]
            self.assertEqual([page["name"] for page in pages], ["/a?id=7"])
            self.assertEqual(server.request("PATCH", path, {"kept_query": ["a b"]}).status, 400)
            snippet = f"/api/sites/{site['id']}/snippet"
            self.assertEqual(server.request("GET", snippet).json, {"options": []})
            chosen = server.request("PUT", snippet, {"options": ["web_vitals", "outbound", "outbound"]})
            self.assertEqual(chosen.json, {"options": ["outbound", "web_vitals"]})
            self.assertEqual(server.request("GET", snippet).json, chosen.json)
            self.assertEqual(server.request("PUT", snippet, {"options": ["cookies"]}).status, 400)
            audit = server.request("GET", f"/api/sites/{site['id']}/audit?action=site.rules_updated").json
            self.assertEqual(audit["entries"][0]["changes"][0]["after"], "outbound web_vitals")
            self.assertEqual(server.request("PATCH", path, {"location": "street"}).status, 400)


if __name__ == "__main__":
    unittest.main()
