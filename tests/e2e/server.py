"""The real program, driven from outside: start, set up, send hits, ask, stop, kill. Standard library only.

    with Server() as server:
        site = server.set_up("localhost")
        server.hit(site, "/pricing")

Used by the tests of tests/e2e, tests/crash and tests/bench. HITKEEP_BIN names the program.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("HITKEEP_BIN", ROOT / "build/asan/hitkeep")).resolve()
START_SECONDS = 60  # sanitizers and a busy machine; nothing waits this long when all is well
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36"
)
OWNER = {"email": "owner@example.com", "password": "correct horse battery", "given_name": "Ada", "last_name": "L"}


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Server:
    """One process with a data directory of its own (or a given one). Options are extra variables without HITKEEP_."""

    def __init__(self, data=None, start=True, **options):
        self.own_data = data is None
        self.data = pathlib.Path(data) if data else pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-e2e-"))
        self.options = options
        self.command = [BIN]
        self.inherits = ()  # open files that the program gets
        self.process = None
        self.cookie = None
        self.lines = []
        self._line_came = threading.Condition()
        self.port = None
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.own_data:
            shutil.rmtree(self.data, ignore_errors=True)

    # --- the process -------------------------------------------------------------------------

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("HITKEEP_")}
        env["HITKEEP_DATA_PATH"] = str(self.data)
        env["HITKEEP_HTTP_ADDR"] = "127.0.0.1:0"
        # Tests send from one address as fast as they can; the limits have tests of their own.
        for name in ("INGEST", "API", "AUTH"):
            env[f"HITKEEP_{name}_RATE_LIMIT"] = env[f"HITKEEP_{name}_BURST"] = "1000000"
        for name, value in self.options.items():
            env["HITKEEP_" + name] = str(value)
        return env

    def start(self, wait=True):
        self.lines = []
        self._output_ended = False
        self.port = None
        self.process = subprocess.Popen(
            self.command, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.data.parent,
            pass_fds=self.inherits,
        )
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        if wait:
            self.wait_ready()
        return self

    def started(self):
        """Waits until it listens; False when it has ended instead."""
        self._listening.wait(START_SECONDS)
        if self.port is None:
            self.process.wait(START_SECONDS)
            self._close_output()
        return self.port is not None

    def _read(self, process):
        for line in process.stdout:
            with self._line_came:
                self.lines.append(line.rstrip("\n"))
                self._line_came.notify_all()
            match = re.search(r"listening.*?port[=\": ]+(\d+)", line)
            if match:
                self.port = int(match[1])
                self._listening.set()
        self._listening.set()
        with self._line_came:
            self._output_ended = True
            self._line_came.notify_all()

    def wait_line(self, pattern, seconds=START_SECONDS):
        """The first line of this start that matches; None when the output ended or the time ran out without one."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._line_came:
            while True:
                for line in self.lines[seen:]:
                    if match := re.search(pattern, line):
                        return match
                seen = len(self.lines)
                if self._output_ended or not self._line_came.wait(deadline - time.monotonic()):
                    return None

    def wait_listening(self):
        """Until it takes connections; it may not be ready yet."""
        if not self._listening.wait(START_SECONDS) or self.port is None:
            raise AssertionError("the server did not start:\n" + "\n".join(self.lines))

    def wait_ready(self):
        self.wait_listening()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if self.request("GET", "/readyz").status == 200:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError("the server is not ready:\n" + "\n".join(self.lines))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close_output()

    def _close_output(self):
        self._reader.join()
        self.process.stdout.close()

    def stop(self, seconds=30):
        """SIGTERM; gives the exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=seconds)
        self._close_output()
        return code, time.monotonic() - began

    def output(self):
        return "\n".join(self.lines)

    # --- requests ----------------------------------------------------------------------------

    @property
    def tls_port(self):
        return int(self.wait_line(r"https is served.*port=(\d+)")[1])

    def connect(self, timeout=30):
        """Over TLS where the program has a certificate, whoever vouches for it."""
        if not self.options.get("TLS_CERT"):
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=timeout, context=context)

    def request(self, method, path, body=None, headers=None, cookie=True, connection=None):
        own = connection is None
        connection = connection or self.connect()
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if cookie and self.cookie:
            headers.setdefault("Cookie", self.cookie)
        if method not in ("GET", "HEAD") and path.startswith("/api/"):
            headers.setdefault("Sec-Fetch-Site", "same-origin")
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        answer = Answer(response, response.read())
        if own:
            connection.close()
        return answer

    def setup_code(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if match := re.search(r"#setup=([A-Za-z0-9_-]+)", self.output()):
                return match[1]
            time.sleep(0.02)
        raise AssertionError("no set-up code was printed:\n" + self.output())

    def remember(self, answer):
        cookies = [c.split(";")[0] for c in answer.headers.get_all("Set-Cookie") or []]
        self.cookie = "; ".join(c for c in cookies if c.split("=")[0].endswith("hk_token"))
        return answer

    def create_owner(self, code=None):
        answer = self.request("POST", "/api/initial-user", {**OWNER, "setup_code": code or self.setup_code()})
        assert answer.status == 201, answer
        return self.remember(answer)

    def log_in(self):
        answer = self.request("POST", "/api/login", {"email": OWNER["email"], "password": OWNER["password"]})
        assert answer.status == 200, answer
        return self.remember(answer)

    def create_site(self, domain="localhost", zone="UTC"):
        answer = self.request("POST", "/api/sites", {"domain": domain, "zone": zone})
        assert answer.status in (200, 201), answer
        return answer.json

    def set_up(self, domain="localhost", zone="UTC"):
        """Owner and first site."""
        self.create_owner()
        return self.create_site(domain, zone)

    def hit(self, site, path="/", connection=None, user_agent=CHROME, **fields):
        body = {"path": path, "ua": user_agent, "lang": "en-GB", "sc_w": 1920, "sc_h": 1080, **fields}
        headers = {"Origin": "https://" + site["domain"], "User-Agent": user_agent, "Content-Type": "text/plain"}
        return self.request("POST", "/ingest", json.dumps(body), headers, cookie=False, connection=connection)

    def event(self, site, name, connection=None, user_agent=CHROME, **properties):
        headers = {"Origin": "https://" + site["domain"], "User-Agent": user_agent, "Content-Type": "text/plain"}
        return self.request("POST", "/ingest/event", json.dumps({"n": name, "p": properties}), headers, cookie=False, connection=connection)

    def stats(self, site, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        answer = self.request("GET", f"/api/sites/{site['id']}/stats{query}")
        assert answer.status == 200, answer
        return answer.json

    def numbered_views(self, site):
        """Of pages /n/NUMBER: number -> how often it is shown. An answer lists 1,000 pages."""
        query = {"metrics": ["pageviews"], "dimensions": ["page"], "limit": 1000}
        answer = self.request("POST", f"/api/sites/{site['id']}/query", {"range": "90d", "queries": {"pages": query}})
        assert answer.status == 200, answer
        rows = answer.json["results"]["pages"]["rows"]
        return {int(row["dimensions"][0].removeprefix("/n/")): row["metrics"][0] for row in rows}

    def sentences(self):
        """What a start that refuses says."""
        return [line for line in self.lines if line.startswith("hitkeep: ")]

    def metric(self, name, **labels):
        """Sum of a metric's series that carry these labels."""
        total, found = 0.0, False
        for line in self.request("GET", "/metrics").body.decode().splitlines():
            match = re.match(rf"{name}(?:{{(.*)}})? (\S+)$", line)
            if match and all(f'{k}="{v}"' in (match[1] or "") for k, v in labels.items()):
                total, found = total + float(match[2]), True
        assert found, f"/metrics has no {name} {labels}"
        return total

    def wait_applied(self, site, views, seconds=30):
        """Until the dashboard shows this many page views."""
        deadline = time.monotonic() + seconds
        while (seen := self.stats(site)["total_pageviews"]) < views:
            assert time.monotonic() < deadline, f"{seen} of {views} page views after {seconds} s"
            time.sleep(0.05)
        return seen


def open_files(data):
    """hitkeep.db of a stopped server in an independent DuckDB (the Python wheel)."""
    import duckdb

    return duckdb.connect(str(pathlib.Path(data) / "hitkeep.db"), read_only=True)


def query_files(data, sql):
    with open_files(data) as db:
        return db.execute(sql).fetchall()
