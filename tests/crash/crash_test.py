#!/usr/bin/env python3
"""Kills the real program again and again, while 64 clients send numbered hits.

    tests/crash/crash_test.py [--seconds 20] [--rounds 1000] [--seed N]

A round ends with kill -9 under load or during the start. Then a day ends, or a month (the clock is moved forward), and the
program is killed at random points inside of what follows: the sealing of the days that are over, the sorting of the
month. A run goes on until both were hit WANTED times, and fails when they were not. At the end comes SIGTERM under load,
and a DuckDB of our own (the Python wheel) looks for every acknowledged number: it must be there exactly once. A hit that
was not acknowledged may be there once or not at all. After every kill what is there must make sense: nothing twice, and
sealed rows that agree with each other. HITKEEP_BIN names the program.
"""
import argparse
import collections
import datetime
import itertools
import json
import os
import pathlib
import random
import re
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
from server import CHROME, START_SECONDS, Server, open_files  # noqa: E402

CLIENTS = 64
DAY = 86_400
ZONES = {"UTC": 0, "Asia/Kolkata": 19_800, "America/Phoenix": -25_200}  # seconds ahead of UTC, all year
EPOCH = datetime.date(1970, 1, 1)
FIRST_DAY = datetime.date(2001, 1, 20)  # room for hundreds of months until today
ORDER_LINE = re.compile(r"order (?P<what>begun|done) order=(?P<order>\w+) lane=\d+ offset=(?P<offset>\d+)(?: seconds=(?P<seconds>\S+))?")
GIVEN_UP = "stopping before everything is applied"
# Whether the stopped program's file waits for such an order.
DUE = {
    "seal": "SELECT count(*) > 0 FROM hot_hits WHERE day < DATE '{today}'",
    "rewrite_month": """SELECT count(*) > 0 FROM sealed_months
        WHERE appended * 20 > sorted + appended AND month < date_trunc('month', DATE '{today}')""",
}
WANTED = 3  # kills that must fall inside each kind of order
STRIKES = 8  # attempts at one order, at most
OVERTIME = 24  # rounds that may follow when the time is over and a kind was not hit WANTED times
STOP_SECONDS = 5  # what a clean stop under load may take


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class ShiftedServer(Server):
    """The program at another date, which only the test moves on."""

    def __init__(self, preload, **options):
        super().__init__(start=False, **options)
        self.preload, self.shift, self.zone = preload, 0, "UTC"
        self.go_to(FIRST_DAY, 43_200)

    def environment(self):
        # The days that pass between two starts are meant, and what is over is sealed at once.
        return super().environment() | {
            "LD_PRELOAD": str(self.preload),
            "CLOCK_SHIFT_SECONDS": str(self.shift),
            "HITKEEP_TRUST_CLOCK": "true",
        }

    def now(self):
        return time.time() + self.shift

    def today(self):
        """The site's date."""
        return EPOCH + datetime.timedelta(days=(self.now() + ZONES[self.zone]) // DAY)

    def days_later(self, days):
        return self.today() + datetime.timedelta(days=days)

    def in_next_month(self):
        """Its second day: the first is over nowhere on Earth before that."""
        return (self.today().replace(day=1) + datetime.timedelta(days=33)).replace(day=2)

    def go_to(self, day, seconds):
        """To this time of this day, by the site's clock."""
        self.shift = round((day - EPOCH).total_seconds() + seconds - ZONES[self.zone] - time.time())

    def wait_metric(self, name, value):
        deadline = time.monotonic() + START_SECONDS
        while (seen := self.metric(name)) != value:
            check(time.monotonic() < deadline, f"{name} is {seen}, not {value}:\n{self.output()}")
            time.sleep(0.02)


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


def numbers_in(db):
    """number -> how often, as another DuckDB sees it; and the view that users ask must see as many."""
    rows = db.execute(
        """SELECT text, count(*) FROM (SELECT site, page FROM hot_hits UNION ALL SELECT site, page FROM sealed_hits) h
           JOIN texts t ON t.kind = 0 AND t.site = h.site AND t.id = h.page GROUP BY 1"""
    ).fetchall()
    found = {int(path.removeprefix("/n/")): count for path, count in rows}
    (seen,) = db.execute("SELECT count(*) FROM hits WHERE timestamp IS NOT NULL").fetchone()
    check(seen == sum(found.values()), f"the view shows {seen} hits, the tables hold {sum(found.values())}")
    doubles = {n: c for n, c in found.items() if c > 1}
    check(not doubles, f"counted more than once: {dict(list(doubles.items())[:20])} ({len(doubles)} in all)")
    return found


def first_of(columns, bit):
    """Visits whose first-of-day bit and a distinct count disagree."""
    group = ", ".join(["site", "day", *columns])
    return f"""SELECT {group} FROM sealed_visits GROUP BY {group}
               HAVING count(*) FILTER (bits & {bit} <> 0) <> count(DISTINCT vd)"""


# What must be empty whenever the program is dead.
CONTRADICTIONS = {
    "visits that are there twice": "SELECT site, visit FROM sealed_visits GROUP BY ALL HAVING count(*) > 1",
    "visits both hot and sealed": "SELECT site, visit FROM hot_visits SEMI JOIN sealed_visits USING (site, visit)",
    # Of visits that went on when their day was sealed; nobody knows any more whose they are.
    "hot rows of a sealed day": """SELECT site, day FROM hot_hits SEMI JOIN sealed_days USING (site, day)
        ANTI JOIN (FROM hot_visitors WHERE log_offset = 0) USING (site, vd)""",
    "sealed rows of a day that is not sealed": "SELECT site, day FROM sealed_visits ANTI JOIN sealed_days USING (site, day)",
    "hot hits without a visit": """SELECT site, visit FROM hot_hits ANTI JOIN
        (SELECT site, visit FROM hot_visits UNION ALL SELECT site, visit FROM sealed_visits) USING (site, visit)""",
    "hot visits that are without what they carry, or have it twice": """SELECT site, visit FROM hot_visits
        LEFT JOIN hot_visits_opened o USING (site, visit) GROUP BY ALL HAVING count(o.day) <> 1""",
    "visits that are closed twice": "SELECT site, visit FROM hot_closed GROUP BY ALL HAVING count(*) > 1",
    "closed visits that are not hot": "SELECT site, visit FROM hot_closed ANTI JOIN hot_visits USING (site, visit)",
    "visits that ended and are not closed": """SELECT site, visit FROM hot_visits
        ANTI JOIN (SELECT site, visit FROM (SELECT site, visit, ts FROM hot_hits UNION ALL SELECT site, visit, ts FROM hot_events)
                   WHERE ts > (SELECT log_time - INTERVAL 31 MINUTE FROM applied)) USING (site, visit)
        ANTI JOIN hot_closed USING (site, visit)""",
    "hits without a sealed visit": "SELECT site, visit FROM sealed_hits ANTI JOIN sealed_visits USING (site, visit)",
    "a visitor's day that is two days": "SELECT site, vd FROM sealed_visits GROUP BY ALL HAVING count(DISTINCT day) > 1",
    "ordinals of two visitors": "SELECT site, vd FROM hot_visitors GROUP BY ALL HAVING count(*) > 1",
    "ordinals both hot and sealed": "SELECT site, vd FROM hot_visitors SEMI JOIN sealed_hits USING (site, vd)",
    "hot hits without a visitor": "SELECT site, day, vd FROM hot_hits ANTI JOIN hot_visitors USING (site, day, vd)",
    "ordinals that will be given again": "SELECT s.site, s.vd FROM sealed_hits s JOIN numbers n USING (site) WHERE s.vd > n.vd",
    "first visits of a day": first_of([], 1),
    "first visits of a day with a channel": first_of(["channel"], 2),
    "first visits of a day with a source": first_of(["source"], 4),
    "first visits of a day with a referrer": first_of(["referrer_host", "referrer_path"], 8),
    "first visits of a day with an entry page": first_of(["entry_page"], 16),
    "first visits of a day with an exit page": first_of(["exit_page"], 32),
    "first views of a page in a visit": """SELECT site, visit, page FROM sealed_hits GROUP BY ALL
        HAVING count(*) FILTER (bits & 1 <> 0) <> 1""",
    "first views of a page in a visitor's day": """SELECT site, vd, page FROM sealed_hits GROUP BY ALL
        HAVING count(*) FILTER (bits & 2 <> 0) <> 1""",
    "visits that differ from their hits": """
        WITH hits AS (SELECT site, visit, ts, page FROM sealed_hits
                      UNION ALL SELECT site, visit, ts, page FROM hot_hits SEMI JOIN sealed_visits USING (site, visit)),
        sums AS (SELECT site, visit, min(ts) AS first_ts, max(ts) AS last_ts, count(*) AS views FROM hits GROUP BY ALL),
        -- A visit that goes on behind its seal is completed when the second day is sealed.
        still AS (SELECT DISTINCT site, visit FROM hot_hits)
        SELECT v.site, v.visit FROM sealed_visits v JOIN sums s ON s.site = v.site AND s.visit = v.visit
        ANTI JOIN still ON still.site = v.site AND still.visit = v.visit
        WHERE v.start <> s.first_ts OR v.pageviews <> least(s.views, 65535)
           OR v.duration <> (epoch_ms(s.last_ts) - epoch_ms(s.first_ts)) // 1000
           OR NOT EXISTS (FROM hits h WHERE h.site = v.site AND h.visit = v.visit AND h.ts = s.first_ts AND h.page = v.entry_page)
           OR NOT EXISTS (FROM hits h WHERE h.site = v.site AND h.visit = v.visit AND h.ts = s.last_ts AND h.page = v.exit_page)""",
    "visits not cut at 30 minutes of silence": """
        SELECT site, visit FROM (
          SELECT site, visit, lag(visit) OVER day AS before, epoch_ms(ts) - lag(epoch_ms(ts)) OVER day AS silence
          FROM sealed_hits WINDOW day AS (PARTITION BY site, vd ORDER BY ts))
        WHERE before IS NOT NULL AND (visit <> before) <> (silence >= 1800000)""",
    "months with another number of rows": """
        SELECT month FROM (SELECT date_trunc('month', ts)::DATE AS month, count(*) AS rows FROM sealed_hits GROUP BY ALL) h
        FULL JOIN sealed_months m USING (month) WHERE h.rows IS DISTINCT FROM m.sorted + m.appended""",
    "sorted months out of order": """
        SELECT month FROM (
          SELECT date_trunc('month', ts)::DATE AS month, (site, ts) < lag((site, ts)) OVER (
                   PARTITION BY date_trunc('month', ts) ORDER BY rowid) AS falls
          FROM sealed_hits) JOIN sealed_months USING (month) WHERE falls AND appended = 0""",
}


def whole(db):
    for what, sql in CONTRADICTIONS.items():
        rows = db.execute(sql).fetchall()
        check(not rows, f"{what}: {rows[:10]} ({len(rows)} in all)")


def verify(data, load, when):
    with open_files(data) as db:
        whole(db)
        found = numbers_in(db)
        (days,) = db.execute("SELECT count(*) FROM sealed_days").fetchone()
    lost = [(n, r) for n, r in load.acknowledged.items() if n not in found]
    check(not lost, f"{when}: acknowledged but not there (number, round): {lost[:20]} ({len(lost)} in all)")
    never = [n for n in found if n >= load.sent]
    check(not never, f"{when}: never sent: {never[:20]}")
    return len(found), days


def build_preload(directory, source="clock_shift.c"):
    library = (pathlib.Path(directory) / source).with_suffix(".so")
    subprocess.run(["clang-19", "-O1", "-shared", "-fPIC", "-o", library, HERE / source], check=True)
    return library


class Kills:
    """Kills the program and finds out, from what it said and what it left, where that hit it.

    The applier says "order begun" and "order done" with the order's place in the log, one write each, so a line that is
    there was written before the kill. Begun, not done, and the file's own offset is before that place: the kill hit the
    order's transaction. The same with the offset at that place: it was committed, and its checkpoint was hit.
    """

    def __init__(self, server):
        self.server = server
        self.count = collections.Counter()
        self.length = dict.fromkeys(DUE, 0.05)  # seconds that an order took the last time; a guess at first
        self.applied = 0  # how far the file was when the program died
        self.unfinished = None  # the order that it died in

    def missing(self):
        return [kind for kind in DUE if self.count[kind] < WANTED]

    def kill(self, during):
        """Kills, looks at what is left, and says what was hit."""
        self.server.kill()
        with open_files(self.server.data) as db:
            hit = self._look(db) or during
            self.count[hit] += 1
            numbers_in(db)
            whole(db)
        return hit

    def stop(self):
        """SIGTERM: a clean end, with every order begun also done, unless there was no time for everything."""
        deadline = time.monotonic() + START_SECONDS
        while (orders := self._orders()) and orders[-1]["what"] == "begun":
            check(time.monotonic() < deadline, f"an order does not end:\n{self.server.output()}")
            time.sleep(0.02)
        code, took = self.server.stop()
        check(code == 0, f"SIGTERM ended with {code}:\n{self.server.output()}")
        with open_files(self.server.data) as db:
            inside = self._look(db)
        given_up = self.unfinished and self.server.wait_line(GIVEN_UP)
        check(inside is None or given_up, f"it stopped inside an order:\n{self.server.output()}")
        return took

    def _orders(self):
        return [m for line in self.server.lines if (m := ORDER_LINE.search(line))]

    def _look(self, db):
        orders = self._orders()
        begun = [(m["order"], int(m["offset"])) for m in orders if m["what"] == "begun"]
        again = [order for order in begun if order[1] <= self.applied]
        check(not again, f"applied up to {self.applied}, and begun once more: {again}")
        if self.unfinished and begun:
            check(begun[0] == self.unfinished, f"died inside {self.unfinished}, but went on with {begun[0]}")
            self.unfinished = None
        for m in orders:
            if m["what"] == "done":
                self.length[m["order"]] = float(m["seconds"])
        (self.applied,) = db.execute("SELECT log_offset FROM applied").fetchone()
        if not orders or orders[-1]["what"] == "done":
            return None
        kind, offset = begun[-1]
        if self.applied >= offset:
            return f"{kind}, committed"
        self.unfinished = begun[-1]
        return kind

    def strike(self, kind, random_, load=None):
        """Starts the program, with `load` under it, and kills it at a random point of its next order of this kind."""
        self.server.start(wait=False)
        if load:
            self.server.wait_listening()
            load.aim(self.server.port)
        begun = self.server.wait_line(rf"order begun order={kind} ")
        check(begun, f"a {kind} was due, but it did not begin:\n{self.server.output()}")
        time.sleep(random_.uniform(0, self.length[kind]))
        hit = self.kill("behind an order")
        if load:
            load.aim(None)
        return hit == kind

    def strike_while_due(self, kind, random_, load=None):
        """One or two kills inside, each at a point of its own, as long as there is such an order to carry out."""
        hits = random_.choice([1, 2])
        for _ in range(STRIKES):
            with open_files(self.server.data) as db:
                (due,) = db.execute(DUE[kind].format(today=self.server.today())).fetchone()
            if hits == 0 or not due:
                return
            hits -= self.strike(kind, random_, load)


class Run:
    def __init__(self, server, random_, seconds, rounds):
        self.server, self.random = server, random_
        self.kills = Kills(server)
        self.deadline = time.monotonic() + seconds
        self.rounds = rounds

    def going_on(self, round_):
        if time.monotonic() >= self.deadline:
            self.rounds = min(self.rounds, round_ + OVERTIME if self.kills.missing() else round_)
        return round_ < self.rounds and self.server.now() < time.time() - 70 * DAY

    def under_load(self, load):
        """Kills a running program in the middle of traffic, then perhaps its next starts."""
        load.aim(self.server.port)
        time.sleep(self.random.uniform(0.05, 2.5))
        self.kills.kill("load")
        load.aim(None)
        load.round += 1
        for _ in range(self.random.choice([0, 1, 2])):
            self.server.start(wait=False)
            time.sleep(self.random.uniform(0, 1.5))
            self.kills.kill("start")

    def settle(self):
        """Everything that the log holds gets into the file: only from there the program learns which days are over."""
        for _ in range(STRIKES):
            self.server.start()
            self.kills.stop()
            if not self.server.wait_line(GIVEN_UP):
                return
        check(False, f"{STRIKES} clean stops left something to apply:\n{self.server.output()}")

    def end_a_day(self, load):
        self.settle()
        # At noon or so, or so short before midnight that visits go on after it.
        self.server.go_to(self.server.days_later(self.random.choice([1, 1, 3])), self.random.choice([43_200, DAY - 2]))
        self.kills.strike_while_due("seal", self.random, load)

    def end_a_month(self):
        self.settle()
        self.server.go_to(self.server.in_next_month(), 43_200)
        self.kills.strike_while_due("seal", self.random)
        # A month is sorted when nothing is left to be sealed.
        self.server.start()
        self.server.wait_metric("hitkeep_hot_rows", 0)
        self.kills.kill("at rest")
        self.kills.strike_while_due("rewrite_month", self.random)

    def __call__(self):
        server, kills = self.server, self.kills
        server.start()
        server.zone = self.random.choice(list(ZONES))
        load = Load(server.set_up("crash.example", server.zone)["domain"])
        while self.going_on(load.round):
            self.under_load(load)
            what = load.round % 3
            if what == 1:
                self.end_a_day(load)
            elif what == 2:
                self.end_a_month()
            else:
                server.shift += self.random.choice([0, 1800])
            server.start()

        # Today: everything that was sent before belongs to days that are over.
        load.aim(server.port)
        time.sleep(0.5)
        kills.kill("load")
        load.aim(None)
        server.shift = 0
        server.start()
        load.round += 1
        load.aim(server.port)
        time.sleep(2)
        took = kills.stop()
        load.end()
        check(took < STOP_SECONDS, f"SIGTERM under load took {took:.1f} s")
        check(not list(server.data.glob("**/*.wal")), "a clean stop leaves no WAL file")
        there, _ = verify(server.data, load, "after the clean stop")

        # Twice more, without load: the days that are over are sealed, then their months are sorted; nothing changes by it.
        for when in ("after sealing", "after sorting"):
            server.start()
            kills.stop()
            still, sealed = verify(server.data, load, when)
            check(still == there, f"{when}: not what was there before")
        hits = ", ".join(f"{what} {n}" for what, n in sorted(kills.count.items()))
        print(
            f"kills: {hits}; {load.sent} sent, {len(load.acknowledged)} acknowledged, {there} there, refused "
            f"{load.refused or 'none'}; {sealed} site-days sealed; stopped in {took:.1f} s"
        )
        check(load.acknowledged, "nothing was acknowledged at all")
        check(not kills.missing(), f"fewer than {WANTED} kills fell inside: {kills.missing()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="stop killing after this long, if every kind was hit")
    parser.add_argument("--rounds", type=int, default=1000, help="kill at most this often under load")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-crash-"))
    server = ShiftedServer(build_preload(scratch))
    try:
        Run(server, random.Random(arguments.seed), arguments.seconds, arguments.rounds)()
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
