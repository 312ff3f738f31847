#!/usr/bin/env python3
"""Why no hits come: a look at a site's page, and what its script tells from a tab."""
import unittest

from server import Server


class Check(unittest.TestCase):
    def test_a_look_says_that_nothing_answers(self):
        with Server() as server:
            site = server.set_up()
            look = server.request("POST", f"/api/sites/{site['id']}/check")
            self.assertEqual(look.status, 200, look)
            self.assertEqual([one["what"] for one in look.json["found"]], ["unreachable"])
            self.assertTrue(look.json["found"][0]["detail"])

    def test_nobody_looks_where_the_operator_says_so(self):
        with Server(SITE_CHECKS="false") as server:
            site = server.set_up()
            look = server.request("POST", f"/api/sites/{site['id']}/check")
            self.assertEqual(look.status, 403, look)
            self.assertIn("HITKEEP_SITE_CHECKS", look.body.decode())

    def test_a_tab_tells_by_its_code_once(self):
        with Server() as server:
            site = server.set_up()
            checks = f"/api/sites/{site['id']}/checks"
            opened = server.request("POST", checks).json
            self.assertTrue(opened["address"].endswith("/#hk-check=" + opened["code"]), opened)
            self.assertNotIn("report", server.request("GET", f"{checks}/{opened['code']}").json)
            self.assertEqual(server.request("GET", f"{checks}/0").status, 404)
            report = {"code": opened["code"], "host": "a.example", "privacy_control": True}
            told = server.request("POST", "/ingest/check", report, headers={"Origin": "https://a.example"})
            self.assertEqual(told.status, 200, told)
            self.assertEqual(told.headers["Access-Control-Allow-Origin"], "https://a.example")
            server.request("POST", "/ingest/check", {**report, "host": "b.example"})
            seen = server.request("GET", f"{checks}/{opened['code']}").json["report"]
            self.assertEqual((seen["host"], seen["privacy_control"], seen["do_not_track"]), ("a.example", True, False))
            self.assertEqual(server.request("POST", "/ingest/check", {**report, "code": "1"}).status, 404)
            self.assertEqual(server.request("POST", "/ingest/check", {"code": "1", "host": "x" * 254}).status, 400)


if __name__ == "__main__":
    unittest.main()
