#!/usr/bin/env python3
"""The main job from outside: set up, send, see, stop, and read the file with another DuckDB."""
import json
import threading
import time
import unittest

from server import CHROME, OWNER, Server, query_files

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"


class MainJob(unittest.TestCase):
    def test_a_page_view_becomes_a_number_and_stays_one(self):
        with Server() as server:
            self.assertTrue(server.request("GET", "/api/status").json["needs_setup"])
            site = server.set_up("shop.example", "Europe/Berlin")
            self.assertFalse(server.request("GET", "/api/status").json["needs_setup"])

            for path in ("/", "/pricing", "/pricing"):
                answer = server.hit(site, path)
                self.assertEqual((answer.status, answer.body), (202, b""))
            self.assertEqual(server.hit(site, "/", user_agent=FIREFOX, referrer="https://www.google.com/").status, 202)
            server.wait_applied(site, 4)

            stats = server.stats(site)
            self.assertEqual(stats["unique_sessions"], 2)
            self.assertEqual(stats["live_visitors"], 2)
            self.assertEqual(stats["bounce_rate"], 50)
            self.assertEqual({p["name"]: p["value"] for p in stats["top_pages"]}, {"/": 2, "/pricing": 2})

            code, seconds = server.stop()
            self.assertEqual(code, 0, server.output())
            self.assertLess(seconds, 5)
            self.assertEqual(list(server.data.glob("**/*.wal")), [], "a clean stop leaves no WAL")
            self.assertEqual(query_files(server.data, "SELECT count(*) FROM hits WHERE date_trunc('day', timestamp) >= DATE '2020-01-01'"), [(4,)])

            server.start()
            server.log_in()
            self.assertEqual(server.stats(site)["total_pageviews"], 4)

    def test_nothing_acknowledged_is_lost_by_a_kill(self):
        with Server() as server:
            site = server.set_up()
            for number in range(50):
                self.assertEqual(server.hit(site, f"/n/{number}").status, 202)
            server.kill()
            server.start()
            server.log_in()
            server.wait_applied(site, 50)
            self.assertEqual(server.stop()[0], 0)
            rows = query_files(server.data, "SELECT path, count(*) FROM hits GROUP BY 1")
            self.assertEqual(sorted(rows), sorted((f"/n/{n}", 1) for n in range(50)))

    def open_stream(self, server, site):
        connection = server.connect()
        connection.request("GET", f"/api/sites/{site['id']}/realtime", headers={"Cookie": server.cookie})
        stream = connection.getresponse()
        self.assertEqual(stream.status, 200)
        return connection, stream

    def test_an_open_dashboard_hears_of_a_hit_within_two_seconds(self):
        with Server() as server:
            site = server.set_up()
            connection, stream = self.open_stream(server, site)
            self.assertTrue(stream.headers["Content-Type"].startswith("text/event-stream"))
            waits = []
            for _ in range(5):  # a machine that is busy with other tests may be late, but not each time
                began = time.monotonic()
                server.hit(site, "/")
                frame = json.loads(next(line for line in stream if line.startswith(b"data:"))[5:])
                waits.append(time.monotonic() - began)
                self.assertEqual(frame["site_id"], site["id"])
                self.assertEqual(frame["counts"], {"hits": 1})
                if waits[-1] < 2:
                    break
            self.assertLess(waits[-1], 2, waits)
            # An open stream does not hold up the end.
            code, seconds = server.stop()
            self.assertEqual(code, 0)
            self.assertLess(seconds, 5)
            connection.close()

    def test_signing_out_ends_the_open_dashboards_stream_within_two_seconds(self):
        with Server() as server:
            site = server.set_up()
            waits = []
            for _ in range(5):
                connection, stream = self.open_stream(server, site)
                self.assertEqual(server.request("POST", "/api/logout").status, 200)
                began = time.monotonic()
                stream.read()  # returns when the server ends the stream
                waits.append(time.monotonic() - began)
                self.assertEqual(server.metric("hitkeep_live_streams"), 0)
                connection.close()
                if waits[-1] < 2:
                    break
                server.log_in()
            self.assertLess(waits[-1], 2, waits)

    def test_a_stop_in_the_middle_of_traffic_is_quick_clean_and_loses_nothing(self):
        with Server() as server:
            site = server.set_up()
            acknowledged = []
            lock = threading.Lock()

            def client(first):
                connection = server.connect()
                for number in range(first, first + 100000):
                    try:
                        status = server.hit(site, f"/n/{number}", connection).status
                    except OSError:
                        return
                    except Exception:  # http.client: the connection ended between two requests
                        return
                    if status == 202:
                        with lock:
                            acknowledged.append(number)

            threads = [threading.Thread(target=client, args=(i * 100000,)) for i in range(16)]
            for thread in threads:
                thread.start()
            deadline = time.monotonic() + 60
            while len(acknowledged) < 400 and time.monotonic() < deadline:
                time.sleep(0.01)
            code, seconds = server.stop()
            for thread in threads:
                thread.join()
            self.assertEqual(code, 0, server.output())
            self.assertLess(seconds, 5)
            rows = dict(query_files(server.data, "SELECT path, count(*) FROM hits GROUP BY 1"))
            self.assertEqual([n for n in acknowledged if rows.get(f"/n/{n}") != 1], [])
            self.assertEqual([p for p, n in rows.items() if n != 1], [])

    def test_without_the_code_nobody_takes_a_fresh_instance_over(self):
        with Server(SETUP_CODE="a-code-of-the-operator") as server:
            for code in (None, "", "wrong", "a-code-of-the-operato"):
                body = {**OWNER, **({} if code is None else {"setup_code": code})}
                answer = server.request("POST", "/api/initial-user", body)
                self.assertIn(answer.status, (400, 403, 429), code)
            self.assertTrue(server.request("GET", "/api/status").json["needs_setup"])
            server.create_owner("a-code-of-the-operator")
            self.assertEqual(server.request("POST", "/api/initial-user", {**OWNER, "setup_code": "a-code-of-the-operator"}).status, 403)
            self.assertNotIn("a-code-of-the-operator", server.output())

    def test_a_session_ends_with_the_logout(self):
        with Server() as server:
            server.set_up()
            self.assertEqual(server.request("GET", "/api/sites").status, 200)
            cookie = server.cookie
            self.assertEqual(server.request("POST", "/api/logout").status, 200)
            server.cookie = cookie
            self.assertEqual(server.request("GET", "/api/sites").status, 401, "the old cookie is worth nothing")

    def test_neither_address_nor_user_agent_reaches_disk_or_log(self):
        marker = "Mozilla/5.0 (X11; Linux x86_64) Chrome/146.0.0.0 UniqueMarker8471"
        with Server(LOG_LEVEL="debug", TRUSTED_PROXIES="*") as server:
            site = server.set_up()
            headers = {"Origin": "https://localhost", "X-Forwarded-For": "203.0.113.77", "User-Agent": marker}
            body = json.dumps({"path": "/", "ua": marker, "lang": "en"})
            self.assertEqual(server.request("POST", "/ingest", body, headers, cookie=False).status, 202)
            self.assertEqual(server.request("POST", "/ingest", "{", headers, cookie=False).status, 400)
            server.wait_applied(site, 1)
            self.assertEqual(server.stop()[0], 0)
            needles = (b"UniqueMarker8471", b"203.0.113.77", bytes([203, 0, 113, 77]))
            for path in server.data.rglob("*"):
                if path.is_file():
                    content = path.read_bytes()
                    for needle in needles[:2]:
                        self.assertNotIn(needle, content, path)
            for needle in needles[:2]:
                self.assertNotIn(needle.decode(), server.output())


if __name__ == "__main__":
    unittest.main()
