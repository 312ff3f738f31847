#!/usr/bin/env python3
"""Everyone in who belongs, nobody else: invitations without a mail server, guests of one site, removal at once."""
import time
import unittest

from server import CHROME, OWNER, Server

PASSWORD = "a long password"


class Person:
    """Somebody in a browser of his own."""

    def __init__(self, server, cookie=None):
        self.server = server
        self.cookie = cookie

    def ask(self, method, path, body=None):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        answer = self.server.request(method, path, body, headers=headers, cookie=False)
        cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie") or []]
        if cookies:
            self.cookie = "; ".join(cookies)
        return answer

    def stream(self, path):
        """An open event stream."""
        connection = self.server.connect(timeout=20)
        connection.request("GET", path, headers={"Cookie": self.cookie})
        response = connection.getresponse()
        self.status = response.status
        return response


def token_of(answer):
    return answer.json["link"].split("#token=")[1]


def join(server, invited):
    person = Person(server)
    answer = person.ask("POST", "/api/auth/accept-invite", {"token": token_of(invited), "password": PASSWORD})
    assert answer.status == 200, answer
    return person


class People(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.site = self.server.set_up("shop.example")
        self.other = self.server.create_site("other.example")
        self.owner = Person(self.server, self.server.cookie)
        self.path = f"/api/sites/{self.site['id']}"
        self.team = self.owner.ask("GET", "/api/user/teams").json["active_team_id"]

    def test_idor_a_guest_sees_one_site_and_nothing_of_the_team(self):
        invited = self.owner.ask("POST", self.path + "/members", {"email": "guest@example.com", "role": "viewer"})
        self.assertTrue(invited.json["is_invite"], "no mail server: the link is in the answer")
        guest = join(self.server, invited)
        sites = guest.ask("GET", "/api/sites").json
        self.assertEqual([site["domain"] for site in sites], ["shop.example"])
        self.assertNotIn("owner_email", sites[0])
        self.assertIsNone(sites[0]["user_id"])
        start = guest.ask("GET", "/api/user/bootstrap")
        self.assertEqual(start.json["teams"]["teams"], [])
        self.assertNotIn(b"owner@example.com", start.body)
        self.assertEqual(guest.ask("GET", self.path + "/stats").status, 200)
        for method, path, body in [
            ("GET", f"/api/sites/{self.other['id']}/stats", None),
            ("GET", self.path + "/members", None),
            ("GET", self.path + "/audit", None),
            ("PATCH", self.path, {"subdomains": False}),
            ("POST", "/api/sites", {"domain": "mine.example"}),
            ("POST", "/api/user/teams", {"name": "Mine"}),
            ("GET", f"/api/user/teams/{self.team}/members", None),
            ("GET", f"/api/user/teams/{self.team}/audit", None),
        ]:
            self.assertEqual(guest.ask(method, path, body).status, 403, (method, path))

    def test_a_removed_guest_is_out_within_a_second_his_stream_too(self):
        guest = join(self.server, self.owner.ask("POST", self.path + "/members", {"email": "g@example.com", "role": "viewer"}))
        stream = guest.stream(self.path + "/realtime")
        self.assertEqual(guest.status, 200)
        members = self.owner.ask("GET", self.path + "/members").json
        self.assertEqual([(m["email"], m["role"], m["guest"]) for m in members], [("g@example.com", "viewer", True)])
        began = time.monotonic()
        self.assertEqual(self.owner.ask("DELETE", f"{self.path}/members/{members[0]['user_id']}").status, 200)
        self.assertEqual(guest.ask("GET", self.path + "/stats").status, 403)
        while stream.read1(4096):
            pass
        self.assertLess(time.monotonic() - began, 1, "the stream ends with the right")

    def test_a_site_admin_makes_no_owner(self):
        admin = join(self.server, self.owner.ask("POST", self.path + "/members", {"email": "a@example.com", "role": "admin"}))
        self.assertEqual(admin.ask("POST", self.path + "/members", {"email": "b@example.com", "role": "owner"}).status, 403)
        self.assertEqual(admin.ask("POST", self.path + "/members", {"email": "a@example.com", "role": "owner"}).status, 403)
        self.assertEqual(admin.ask("POST", self.path + "/members", {"email": "b@example.com", "role": "king"}).status, 400)
        invited = admin.ask("POST", self.path + "/members", {"email": "b@example.com", "role": "editor"})
        self.assertEqual(invited.status, 200)
        invite = f"{self.path}/invites/{invited.json['invite']['id']}"
        self.assertEqual(admin.ask("GET", self.path + "/invites").json[0]["email"], "b@example.com")
        team = f"/api/user/teams/{self.team}/guests"
        self.assertEqual(admin.ask("GET", team).status, 403, "a guest sees nothing of the team")
        known = self.owner.ask("GET", team).json
        self.assertIn("a@example.com", [one["member"]["email"] for one in known["guests"]])
        asked = next(one for one in known["invites"] if one["invite"]["email"] == "b@example.com")
        self.assertEqual((asked["site_id"], asked["domain"]), (self.site["id"], self.site["domain"]))
        elsewhere = invite.replace(self.site["id"], self.other["id"])
        self.assertEqual(self.owner.ask("DELETE", elsewhere).status, 404, "an id below another site")
        self.assertEqual(self.owner.ask("DELETE", f"/api/user/teams/{self.team}/invites/{invited.json['invite']['id']}").status, 404)
        again = admin.ask("POST", invite + "/resend", {})
        self.assertNotEqual(token_of(again), token_of(invited))
        self.assertEqual(admin.ask("DELETE", invite).status, 200)
        member = join(self.server, self.owner.ask("POST", f"/api/user/teams/{self.team}/members", {"email": "m@example.com"}))
        self.assertEqual(member.ask("GET", self.path + "/stats").status, 403, "members see what they are given")
        given = self.owner.ask("POST", self.path + "/members", {"email": "m@example.com", "role": "editor"})
        self.assertFalse(given.json["is_invite"], "who is in the team is not asked")
        self.assertEqual(member.ask("GET", self.path + "/stats").status, 200)

    def test_a_new_team_counts_in_a_file_of_its_own(self):
        team = self.owner.ask("POST", "/api/user/teams", {"name": "Second"}).json["team"]["id"]
        file = self.server.data / "tenants" / team / "hitkeep.db"
        self.assertFalse(file.exists(), "made with its first site")
        site = self.owner.ask("POST", "/api/sites", {"domain": "second.example"})
        self.assertEqual(site.status, 200, site)
        self.server.cookie = self.owner.cookie
        self.assertEqual(self.server.hit(site.json).status, 202)
        ends = time.monotonic() + 30
        while self.owner.ask("GET", f"/api/sites/{site.json['id']}/stats").status == 503 and time.monotonic() < ends:
            time.sleep(0.05)  # the file is being made
        self.server.wait_applied(site.json, 1)
        self.assertTrue(file.exists())
        actions = [entry["action"] for entry in self.owner.ask("GET", f"/api/user/teams/{team}/audit").json["entries"]]
        self.assertEqual(actions, ["site.created", "team.created"])

    def test_a_session_shows_its_browser_and_no_address(self):
        phone = Person(self.server)
        answer = self.server.request("POST", "/api/login", {"email": OWNER["email"], "password": OWNER["password"]},
                                     headers={"User-Agent": CHROME}, cookie=False)
        phone.cookie = self.server.remember(answer) and self.server.cookie
        sessions = phone.ask("GET", "/api/user/sessions").json
        mine = next(one for one in sessions if one["current"])
        self.assertEqual((mine["browser"], mine["os"], mine["how"]), ("Chrome", "Linux", "password"))
        self.assertNotIn("127.0.0.1", str(sessions))
        self.assertNotIn("AppleWebKit", str(sessions))
        self.assertEqual(self.owner.ask("DELETE", "/api/user/sessions/" + mine["id"]).status, 200)
        self.assertEqual(phone.ask("GET", "/api/user/profile").status, 401)

    def test_secrets_stay_out_of_the_audit_log_and_the_lines(self):
        invited = self.owner.ask("POST", f"/api/user/teams/{self.team}/members", {"email": "s@example.com"})
        asked = self.owner.ask("POST", "/api/user/email", {"email": "new@example.com"})
        self.assertEqual(asked.status, 200, asked)
        secrets = [token_of(invited), token_of(asked), OWNER["password"]]
        join(self.server, invited)
        self.assertEqual(Person(self.server).ask("POST", "/api/auth/confirm-email", {"token": token_of(asked)}).status, 200)
        said = self.owner.ask("GET", "/api/admin/system/audit").body.decode() + "\n".join(self.server.lines)
        self.assertIn("profile.email_changed", said)
        for secret in secrets:
            self.assertNotIn(secret, said)

    def test_a_renamed_site_counts_on_and_a_paused_one_does_not(self):
        self.assertEqual(self.owner.ask("PATCH", self.path, {"domain": "new-shop.example"}).status, 200)
        self.server.hit(self.site)  # from the old domain
        self.server.hit(self.site | {"domain": "new-shop.example"})
        self.server.wait_applied(self.site, 2)
        self.assertEqual(self.owner.ask("PATCH", self.path, {"paused": True}).status, 200)
        self.assertEqual(self.server.hit(self.site).status, 202, "nobody learns that it is paused")
        drops = self.owner.ask("GET", self.path + "/ingest-status").json
        self.assertIn("paused", str(drops))
        self.assertEqual(self.owner.ask("PATCH", self.path, {"paused": False}).status, 200)
        self.server.hit(self.site)
        self.server.wait_applied(self.site, 3)
        self.assertEqual(self.server.stats(self.site)["total_pageviews"], 3)

    def test_what_was_changed_outlives_a_kill(self):
        invited = self.owner.ask("POST", f"/api/user/teams/{self.team}/members", {"email": "k@example.com", "role": "admin"})
        self.server.kill()
        self.server.start()
        person = join(self.server, invited)
        self.assertEqual(person.ask("GET", f"/api/user/teams/{self.team}/members").status, 200)
        self.server.kill()
        self.server.start()
        self.assertEqual(person.ask("GET", f"/api/user/teams/{self.team}/members").status, 200)


if __name__ == "__main__":
    unittest.main()
