#!/usr/bin/env python3
"""Every route, as every kind of caller. The routes come from the program's own table (its OpenAPI description), so a new
route is in the matrix without a new line here; what it answers is golden (UPDATE_GOLDEN=1 writes it anew).

Callers: nobody; a forged token; people with every role; the owner of the instance, and he from a foreign page; API keys of
the owner with each scope, one of another team, one that has expired and one that is off.
"""
import hashlib
import os
import pathlib
import re
import sqlite3
import unittest
import uuid

from server import OWNER, ROOT, Server

GOLDEN = ROOT / "tests/golden/access_matrix.txt"
# Role in the instance, role in the team of the site, role on the site alone.
PEOPLE = {
    "stranger": ("user", None, None),
    "other team": ("user", None, None),  # owns one
    "viewer": ("user", None, "viewer"),  # guests
    "editor": ("user", None, "editor"),
    "site admin": ("user", None, "admin"),
    "team member": ("user", "member", None),
    "team admin": ("user", "admin", None),
    "admin": ("admin", None, None),
}
# Who leaves his team is another caller from then on: nobody is in the one that is asked for.
LEAVE = "/api/user/teams/{id}/leave"
# Ids of what there is.
KNOWN = re.compile(r"^/api/(sites|user/teams)/\{id\}")
# Scopes of a personal key of the owner for all his sites, and what else is so of it.
KEYS = {
    "key read": ("may_read", {}),
    "key manage": ("may_manage", {}),
    "key ingest": ("may_ingest", {}),
    "key of another team": ("all", {"user_id": None}),
    "key expired": ("all", {"expires_at": 1}),
    "key off": ("all", {"revoked_at": 1}),
}
DEAD = ("key expired", "key off")
FORGED = "hk_token=eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoiMSJ9."


def address(name):
    return name.replace(" ", ".") + "@example.com"


def insert(db, table, row):
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def first(db, table):
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    return dict(zip(columns, db.execute(f"SELECT * FROM {table}").fetchone()))


def add_people(data):
    """Everybody of PEOPLE, while the server is stopped; their password is the owner's."""
    with sqlite3.connect(pathlib.Path(data) / "control.db") as db:
        owner, member = first(db, "users"), first(db, "team_members")
        team = first(db, "teams") | {"id": uuid.uuid4().bytes, "lane": 9, "is_default": 0}
        insert(db, "teams", team)
        for name, (role, in_team, on_site) in PEOPLE.items():
            person = owner | {"id": uuid.uuid4().bytes, "email": address(name), "role": role}
            insert(db, "users", person)
            if in_team:
                insert(db, "team_members", member | {"user_id": person["id"], "role": in_team})
            if name == "other team":
                insert(db, "team_members", member | {"team_id": team["id"], "user_id": person["id"], "role": "owner"})
            if on_site:
                insert(db, "site_members", {"site": 1, "user_id": person["id"], "role": on_site, "added_at": 0})
    db.close()


def token(name):
    return "hk_" + hashlib.sha256(name.encode()).hexdigest()


def add_keys(data):
    """Everything of KEYS, while the server is stopped."""
    with sqlite3.connect(pathlib.Path(data) / "control.db") as db:
        owner, team = first(db, "users"), first(db, "teams")
        other = team | {"id": uuid.uuid4().bytes, "name": "Other", "lane": 2, "is_default": 0}
        insert(db, "teams", other)
        for name, (scope, more) in KEYS.items():
            key = {"id": uuid.uuid4().bytes, "user_id": owner["id"], "team_id": None, "name": name, "description": ""}
            key |= {column: int(scope in ("all", column)) for column in ("may_read", "may_manage", "may_ingest")}
            key |= {"instance_role": "owner", "every_site": 1, "secret_start": "hk_"}
            key |= {"secret_hash": hashlib.sha256(token(name).encode()).hexdigest(), "created_at": 0, "updated_at": 0}
            key |= more
            if not key["user_id"]:
                key["team_id"] = other["id"]
            insert(db, "api_keys", key)
    db.close()


class AccessMatrix(unittest.TestCase):
    def log_in(self, email):
        self.server.cookie = None
        answer = self.server.request("POST", "/api/login", {"email": email, "password": OWNER["password"]})
        self.assertEqual(answer.status, 200, answer)
        return self.server.remember(answer) and self.server.cookie

    def status(self, method, path, cookie, foreign=False, key=None):
        connection = self.server.connect()
        headers = {"Cookie": cookie} if cookie else {}
        headers |= {"Authorization": "Bearer " + key} if key else {}
        headers |= {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} if foreign else {"Sec-Fetch-Site": "same-origin"}
        connection.request(method, path, headers=headers)
        status = connection.getresponse().status  # the head is enough: an event stream has no end
        connection.close()
        return status

    def log_in_all(self):
        cookies = {name: self.log_in(address(name)) for name in PEOPLE}
        return cookies | {"owner": self.log_in(OWNER["email"])}

    def test_every_route_as_every_caller(self):
        with Server() as self.server:
            site = self.server.set_up()
            team = self.server.request("GET", "/api/user/bootstrap").json["teams"]["active_team_id"]
            self.server.stop()
            add_people(self.server.data)
            add_keys(self.server.data)
            self.server.start()
            cookies = self.log_in_all()
            description = self.server.request("GET", "/api/docs/v1/openapi.json").json
            lines = []
            for path, methods in sorted(description["paths"].items()):
                for method, route in sorted(methods.items()):
                    access = route["x-access"]
                    real = path.replace("{id}", str(uuid.uuid4()) if path == LEAVE else team if path.startswith("/api/user/teams/") else site["id"])
                    real = re.sub(r"\{\w+\}", str(uuid.uuid4()), real)  # of nothing that there is
                    row = {
                        "nobody": self.status(method.upper(), real, None),
                        "forged": self.status(method.upper(), real, FORGED),
                        "foreign page": self.status(method.upper(), real, cookies["owner"], foreign=True),
                    }
                    row |= {name: self.status(method.upper(), real, cookie) for name, cookie in cookies.items()}
                    row |= {name: self.status(method.upper(), real, None, key=token(name)) for name in KEYS}
                    if path in ("/api/logout", "/api/user/sessions"):  # they end the sessions of all
                        cookies = self.log_in_all()
                    what = f"{method.upper()} {path}"
                    with self.subTest(what):
                        if access != "anyone":
                            self.assertEqual((row["nobody"], row["forged"]), (401, 401))
                            self.assertTrue(all(row[name] == 401 for name in DEAD))
                        if access == "program":
                            self.assertEqual(row["owner"], 401, "it is for keys alone")
                        elif access != "anyone" and path != LEAVE:
                            self.assertNotIn(row["owner"], (401, 403, 404) if KNOWN.sub("", path).count("{") == 0 else (401, 403))
                        if access.startswith(("instance.", "team.", "site.")):
                            self.assertIn(row["stranger"], (403, 404))
                        if access.startswith(("instance.", "site.")):
                            self.assertIn(row["other team"], (403, 404))
                        if access.startswith("site."):
                            self.assertEqual(row["key of another team"], 403)
                        if access == "signed_in":
                            self.assertTrue(all(row[name] == 403 for name in KEYS if name not in DEAD))
                        if access == "signed_in" and path != LEAVE:
                            self.assertNotIn(row["stranger"], (401, 403))
                        if method != "get" and path.startswith("/api/"):
                            self.assertEqual(row["foreign page"], 403)
                    answers = "  ".join(f"{who} {code}" for who, code in row.items())
                    lines.append(f"{what:<48} {access:<21} {answers}")
            text = "\n".join(lines) + "\n"
            self.assertGreater(len(lines), 10)
            if os.environ.get("UPDATE_GOLDEN"):
                GOLDEN.write_text(text)
            self.assertEqual(text, GOLDEN.read_text(), "out of date? run it once with UPDATE_GOLDEN=1")


if __name__ == "__main__":
    unittest.main()
