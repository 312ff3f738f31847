#!/usr/bin/env python3
"""API keys, and the doors that servers knock at with them."""
import datetime
import time
import unittest

from server import CHROME, Server


def bearer(token):
    return {"Authorization": "Bearer " + token}


class Keys(unittest.TestCase):
    def make(self, server, **wish):
        answer = server.request("POST", "/api/user/api-clients", {"name": "k", "all_sites": True, **wish})
        self.assertEqual(answer.status, 201, answer)
        return answer.json["client"], answer.json["token"]

    def test_a_key_opens_what_it_is_for_until_it_is_switched_off(self):
        with Server() as server:
            site = server.set_up("shop.example.com")
            client, token = self.make(server, scopes=["read"])

            def ask(path, method="GET", body=None):
                return server.request(method, path, body, bearer(token), cookie=False)

            self.assertEqual([one["id"] for one in ask("/api/sites").json], [site["id"]])
            self.assertEqual(ask(f"/api/sites/{site['id']}/stats").status, 200)
            self.assertEqual(ask(f"/api/sites/{site['id']}", "PATCH", {"subdomains": False}).status, 403)
            self.assertEqual(ask("/api/user/api-clients").status, 403)

            stream = server.connect(timeout=20)
            stream.request("GET", f"/api/sites/{site['id']}/realtime", headers=bearer(token))
            response = stream.getresponse()
            self.assertEqual(response.status, 200)
            off = server.request("PUT", f"/api/user/api-clients/{client['id']}", {"name": "k", "revoked": True})
            self.assertEqual(off.status, 200, off)
            began = time.monotonic()
            while response.read(1):
                pass
            self.assertLess(time.monotonic() - began, 10, "the stream ends with its key")
            self.assertEqual(ask("/api/sites").status, 401)
            on = server.request("PUT", f"/api/user/api-clients/{client['id']}", {"name": "k", "revoked": False})
            self.assertEqual(on.status, 200, on)
            self.assertEqual(ask("/api/sites").status, 200)

            # When it was used is written with the stop, and known to the next process; the key itself is, too.
            self.assertEqual(server.stop()[0], 0)
            server.start()
            self.assertEqual(ask("/api/sites").status, 200)
            listed = server.request("GET", "/api/user/api-clients").json
            self.assertIn("last_used_at", listed[0])
            noted = server.request("GET", "/api/admin/system/audit?target_type=api_client").json["entries"]
            self.assertEqual([one["action"] for one in noted], ["api_client.reactivated", "api_client.revoked", "api_client.created"])
            self.assertNotIn(token, str(noted))

    def test_servers_tell_what_their_visitors_do(self):
        with Server() as server:
            site = server.set_up("shop.example.com")
            _, token = self.make(server, scopes=["ingest"])
            item = {"url": "https://shop.example.com/a?utm_source=x", "visitor_ip": "198.51.100.7", "user_agent": CHROME}

            def tell(door, body, key=token):
                return server.request("POST", "/api/ingest/server/" + door, body, bearer(key) if key else {}, cookie=False)

            self.assertEqual(tell("pageview", item).status, 202)
            self.assertEqual(tell("event", {**item, "name": "purchase", "properties": {"value": 3}}).status, 202)
            self.assertEqual(tell("pageview", item, None).status, 401)
            self.assertEqual(tell("pageview", item, "hk_wrong").status, 401)
            self.assertEqual(server.request("POST", "/api/ingest/server/pageview", item).status, 401, "a session is none")
            _, reads = self.make(server, scopes=["read"])
            self.assertEqual(tell("pageview", item, reads).status, 404)
            preflight = server.request("OPTIONS", "/api/ingest/server/pageview", None, {"Origin": "https://x.example", "Access-Control-Request-Method": "POST"})
            self.assertIsNone(preflight.headers["Access-Control-Allow-Origin"])

            two_days_ago = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)).isoformat()
            items = [{**item, "type": "pageview", "id": f"n{i}"} for i in range(5)]
            items.append({**item, "type": "pageview", "id": "old", "timestamp": two_days_ago})
            answer = tell("batch", {"items": items})
            self.assertEqual((answer.status, {one["result"] for one in answer.json["results"]}), (202, {"accepted"}))
            server.kill()
            server.start()
            answer = tell("batch", {"items": items + [{**item, "type": "pageview", "id": "more"}]})
            self.assertEqual([one["result"] for one in answer.json["results"]], ["duplicate"] * 6 + ["accepted"])
            server.log_in()
            server.wait_applied(site, 8)
            self.assertEqual(server.stats(site)["total_pageviews"], 8)


if __name__ == "__main__":
    unittest.main()
