#!/usr/bin/env python3
"""What pages send, from outside to the figures and the file: requests as the script of HitKeep 2.8.1 sends them, byte for byte but
for their host, and what pages of this program tell besides."""
import json
import time
import unittest

from server import CHROME, Server, query_files

ORIGIN = "https://shop.example"
SESSION, PAGE = "0b8f7a52-6e0e-4d2e-9a68-5c3f1f2a7d10", "5f5c1f5e-3c0b-4e55-8f0c-b8c3d1a7e2f4"
# Recorded of hk.js 2.8.1 in Chromium: a first view, a second one of the same load, an outbound click, a form, a web vital.
RECORDED = [
    ("/ingest", '{"path":"/pricing","referrer":"https://www.google.com/","ua":"%s","vp_w":1280,"vp_h":720,"sc_w":1920,"sc_h":1080,'
     '"lang":"de-AT","u_src":"news","u_med":null,"u_cmp":null,"u_trm":null,"u_cnt":null,"qr":null,"unique":true,"session_id":"%s",'
     '"page_id":"%s","tsrc":"hk.js","tv":""}' % (CHROME, SESSION, PAGE)),
    ("/ingest", '{"path":"/docs","referrer":"https://shop.example/pricing","ua":"%s","vp_w":1280,"vp_h":720,"sc_w":1920,"sc_h":1080,'
     '"lang":"de-AT","u_src":"news","u_med":null,"u_cmp":null,"u_trm":null,"u_cnt":null,"qr":null,"unique":false,"session_id":"%s",'
     '"page_id":"%s","tsrc":"hk.js","tv":""}' % (CHROME, SESSION, PAGE)),
    ("/ingest/event", '{"n":"outbound_click","p":{"target_host":"other.example","target_path":"/a","target_protocol":"https"},'
     '"r":"https://shop.example/pricing","sid":"%s","tsrc":"hk.js","tv":""}' % SESSION),
    ("/ingest/event", '{"n":"form_submit","p":{"action_host":"shop.example","action_path":"/send","method":"post","same_origin":true,'
     '"form_id":"f"},"r":"https://shop.example/pricing","sid":"%s","tsrc":"hk.js","tv":""}' % SESSION),
    ("/ingest/web-vitals", '{"n":"LCP","v":1834.2999999970198,"p":"/docs","nt":"navigate","mid":"v5-1764500000000-1234567890123",'
     '"sid":"%s","pid":"%s","tsrc":"hk.js","tv":""}' % (SESSION, PAGE)),
]


class Tracking(unittest.TestCase):
    def send(self, path, body, status=202, **headers):
        headers = {"Origin": ORIGIN, "User-Agent": CHROME, "Content-Type": "application/json", **headers}
        text = body if isinstance(body, str) else json.dumps(body)
        answer = self.server.request("POST", path, text, headers, cookie=False)
        self.assertEqual(answer.status, status, answer)
        return answer

    def figures(self, *metrics, **more):
        query = {"metrics": list(metrics), **more}
        answer = self.server.request("POST", f"/api/sites/{self.site['id']}/query", {"range": "2d", "queries": {"q": query}})
        self.assertEqual(answer.status, 200, answer)
        rows = answer.json["results"]["q"]["rows"]
        return [row["dimensions"] + row["metrics"] for row in rows]

    def until(self, wanted, *metrics, **more):
        deadline = time.monotonic() + 30
        while (seen := self.figures(*metrics, **more)) != wanted:
            self.assertLess(time.monotonic(), deadline, f"{seen}, not {wanted}")
            time.sleep(0.05)

    def test_the_originals_script_goes_on_counting(self):
        with Server() as self.server:
            self.site = self.server.set_up("shop.example")
            for path in ("/ingest", "/ingest/event", "/ingest/web-vitals"):
                asks = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
                answer = self.server.request("OPTIONS", path, headers=asks, cookie=False)
                self.assertEqual((answer.status, answer.body), (204, b""))
                self.assertEqual(answer.headers["Access-Control-Allow-Origin"], ORIGIN)
                self.assertEqual(answer.headers["Access-Control-Allow-Credentials"], "true")
                self.assertEqual(answer.headers["Access-Control-Max-Age"], "86400")
            for number, (path, body) in enumerate(RECORDED):
                referer = ORIGIN + ("/pricing" if number == 0 else "/docs")
                answer = self.send(path, body, Referer=referer)
                self.assertEqual((answer.body, answer.headers["Access-Control-Allow-Origin"]), (b"", ORIGIN))
            self.until([[1, 1, 2, 2]], "visitors", "visits", "pageviews", "events")
            self.assertEqual(self.figures("visits", dimensions=["utm_source"]), [["news", 1]])
            self.assertEqual(self.figures("events", dimensions=["event_name"]), [["form_submit", 1], ["outbound_click", 1]])
            self.assertEqual(self.figures("events", dimensions=["page"]), [["/docs", 2]])
            for body, text in (({"n": "FID", "v": 1, "p": "/"}, b"Invalid web vital metric or value\n"), ("{", b"Bad request body\n")):
                self.assertEqual(self.send("/ingest/web-vitals", body, status=400).body, text)
            self.assertEqual(self.server.stop()[0], 0)
            self.assertEqual(query_files(self.server.data, "SELECT metric, value FROM hot_vitals"), [(0, 1834)])

    def test_who_reads_one_page_has_not_bounced(self):
        with Server() as self.server:
            self.site = self.server.set_up("shop.example")
            firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"
            for agent in (CHROME, firefox):
                self.send("/ingest", {"path": "/long", "t": "A long read"}, **{"User-Agent": agent})
            self.until([[2, 100]], "visits", "bounce_rate")
            self.send("/ingest/event", {"path": "/long", "e": 42, "sd": 80})
            self.send("/ingest/event", {"path": "/long", "e": 9, "sd": 20}, **{"User-Agent": firefox})
            self.until([[50, 25.5]], "bounce_rate", "engaged_time")
            # 42 and 9 seconds as they are kept of a view, within 9 %.
            [[seconds, scrolled]] = self.figures("time_on_page", "scroll_depth", filters=[{"dimension": "page", "op": "is", "values": ["/long"]}])
            self.assertAlmostEqual(seconds, 25.5, delta=25.5 * 0.09)
            self.assertEqual(scrolled, 50)
            # Nobody did anything: the second one has bounced still.
            self.send("/ingest/event", {"n": "shown", "path": "/long", "i": False}, **{"User-Agent": firefox})
            self.until([[1, 50]], "events", "bounce_rate")
            self.send("/ingest/event", {"n": "click", "path": "/long"}, **{"User-Agent": firefox})
            self.until([[2, 0]], "events", "bounce_rate")

    def test_a_page_that_is_only_left_open_makes_no_visitor(self):
        with Server() as self.server:
            self.site = self.server.set_up("shop.example")
            self.send("/ingest/event", {"path": "/", "e": 42, "sd": 80})
            self.send("/ingest/web-vitals", {"n": "LCP", "v": 1, "p": "/"})
            self.send("/ingest", {"path": "/other"})
            self.until([[1, 1]], "visitors", "pageviews")
            self.send("/ingest/event", {"path": "/", "e": 42, "sd": 80})
            self.send("/ingest", {"path": "/other"})
            self.until([[1, 2]], "visitors", "pageviews")
            self.assertEqual(self.server.metric("hitkeep_reports_dropped_total", reason="no_visit"), 2)
            self.assertEqual(self.server.metric("hitkeep_reports_dropped_total", reason="no_view"), 1)
            self.assertEqual(self.figures("engaged_time", "time_on_page"), [[None, None]])

    def test_an_image_on_a_page_is_a_view_and_in_a_mail_an_event_of_nobody(self):
        with Server() as self.server:
            self.site = self.server.set_up("shop.example")
            for headers in ({"Referer": ORIGIN + "/x"}, {}):
                asked = "/ingest/pixel.gif?site=shop.example&path=/news"
                answer = self.server.request("GET", asked, headers={"User-Agent": CHROME, **headers}, cookie=False)
                self.assertEqual((answer.status, len(answer.body), answer.headers["Content-Type"]), (200, 43, "image/gif"))
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.until([[1, 1, 1, 1]], "visitors", "visits", "pageviews", "events")
            self.assertEqual(self.figures("events", dimensions=["event_name"]), [["pixel opened", 1]])

    def test_what_was_bought_and_what_pages_are_called_stands_in_the_file(self):
        with Server() as self.server:
            self.site = self.server.set_up("shop.example")
            self.send("/ingest", {"path": "/owl", "t": "Owls", "p": {"author": "Ada"}})
            items = [{"item_id": "o1", "item_name": "Owl", "price": 9.5, "quantity": 2}]
            self.send("/ingest/event", {"n": "purchase", "path": "/owl", "p": {"value": 19, "currency": "EUR", "items": items}})
            self.until([[1]], "events")
            self.assertEqual(self.figures("events", dimensions=["property:currency"]), [["EUR", 1]])
            self.assertEqual(self.server.stop()[0], 0)
            lines = "SELECT t.text, quantity, amount FROM hot_order_items JOIN texts t ON t.kind = 22 AND t.id = item"
            self.assertEqual(query_files(self.server.data, lines), [("Owl", 2, 19000)])
            titles = "SELECT p.text, t.text FROM titles JOIN texts p ON p.kind = 0 AND p.id = page JOIN texts t ON t.kind = 21 AND t.id = title"
            self.assertEqual(query_files(self.server.data, titles), [("/owl", "Owls")])
            told = "SELECT p.key, p.text FROM event_properties p JOIN hot_hits h ON h.log_offset = p.place"
            self.assertEqual(query_files(self.server.data, told), [("author", "Ada")])


if __name__ == "__main__":
    unittest.main()
