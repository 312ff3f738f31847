#!/usr/bin/env python3
"""A forgotten password, with a real mail server: encryption, certificates, sign-in, refusals."""
import os
import re
import unittest

from mail_server import MailServer
from server import OWNER, Server

NEW = "a much better password"


class Mail(unittest.TestCase):
    def start(self, mail=None, **options):
        if mail:
            options = {"MAIL_HOST": mail.name, "MAIL_PORT": mail.port, "MAIL_FROM_ADDRESS": "stats@example.com"} | options
        server = Server(start=False, PUBLIC_URL="https://stats.example.com/", **options)
        self.enterContext(server)
        return server.start()

    def set_up(self, server):
        """An owner who reads German."""
        answer = server.request("POST", "/api/initial-user", {**OWNER, "setup_code": server.setup_code()},
                                {"Accept-Language": "de"})
        self.assertEqual(answer.status, 201, answer)

    def ask(self, server, address=OWNER["email"]):
        return server.request("POST", "/api/auth/forgot-password", {"email": address})

    def log_in(self, server, password):
        return server.request("POST", "/api/login", {"email": OWNER["email"], "password": password}).status

    def trust(self, mail):
        """The server takes the mail server's certificate for an authority's."""
        os.environ["SSL_CERT_FILE"] = str(mail.certificate)
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE", None)

    def test_a_test_an_invitation_and_another_address_come_by_mail(self):
        with MailServer() as mail:
            server = self.start(mail, MAIL_ENCRYPTION="none")
            self.set_up(server)
            server.log_in()
            tested = server.request("POST", "/api/admin/system/mail/test", {})
            self.assertEqual(tested.status, 200, tested)
            came = mail.wait()
            self.assertEqual(came["to"], [OWNER["email"]])
            self.assertIn("Test", came["subject"])
            team = server.request("GET", "/api/user/teams").json["active_team_id"]
            for number, (path, address, page) in enumerate([
                (f"/api/user/teams/{team}/members", "guest@example.com", "accept-invite"),
                ("/api/user/email", "new@example.com", "confirm-email"),
            ], 1):
                answer = server.request("POST", path, {"email": address})
                self.assertEqual(answer.status, 200, answer)
                self.assertNotIn("link", answer.json, "in the mail alone")
                came = mail.wait(number)
                self.assertEqual(came["to"], [address])
                self.assertRegex(came["text"], rf"https://stats\.example\.com/{page}#token=[0-9a-f]{{64}}\b")
                self.assertNotIn("{{", came["text"] + came["html"])

    def test_a_link_brings_a_new_password(self):
        for tls, encryption in (("starttls", "tls"), ("ssl", "ssl")):
            with self.subTest(encryption), MailServer(tls=tls, user="me", password="secret") as mail:
                self.trust(mail)
                server = self.start(mail, MAIL_USERNAME="me", MAIL_PASSWORD="secret", MAIL_ENCRYPTION=encryption,
                                    MAIL_FROM_NAME="Zählwerk")
                self.set_up(server)
                self.assertTrue(server.request("GET", "/api/status").json["mail"])
                unknown, known = self.ask(server, "nobody@example.com"), self.ask(server)
                self.assertEqual((known.status, known.body), (200, unknown.body))

                came = mail.wait()
                self.assertEqual((came["from"], came["to"]), ("stats@example.com", [OWNER["email"]]))
                self.assertTrue(came["encrypted"] and came["signed_in"])
                self.assertIn("Zählwerk", came["headers"]["From"])
                self.assertIn("HitKeep", came["subject"])
                self.assertIn("Passwort", came["subject"])  # the account's language
                link = re.search(r"https://stats\.example\.com/reset-password#token=([0-9a-f]{64})\b", came["text"])
                self.assertIsNotNone(link, came["text"])
                self.assertIn(link[0], came["html"])
                self.assertIn("stats.example.com", came["text"])
                self.assertNotIn("{{", came["text"] + came["html"])

                body = {"token": link[1], "password": NEW}
                self.assertEqual(server.request("POST", "/api/auth/reset-password", body).status, 200)
                again = server.request("POST", "/api/auth/reset-password", body)
                self.assertEqual((again.status, again.json["field"]), (400, "token"))
                self.assertEqual((self.log_in(server, OWNER["password"]), self.log_in(server, NEW)), (401, 200))
                self.assertEqual(len(mail.mails), 1)
                self.assertEqual(server.metric("hitkeep_mails_total", result="sent"), 1)

                code, _ = server.stop()
                self.assertEqual(code, 0)
                for secret in (OWNER["email"], "nobody@example.com", link[1], "secret"):
                    self.assertNotIn(secret, server.output())
                for file in server.data.rglob("*"):
                    if file.is_file():
                        self.assertNotIn(link[1].encode(), file.read_bytes(), file)

    def refused(self, server, pattern):
        self.set_up(server)
        self.assertEqual(self.ask(server).status, 200)
        line = server.wait_line("a mail could not be sent")
        self.assertIsNotNone(line, server.output())
        self.assertIsNotNone(server.wait_line(pattern), server.output())
        self.assertNotIn(OWNER["email"], server.output())
        code, seconds = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        with MailServer(tls="starttls") as mail:
            self.refused(self.start(mail), "certificate of the mail server 127.0.0.1 is not trusted")
            self.assertEqual(mail.mails, [])

    def test_a_certificate_of_another_name_is_refused(self):
        with MailServer(tls="starttls", name="mail.example.com") as mail:
            self.trust(mail)
            self.refused(self.start(mail, MAIL_HOST="127.0.0.1"), "certificate of the mail server 127.0.0.1 is not trusted")
            self.assertEqual(mail.mails, [])

    def test_an_operator_can_waive_the_certificate(self):
        with MailServer(tls="starttls") as mail:
            server = self.start(mail, MAIL_INSECURE_SKIP_VERIFY="true")
            self.set_up(server)
            self.ask(server)
            self.assertTrue(mail.wait()["encrypted"])

    def test_a_wrong_password_is_said_to_the_operator(self):
        with MailServer(tls="starttls", user="me", password="secret") as mail:
            server = self.start(mail, MAIL_USERNAME="me", MAIL_PASSWORD="wrong", MAIL_INSECURE_SKIP_VERIFY="true")
            self.refused(server, "refused user name and password: 535")

    def test_a_refused_recipient_shows_in_no_log(self):
        with MailServer(refuse="550 5.1.1 nobody here:") as mail:
            self.refused(self.start(mail, MAIL_ENCRYPTION="none"), "refused the recipient: 550 5.1.1")
            self.assertEqual(mail.recipients_refused, 1)

    def test_a_server_that_is_away_is_tried_again_and_holds_up_no_stop(self):
        with MailServer() as mail:
            port = mail.port
        server = self.start(MAIL_HOST="127.0.0.1", MAIL_PORT=port, MAIL_ENCRYPTION="none")
        self.refused(server, "could not be sent yet.*on port")
        self.assertIn("mails were not sent before the stop", server.output())

    def test_without_a_mail_server_it_says_so(self):
        server = self.start()
        self.set_up(server)
        self.assertFalse(server.request("GET", "/api/status").json["mail"])
        answer = self.ask(server)
        self.assertEqual((answer.status, answer.json["code"]), (503, "unavailable"))
        self.assertIn("HITKEEP_MAIL_HOST", answer.json["message"])


if __name__ == "__main__":
    unittest.main()
