#!/usr/bin/env python3
"""A real mail server (aiosmtpd) for tests. As a program it prints one line `port=NNNN`, then a JSON line for each mail:
{"from", "to", "subject", "text", "html"}; it ends when its input does.

    with MailServer(tls="starttls", user="me", password="secret") as server:
        mail = server.wait(0)
"""
import email
import email.policy
import json
import logging
import ssl
import sys
import tempfile
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from certificate import make_certificate

# What it says of refused handshakes is what the tests provoke.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

WAIT_SECONDS = 60  # nothing waits this long when all is well


class FreePortController(Controller):
    """Takes whatever port is free: the controller alone would knock at port 0."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """tls: "starttls" (required), "ssl" or None. `refuse` answers RCPT, for example "550 5.1.1 no"."""

    def __init__(self, tls=None, user=None, password=None, name="127.0.0.1", refuse=None, arrived=None):
        self.tls, self.name, self.refuse, self.arrived = tls, name, refuse, arrived
        self.account = (user, password)
        self.mails = []
        self.recipients_refused = 0
        self._came = threading.Condition()
        self._directory = tempfile.TemporaryDirectory(prefix="hitkeep-mail-")
        options = {}
        self.certificate = None
        if tls:
            self.certificate, key = make_certificate(self._directory.name, name)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, key)
            options = {"ssl_context": context} if tls == "ssl" else {"tls_context": context, "require_starttls": True}
        if user:
            options |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
        self._controller = FreePortController(self, hostname="127.0.0.1", port=0, server_hostname="mail.test", **options)

    def __enter__(self):
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_):
        self._controller.stop()
        self._directory.cleanup()

    def _authenticate(self, server, session, envelope, mechanism, data):
        right = (data.login.decode(), data.password.decode()) == self.account
        return AuthResult(success=right, handled=False)  # not handled: the server answers

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            self.recipients_refused += 1
            return f"{self.refuse} <{address}>"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["Subject"],
            "headers": dict(message.items()),
            "text": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
            "encrypted": self.tls == "ssl" or session.ssl is not None,
            "signed_in": session.authenticated,
        }
        with self._came:
            self.mails.append(mail)
            self._came.notify_all()
        if self.arrived:
            self.arrived(mail)
        return "250 OK"

    def wait(self, number=0):
        """The mail of that number, from 0."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.mails) > number, WAIT_SECONDS), f"{len(self.mails)} mails came"
            return self.mails[number]


def main():
    def tell(mail):
        print(json.dumps({k: mail[k] for k in ("from", "to", "subject", "text", "html")}), flush=True)

    with MailServer(arrived=tell) as server:
        print(f"port={server.port}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
