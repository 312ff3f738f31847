#!/usr/bin/env python3
"""Kills the real program at random moments, again and again, while 64 clients send numbered hits.

    tests/crash/crash_test.py [--seconds 60] [--rounds 1000] [--seed N]

Each round starts the program, sometimes at a later date (so that days are sealed and months rewritten), and ends with
kill -9: during the start, under load, or in the middle of sealing. At the end comes SIGTERM under load, and a DuckDB of
our own (the Python wheel) looks for every acknowledged number: it must be there exactly once. A hit that was not
acknowledged may be there once or not at all. HITKEEP_BIN names the program.
"""
import argparse
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from server import CHROME, Server, query_files  # noqa: E402

CLIENTS = 64
DAY = 86_400
STOP_SECONDS = 5  # what a clean stop under load may take


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class ShiftedServer(Server):
    """The program at another date."""

    def __init__(self, preload, shift, **options):
        self.preload, self.shift = preload, shift
        super().__init__(start=False, **options)

    def environment(self):
        return super().environment() | {"LD_PRELOAD": str(self.preload), "CLOCK_SHIFT_SECONDS": str(self.shift)}


class Load:
    """64 keep-alive clients that follow the program from port to port."""

    def __init__(self, domain):
        self.domain = domain
        self.numbers = itertools.count()
        self.changed = threading.Condition()
        self.port = None
        self.ended = False
        self.acknowledged = {}  # number -> round
        self.sent = 0
        self.refused = {}  # status -> how often
        self.round = 0
        self.threads = [threading.Thread(target=self._client, args=(i,), daemon=True) for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def aim(self, port):
        with self.changed:
            self.port = port
            self.changed.notify_all()

    def end(self):
        with self.changed:
            self.ended = True
            self.port = None
            self.changed.notify_all()
        for thread in self.threads:
            thread.join()

    def _client(self, index):
        agent = CHROME.replace("Chrome/146", f"Chrome/{100 + index % 40}")
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.ended or self.port)
                if self.ended:
                    return
                port = self.port
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while self.port == port:
                        self._send(connection, agent)
            except OSError:
                time.sleep(0.005)  # the port is gone: until the main thread says so

    def _send(self, connection, agent):
        number = next(self.numbers)
        self.sent = max(self.sent, number + 1)
        body = json.dumps({"path": f"/n/{number}", "ua": agent, "lang": "en-GB", "sc_w": 1920, "sc_h": 1080})
        connection.sendall(
            (
                f"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://{self.domain}\r\nUser-Agent: {agent}\r\n"
                f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = connection.recv(65536)
            if not part:
                raise OSError("closed before an answer")
            answer += part
        head, _, rest = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status == 202:
            self.acknowledged[number] = self.round
        else:
            self.refused[status] = self.refused.get(status, 0) + 1
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
            if name.strip().lower() == b"connection" and value.strip().lower() == b"close":
                raise OSError("the server closes")
        while len(rest) < length:
            part = connection.recv(65536)
            if not part:
                raise OSError("closed inside an answer")
            rest += part


def numbers_in(data):
    """number -> how often, as another DuckDB sees it; and the view that users ask must see as many."""
    rows = query_files(
        data,
        """SELECT text, count(*) FROM (SELECT page FROM hot_hits UNION ALL SELECT page FROM sealed_hits) JOIN texts ON id = page
           GROUP BY 1""",
    )
    found = {int(path.removeprefix("/n/")): count for path, count in rows}
    (seen,) = query_files(data, "SELECT count(*) FROM hits WHERE timestamp IS NOT NULL")[0]
    check(seen == sum(found.values()), f"the view shows {seen} hits, the tables hold {sum(found.values())}")
    return found


def no_doubles(found):
    doubles = {n: c for n, c in found.items() if c > 1}
    check(not doubles, f"counted more than once: {dict(list(doubles.items())[:20])} ({len(doubles)} in all)")


def verify(data, load, when):
    found = numbers_in(data)
    no_doubles(found)
    lost = [(n, r) for n, r in load.acknowledged.items() if n not in found]
    check(not lost, f"{when}: acknowledged but not there (number, round): {lost[:20]} ({len(lost)} in all)")
    never = [n for n in found if n >= load.sent]
    check(not never, f"{when}: never sent: {never[:20]}")
    return len(found)


def build_preload(directory):
    library = pathlib.Path(directory) / "clock_shift.so"
    subprocess.run(["clang-19", "-O1", "-shared", "-fPIC", "-o", library, HERE / "clock_shift.c"], check=True)
    return library


def run(server, random_, seconds, rounds):
    deadline = time.monotonic() + seconds
    server.start()
    site = server.set_up("crash.example", random_.choice(["UTC", "Europe/Berlin", "America/New_York"]))
    load = Load(site["domain"])
    kills = {"start": 0, "load": 0}
    while load.round < rounds and time.monotonic() < deadline:
        load.aim(server.port)
        time.sleep(random_.uniform(0.05, 2.5))
        server.kill()
        load.aim(None)
        kills["load"] += 1
        # What the dead process left can be read, and nothing in it is double.
        no_doubles(numbers_in(server.data))
        load.round += 1
        later = random_.choice([0, 0, 1800, DAY, DAY, 3 * DAY, 12 * DAY])
        server.shift = min(0, server.shift + later)
        for _ in range(random_.choice([0, 1, 2])):
            server.start(wait=False)
            time.sleep(random_.uniform(0, 1.5))
            server.kill()
            kills["start"] += 1
        server.start()

    # Today: everything that was sent before belongs to days that are over.
    load.aim(server.port)
    time.sleep(0.5)
    server.kill()
    load.aim(None)
    server.shift = 0
    server.start()
    load.round += 1
    load.aim(server.port)
    time.sleep(2)
    code, took = server.stop()
    load.end()
    check(code == 0, f"SIGTERM under load ended with {code}:\n{server.output()}")
    check(took < STOP_SECONDS, f"SIGTERM under load took {took:.1f} s")
    check(not list(server.data.glob("**/*.wal")), "a clean stop leaves no WAL file")
    there = verify(server.data, load, "after the clean stop")

    # Twice more, without load: the days that are over are sealed, then their months are sorted; nothing changes by it.
    for when in ("after sealing", "after sorting"):
        server.start()
        code, _ = server.stop()
        check(code == 0, f"a quiet stop ended with {code}:\n{server.output()}")
        check(verify(server.data, load, when) == there, f"{when}: not what was there before")
    (sealed,) = query_files(server.data, "SELECT count(*) FROM sealed_days")[0]
    check(sealed > 0, "no day was sealed")
    print(
        f"{kills['load']} kills under load, {kills['start']} during the start; {load.sent} sent, "
        f"{len(load.acknowledged)} acknowledged, {there} there, refused {load.refused or 'none'}; "
        f"{sealed} site-days sealed; stopped in {took:.1f} s"
    )
    check(load.acknowledged, "nothing was acknowledged at all")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="stop killing after this long")
    parser.add_argument("--rounds", type=int, default=1000, help="kill at most this often under load")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-crash-"))
    server = ShiftedServer(build_preload(scratch), shift=-75 * DAY)
    try:
        run(server, random.Random(arguments.seed), arguments.seconds, arguments.rounds)
    except BaseException:
        if server.process and server.process.poll() is None:
            server.process.send_signal(signal.SIGABRT)
        server.own_data = False
        print(f"the data is kept in {server.data}; the program's last lines:\n" + "\n".join(server.lines[-40:]), file=sys.stderr)
        raise
    finally:
        server.__exit__()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
