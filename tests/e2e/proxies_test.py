#!/usr/bin/env python3
"""Behind proxies, named and not, and what a visitor can make of their headers: the real program, default limits."""
import json
import subprocess
import unittest

from server import BIN, CHROME, OWNER, Server

DEFAULTS = {"INGEST_RATE_LIMIT": 20, "INGEST_BURST": 40, "AUTH_RATE_LIMIT": 2, "AUTH_BURST": 5}


def visit(server, site, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers |= {"Origin": "https://" + site["domain"], "User-Agent": CHROME, "Content-Type": "text/plain"}
    return server.request("POST", "/ingest", json.dumps({"path": "/"}), headers, cookie=False).status


class Proxies(unittest.TestCase):
    def test_people_behind_a_proxy_that_nobody_named_are_not_refused_and_the_owner_is_told(self):
        with Server(**DEFAULTS) as server:
            site = server.set_up("example.com")
            answers = [visit(server, site, X_Forwarded_For=f"203.0.113.{i}", X_Real_IP=f"203.0.113.{i}") for i in range(60)]
            self.assertEqual(answers, [202] * 60)
            server.wait_applied(site, 60)
            self.assertEqual(server.stats(site)["unique_sessions"], 1, "the headers are not believed")
            told = [line for line in server.lines if "HITKEEP_TRUSTED_PROXIES=127.0.0.1/32" in line]
            self.assertEqual(len(told), 1, server.output())
            self.assertIn("X-Forwarded-For, X-Real-Ip", told[0])
            self.assertNotIn("203.0.113", server.output())
            [notice] = [n for n in server.request("GET", "/api/notices").json if n["kind"] == "proxy_unnamed"]
            facts = {"headers": "X-Forwarded-For, X-Real-Ip", "peer": "127.0.0.1", "setting": "HITKEEP_TRUSTED_PROXIES=127.0.0.1/32"}
            self.assertEqual(notice["facts"], facts)

    def test_people_behind_a_named_proxy_are_counted(self):
        with Server(TRUSTED_PROXIES="127.0.0.1/32", **DEFAULTS) as server:
            site = server.set_up("example.com")
            for i in range(30):
                self.assertEqual(visit(server, site, X_Forwarded_For=f"203.0.113.{i},"), 202)
                self.assertEqual(visit(server, site, Forwarded=f'for="[2001:db8:{i:x}::1]:4711";proto=https'), 202)
            server.wait_applied(site, 60)
            self.assertEqual(server.stats(site)["unique_sessions"], 60)
            self.assertNotIn("TRUSTED_PROXIES", server.output())

    def test_a_visitor_cannot_choose_his_address_through_a_named_proxy(self):
        vendors = ("CF-Connecting-IP", "True-Client-IP", "Fastly-Client-IP", "CloudFront-Viewer-Address", "X-Real-IP", "Forwarded")
        with Server(TRUSTED_PROXIES="127.0.0.1/32", **DEFAULTS) as server:
            site = server.set_up("example.com")
            for i in range(20):
                forged = {name.replace("-", "_"): f"9.9.{i}.1" for name in vendors}
                forged |= {"CF_IPCountry": "AQ", "X_Country_Code": "AQ", "Forwarded": f"for=9.9.{i}.1"}
                self.assertEqual(visit(server, site, **forged, X_Forwarded_For=f"9.9.{i}.1, 203.0.113.9"), 202)
            server.wait_applied(site, 20)
            stats = server.stats(site)
            self.assertEqual(stats["unique_sessions"], 1)
            self.assertNotIn("AQ", json.dumps(stats))
            tries = [
                server.request("POST", "/api/login", {"email": OWNER["email"], "password": "wrong password"},
                               {"CF-Connecting-IP": f"9.9.{i}.1", "X-Forwarded-For": "203.0.113.9"}).status
                for i in range(12)
            ]
            self.assertIn(429, tries)

    def test_a_vendors_headers_count_where_they_are_named(self):
        with Server(TRUSTED_PROXIES="127.0.0.1/32", CLIENT_IP_HEADER="CF-Connecting-IP", COUNTRY_HEADER="CF-IPCountry") as server:
            site = server.set_up("example.com")
            for i in range(5):
                self.assertEqual(visit(server, site, CF_Connecting_IP=f"9.9.{i}.1", CF_IPCountry="DE", X_Forwarded_For="9.9.9.9"), 202)
            server.wait_applied(site, 5)
            stats = server.stats(site)
            self.assertEqual(stats["unique_sessions"], 5)
            self.assertIn("DE", json.dumps(stats))
        for proxies in ("", "*"):
            with Server(start=False, TRUSTED_PROXIES=proxies, CLIENT_IP_HEADER="X-Real-IP") as server:
                refused = subprocess.run([BIN], env=server.environment(), capture_output=True, text=True, timeout=60)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("HITKEEP_CLIENT_IP_HEADER", refused.stdout + refused.stderr)

    def test_twelve_kilobytes_of_cookies_are_usual(self):
        with Server() as server:
            site = server.set_up("example.com")
            cookies = "; ".join(f"{name}={'x' * 3900}" for name in "abc")
            self.assertEqual(visit(server, site, Cookie=cookies), 202)
            for path in ("/", "/healthz"):
                self.assertEqual(server.request("GET", path, headers={"Cookie": cookies}).status, 200)
            self.assertEqual(server.request("GET", "/healthz", headers={"Cookie": "a=" + "x" * 33_000}).status, 431)

    def test_metrics_are_not_local_behind_a_plain_proxy(self):
        with Server() as server:
            self.assertEqual(server.request("GET", "/metrics").status, 200)
            for headers in ({"Host": "stats.example.com"}, {"Via": "1.1 x"}, {"X-Forwarded-Proto": "https"}):
                self.assertEqual(server.request("GET", "/metrics", headers=headers).status, 403, headers)
        with Server(API_RATE_LIMIT=1, API_BURST=3) as server:
            answers = [server.request("GET", "/metrics").status for _ in range(20)]
            self.assertIn(429, answers, "scrapes have a limit")

    def test_whoever_opens_another_address_learns_the_right_one(self):
        with Server(PUBLIC_URL="https://stats.example.com/") as server:
            self.assertEqual(server.request("GET", "/api/status").json["public_url"], "https://stats.example.com/")
            answer = server.request("POST", "/api/login", {"email": "a@b.example", "password": "x"},
                                    {"Origin": "http://nas.lan:8080", "Host": "nas.lan:8080", "Sec-Fetch-Site": ""})
            self.assertEqual(answer.status, 403)
            self.assertEqual(answer.json["field"], "origin")
            self.assertIn("https://stats.example.com", answer.json["message"])

    def test_https_at_the_edge_is_the_proxys_word(self):
        with Server(TRUSTED_PROXIES="127.0.0.1/32") as server:
            header = "Strict-Transport-Security"
            for sent, expected in (("https", True), ("http", False)):
                answer = server.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": sent})
                self.assertEqual(header in answer.headers, expected, sent)


if __name__ == "__main__":
    unittest.main()
