#!/usr/bin/env python3
"""hitkeep recover: a way back in for an owner without password, second factor or mail, on the files of a stopped server."""
import base64
import hashlib
import hmac
import pathlib
import struct
import subprocess
import tempfile
import time
import unittest

from server import BIN, OWNER, Server

EMAIL = OWNER["email"]


def code(secret, off=0):
    counter = struct.pack(">Q", int(time.time()) // 30 + off)
    mac = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Recover(unittest.TestCase):
    def recover(self, data, *words, typed=""):
        return subprocess.run([BIN, "recover", *words, "-data-path", data], input=typed, capture_output=True, text=True, timeout=120)

    def log_in(self, server, password):
        server.cookie = None
        answer = server.request("POST", "/api/login", {"email": EMAIL, "password": password})
        server.remember(answer)
        return answer

    def test_an_owner_who_is_locked_out_comes_back_in(self):
        with Server() as server:
            server.create_owner()
            ask = lambda path, body=None: server.request("POST", "/api/user/security" + path, body)
            shown = ask("/totp/setup/start").json
            self.assertEqual(ask("/totp/setup/verify", {"code": code(shown["secret"])}).status, 200)
            codes = ask("/recovery-codes/regenerate").json["codes"]
            self.assertEqual(len(set(codes)), 8)
            # The other way in, from outside: one that an app makes in the next step is taken early.
            pending = self.log_in(server, OWNER["password"]).json
            self.assertEqual((pending["status"], pending["factors"]), ("mfa_required", ["totp", "recovery_code"]))
            step = {"challenge_token": pending["challenge_token"]}
            self.assertEqual(server.request("GET", "/api/user/bootstrap").status, 401)
            self.assertEqual(server.request("POST", "/api/auth/mfa/totp/verify", step | {"code": code(shown["secret"], 7)}).status, 401)
            answer = server.request("POST", "/api/auth/mfa/totp/verify", step | {"code": code(shown["secret"], 1)})
            self.assertEqual(answer.status, 200, answer)
            server.remember(answer)
            self.assertEqual(server.request("GET", "/api/user/bootstrap").status, 200)

            running = self.recover(server.data, "people")
            self.assertEqual(running.returncode, 1)
            self.assertIn("in use by another HitKeep", running.stderr)
            server.kill()  # what is only in the log counts too

            listed = self.recover(server.data, "people")
            self.assertEqual(listed.returncode, 0, listed.stderr)
            self.assertIn(f"{EMAIL}  owner  second factor on", listed.stdout)

            unsure = self.recover(server.data, "disable-2fa", "-email", EMAIL, typed="no\n")
            self.assertEqual(unsure.returncode, 1)
            self.assertIn("8 recovery codes", unsure.stderr)
            self.assertIn("nothing was changed", unsure.stderr)
            removed = self.recover(server.data, "disable-2fa", "-email", EMAIL.upper(), "-yes")
            self.assertEqual(removed.returncode, 0, removed.stderr)
            self.assertIn("with the password alone", removed.stdout)

            short = self.recover(server.data, "password", "-email", EMAIL, typed="short\n")
            self.assertEqual(short.returncode, 1)
            self.assertIn("at least 10 characters", short.stderr)
            changed = self.recover(server.data, "password", "-email", EMAIL, typed="another horse entirely\n")
            self.assertEqual(changed.returncode, 0, changed.stderr)
            made = self.recover(server.data, "owner", "-email", EMAIL, typed="yes\n")
            self.assertEqual(made.returncode, 0, made.stderr)

            cookie = server.cookie
            server.start()
            server.cookie = cookie
            self.assertEqual(server.request("GET", "/api/user/bootstrap").status, 401, "every session ended")
            self.assertEqual(self.log_in(server, OWNER["password"]).status, 401)
            self.assertEqual(self.log_in(server, "another horse entirely").json, {"status": "ok"})
            noted = server.request("GET", "/api/admin/system/audit").json["entries"]
            by_system = {entry["action"] for entry in noted if "recover" in str(entry)}
            self.assertLessEqual({"auth.factors_removed", "auth.password_changed"}, by_system, noted)

    def test_what_is_wrong_is_said_and_nothing_is_made(self):
        with tempfile.TemporaryDirectory() as folder:
            empty = pathlib.Path(folder) / "data"
            for words, sentence in (
                ((), "needs one of people, password, disable-2fa and owner"),
                (("everything",), "needs one of people, password, disable-2fa and owner"),
                (("people",), "there is no data of HitKeep in"),
            ):
                answer = self.recover(empty, *words)
                self.assertEqual(answer.returncode, 1, words)
                self.assertIn(sentence, answer.stderr)
            self.assertFalse(empty.exists())
        with Server() as server:
            server.create_owner()
            server.stop()
            for words, sentence in (
                (("password",), "needs -email (for example: hitkeep recover password -email ann@example.com)"),
                (("owner", "-email", "eve@example.com"), "no account with the address eve@example.com"),
                (("disable-2fa", "-email", EMAIL), ""),
            ):
                answer = self.recover(server.data, *words)
                self.assertIn(sentence, answer.stderr)
                self.assertEqual(answer.returncode, 0 if not sentence else 1, answer)
            self.assertIn("has no second factor", answer.stdout)


if __name__ == "__main__":
    unittest.main()
