#!/usr/bin/env python3
"""The description of the API: golden in docs/openapi.json (UPDATE_GOLDEN=1 writes it anew), complete, and true of what
the program answers."""
import json
import os
import re
import unittest

from server import OWNER, ROOT, Server

GOLDEN = ROOT / "docs/openapi.json"
DESCRIPTION = "/api/docs/v1/openapi.json"


def resolve(document, node):
    while "$ref" in node:
        path = node["$ref"].removeprefix("#/").split("/")
        node = document
        for part in path:
            node = node[part]
    return node


def complaints(document, schema, value, where="answer"):
    """What is wrong with a value, by the words of JSON Schema that the description uses."""
    schema = resolve(document, schema)
    if "anyOf" in schema:
        tries = [complaints(document, one, value, where) for one in schema["anyOf"]]
        return [] if any(not wrong for wrong in tries) else tries[0]
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}
    kind = schema.get("type")
    if kind and (not isinstance(value, kinds[kind]) or (kind != "boolean" and isinstance(value, bool))):
        return [f"{where} is {value!r}, not {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, not one of {schema['enum']}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{where} is {value!r}, not like {schema['pattern']}"]
    out = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        out += [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
        for name, item in value.items():
            if name in known:
                out += complaints(document, known[name], item, f"{where}.{name}")
            elif "additionalProperties" in schema:
                out += complaints(document, schema["additionalProperties"], item, f"{where}.{name}")
            else:
                out.append(f"{where}.{name} is not described")
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            out += complaints(document, schema["items"], item, f"{where}.{number}")
    return out


class OpenApi(unittest.TestCase):
    def check(self, method, path, answer):
        """An answer is one that the description allows."""
        operation = self.document["paths"][path][method.lower()]
        self.assertIn(str(answer.status), operation["responses"], f"{method} {path}")
        response = resolve(self.document, operation["responses"][str(answer.status)])
        content = response.get("content", {}).get("application/json")
        if content and "schema" in content:
            self.assertEqual(complaints(self.document, content["schema"], answer.json), [], f"{method} {path}")

    def test_the_description_is_the_one_in_the_repository(self):
        with Server() as server:
            document = server.request("GET", DESCRIPTION).json
        document["info"]["version"] = "0"
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.write_text(text)
        self.assertEqual(text, GOLDEN.read_text(), "out of date? run it once with UPDATE_GOLDEN=1, then `npm run api -w dashboard`")

    def test_every_route_says_what_it_takes_and_gives(self):
        document = json.loads(GOLDEN.read_text())
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                with self.subTest(f"{method} {path}"):
                    self.assertTrue(operation["summary"] and operation["x-access"] and operation["x-rate"])
                    self.assertIn("500", operation["responses"])
                    done = [r for status, r in operation["responses"].items() if status.startswith("2")]
                    self.assertEqual(len(done), 1)
                    for kind, content in done[0].get("content", {}).items():
                        if kind == "application/json" and path != DESCRIPTION:
                            self.assertIn("schema", content)

    def test_answers_are_as_described(self):
        with Server() as server:
            self.document = server.request("GET", DESCRIPTION).json

            def ask(method, path, body=None, **named):
                real = path
                for name, value in named.items():
                    real = real.replace("{" + name + "}", value)
                answer = server.request(method, real, body)
                self.check(method, path, answer)
                return answer

            ask("GET", "/api/status")
            ask("GET", "/api/sites")  # 401
            ask("POST", "/api/login", {"email": 1})  # 400
            site = server.set_up()["id"]
            ask("POST", "/api/login", {"email": OWNER["email"], "password": OWNER["password"]})
            ask("GET", "/api/auth/session")
            ask("POST", "/api/auth/session/extend", {})
            ask("GET", "/api/user/bootstrap")
            ask("GET", "/api/notices")
            ask("GET", "/api/sites")
            ask("POST", "/api/sites", {"domain": "localhost"})  # 409
            ask("POST", "/api/sites", {"domain": "shop.example.com"})
            ask("GET", "/api/sites/{id}", id=site)
            ask("GET", "/api/sites/{id}", id="x")  # 400
            ask("PATCH", "/api/sites/{id}", {"subdomains": False}, id=site)
            ask("PUT", "/api/sites/{id}/retention", {"days": 400}, id=site)
            ask("PUT", "/api/sites/{id}/owner", {"owner_email": "nobody@example.com"}, id=site)  # 400
            ask("GET", "/api/sites/{id}/tracking/status", id=site)
            ask("GET", "/api/sites/{id}/ingest-status", id=site)
            server.hit({"domain": "stranger.example"})
            ask("GET", "/api/sites/{id}/counted", id=site)
            ask("GET", "/api/admin/counted")
            ask("GET", "/api/request")
            fetch = {"path": "/a", "status_code": 200, "user_agent": "GPTBot/1.2"}
            ask("POST", "/api/sites/{id}/ingest/ai-fetch", fetch, id=site)
            ask("POST", "/api/sites/{id}/ingest/ai-fetch", {}, id=site)  # 400
            ask("GET", "/api/sites/{id}/live", id=site)
            ask("GET", "/api/sites/{id}/events/properties", id=site)
            ask("GET", "/api/sites/{id}/stats", id=site)
            ask("POST", "/api/sites/{id}/query", {"range": "7d", "queries": {"a": {"metrics": ["visitors"]}, "b": {"metrics": ["visitors"], "dimensions": ["page"]}}}, id=site)
            ask("POST", "/api/sites/{id}/query", {"range": "7d"}, id=site)  # 400
            key = ask("POST", "/api/user/api-clients", {"name": "k", "all_sites": True}).json
            ask("POST", "/api/user/api-clients", {"name": ""})  # 400
            ask("GET", "/api/user/api-clients")
            ask("PUT", "/api/user/api-clients/{id}", {"name": "k", "scopes": ["ingest"]}, id=key["client"]["id"])
            team = server.request("GET", "/api/user/bootstrap").json["teams"]["active_team_id"]
            ask("POST", "/api/user/teams/{id}/api-clients", {"name": "k"}, id=team)
            ask("GET", "/api/user/teams/{id}/api-clients", id=team)
            ask("GET", "/api/sites/{id}/api-clients", id=site)
            bearer = {"Authorization": "Bearer " + key["token"]}
            item = {"url": "http://localhost/", "visitor_ip": "::1", "user_agent": "x", "type": "pageview"}
            for body in ({"items": [item, {}]}, {"items": 1}):
                answer = server.request("POST", "/api/ingest/server/batch", body, bearer, cookie=False)
                self.check("POST", "/api/ingest/server/batch", answer)
            for door in ("pageview", "event"):
                answer = server.request("POST", "/api/ingest/server/" + door, item, bearer, cookie=False)
                self.check("POST", "/api/ingest/server/" + door, answer)
            ask("POST", "/api/user/api-clients/{id}/rotate", {"overlap_hours": 1}, id=key["client"]["id"])
            ask("DELETE", "/api/user/api-clients/{id}", id=key["client"]["id"])
            ask("POST", "/api/logout", {})


if __name__ == "__main__":
    unittest.main()
