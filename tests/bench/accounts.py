"""What somebody outside can measure: a known and an unknown account must take as long."""
import statistics
import time

from bench import Program, row
from mail_server import MailServer
from server import OWNER

TRIES = 40  # fewer than the fifty wrong ones of an account that are free
PATHS = [
    ("sign-in, wrong password", "/api/login", {"password": "incorrect horse"}),
    ("sign-in, 1,200 bytes", "/api/login", {"password": "é" * 600}),
    ("link for a forgotten password, and the request behind it", "/api/auth/forgot-password", {}),
]


def part(_):
    with MailServer() as mail, Program(PUBLIC_URL="http://localhost", MAIL_HOST="127.0.0.1", MAIL_PORT=mail.port,
                                       MAIL_ENCRYPTION="none", MAIL_FROM_ADDRESS="hitkeep@example.com") as server:
        server.create_owner()
        server.cookie = None
        connection = server.connect()

        def milliseconds(path, body, client):
            began = time.perf_counter()
            server.request("POST", path, body, {"X-Forwarded-For": client}, connection=connection)
            return (time.perf_counter() - began) * 1000

        for what, path, body in PATHS:
            taken = {OWNER["email"]: [], "nobody@example.com": []}
            for i in range(TRIES if "forgot" not in path else 3):
                order = list(taken.items()) if i % 2 else list(reversed(taken.items()))  # the first of a pair is slower
                for number, (email, times) in enumerate(order):
                    client = f"198.51.{number}.{i}"
                    spent = milliseconds(path, {**body, "email": email}, client)
                    if "forgot" in path:  # the next in the same pool must not tell what the one before did
                        spent += milliseconds("/api/auth/reset-password", {"token": "x" * 64, "password": "correct horse"}, client)
                    times.append(spent)
            known, unknown = (statistics.median(times) for times in taken.values())
            row(f"{what}, ms", f"{known:.1f} known, {unknown:.1f} unknown", "as long")
