#!/usr/bin/env python3
"""A clock that leaps while the real program runs, and one that is wrong when it starts.

    tests/crash/clock_test.py [--seconds 0] [--seed N]

A preloaded library moves the program's clocks (clock_shift.c): the wall clock alone, as somebody who sets it does, or all
of them, as a machine that sleeps does. Every acknowledged hit must be counted, nothing may be put aside, no day may be
sealed by a time that is not believed, and nobody may be counted twice. With --seconds random leaps follow for so long.
"""
import argparse
import contextlib
import pathlib
import random
import re
import struct
import tempfile
import threading
import time
import traceback

from crash_test import build_preload, check
from server import CHROME, START_SECONDS, Server, query_files

HOUR = 3_600
DAY = 24 * HOUR
BELIEVED_AFTER = 600  # seconds that a leap must last
TIMER = 75  # seconds in which the timer that seals has surely come round
LOOK = 45  # and the log has looked what it may let go of
DAY_MS = 86_400_000


class Machine(Server):
    """The program on a machine whose clocks the test moves while it runs. It starts at noon, UTC."""

    def __init__(self, preload, **options):
        super().__init__(start=False, **options)
        self.preload = preload
        self.moves = pathlib.Path(tempfile.mkstemp(prefix="hitkeep-clock-")[1])
        self.wrong = self.slept = 0
        self.noon = 12 * HOUR - int(time.time()) % DAY
        self.slept = self.noon
        self.moved()
        self.acknowledged = 0

    def __exit__(self, *_):
        super().__exit__()
        self.moves.unlink(missing_ok=True)

    def environment(self):
        return super().environment() | {"LD_PRELOAD": str(self.preload), "CLOCK_SHIFT_FILE": str(self.moves)}

    def moved(self):
        with open(self.moves, "r+b") as file:
            file.write(struct.pack("<qq", int(self.wrong), int(self.slept)))

    def leap(self, seconds):
        """Somebody sets the clock."""
        self.wrong += seconds
        self.moved()

    def set_to(self, unix):
        self.leap(unix - (time.time() + self.wrong + self.slept))

    def set_right(self):
        self.wrong = 0
        self.moved()

    def sleep(self, seconds):
        """The machine sleeps: time passes for all clocks but the program's own."""
        self.slept += seconds
        self.moved()

    def see(self, site, *people, expect=202):
        """A view of each of these people."""
        for person in people:
            answer = self.hit(site, f"/{person}", user_agent=f"{CHROME} Edg/{person}.0")
            check(answer.status == expect, f"{answer} instead of {expect}")
            self.acknowledged += answer.status == 202
        return answer

    def end(self, **expected):
        """Stops and compares: page views, visits, bounces, visitors, days with hits."""
        code, _ = self.stop()
        check(code == 0, self.output())
        aside = list((self.data / "dead-letter").glob("*.record"))
        check(not aside, f"put aside: {aside}")
        (found,) = query_files(
            self.data,
            """SELECT (SELECT count(*) FROM hot_hits) + (SELECT count(*) FROM sealed_hits),
                      (SELECT count(*) FROM hot_visits) + (SELECT count(*) FROM sealed_visits),
                      (SELECT count(*) FROM hot_visit_rows WHERE pageviews = 1 AND events = 0)
                        + (SELECT count(*) FROM sealed_visits WHERE pageviews = 1 AND events = 0),
                      (SELECT count(DISTINCT (site, vd)) FROM hot_visitors) + (SELECT count(DISTINCT (site, vd)) FROM sealed_visits),
                      (SELECT count(DISTINCT day) FROM (SELECT day FROM hot_visits UNION ALL SELECT day FROM sealed_visits))""",
        )
        found = dict(zip(("views", "visits", "bounces", "visitors", "days"), found, strict=True))
        check(found["views"] == self.acknowledged, f"{found['views']} views of {self.acknowledged} acknowledged")
        for name, value in expected.items():
            check(found[name] == value, f"{name}: {found[name]} instead of {value}; {found}\n{self.output()}")

    def sealed(self):
        return any("order done order=seal" in line for line in self.lines)

    def wait_told(self, records):
        """Until so many have come to the log since the start: hits, orders, and a minute later what was counted of them."""
        deadline = time.monotonic() + TIMER
        while (told := self.metric("hitkeep_log_appended_records_total")) < records:
            check(time.monotonic() < deadline, f"{told} of {records} records")
            time.sleep(0.5)

    def wait_sealed(self):
        check(self.wait_line("order done order=seal", TIMER), "no day was sealed:\n" + self.output())


def a_leap_of_two_days_for_a_minute(preload):
    """Seals nothing, destroys no salt, and counts under the time that goes on."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        machine.see(site, 1, 2, 3, 4)
        machine.leap(2 * DAY)
        machine.see(site, 1, 2, 3, 4)
        time.sleep(TIMER)
        machine.see(site, 1, 2, 3, 4)
        machine.set_right()
        machine.see(site, 1, 2, 3, 4)
        check(not machine.sealed(), machine.output())
        machine.end(visitors=4, visits=4, bounces=0, days=1)


def a_leap_that_stays(preload):
    """Is believed after ten minutes: then the day is over."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        machine.see(site, 1, 2)
        machine.leap(2 * DAY)
        machine.see(site, 1, 2)
        machine.sleep(BELIEVED_AFTER + 1)
        machine.see(site, 1, 2)
        machine.see(site, 1, 2)
        machine.wait_sealed()
        machine.end(visitors=4, visits=4, bounces=0, days=2)


def a_clock_that_is_set_back(preload):
    """Tears no visit, in the ten minutes and after them."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        people = range(1, 9)
        machine.see(site, *people)
        for _ in range(3):
            machine.leap(-2 * HOUR)
            machine.see(site, *people)
            machine.sleep(BELIEVED_AFTER + 1)
            for _ in range(7):
                machine.see(site, *people)
            machine.leap(3 * HOUR)
            machine.see(site, *people)
            machine.set_right()
            machine.see(site, *people)
            machine.sleep(BELIEVED_AFTER + 1)
        check(not machine.sealed(), machine.output())
        machine.end(visitors=8, visits=8, bounces=0, days=1)


def a_start_in_1970_or_2061(preload):
    """Refuses what could never be stored, and says why; takes hits as soon as the clock is right."""
    for wrong in (1_000, 2_871_763_200):
        with Machine(preload) as machine:
            machine.set_to(wrong)
            machine.start(wait=False)
            machine.wait_listening()
            ready = machine.request("GET", "/readyz")
            check(ready.status == 503 and b"clock" in ready.body, ready)
            machine.set_right()
            machine.wait_ready()
            site = machine.set_up()
            machine.see(site, 1)
            machine.set_to(wrong)
            machine.see(site, 1)  # a leap is not believed yet
            machine.sleep(BELIEVED_AFTER + 1)
            answer = machine.see(site, 1, expect=503)
            check(answer.headers["Retry-After"] == "60" and b"clock is wrong" in answer.body, answer)
            machine.set_right()
            machine.see(site, 1)
            machine.end(visitors=1, visits=1, bounces=0, days=1)


def a_start_behind_the_log(preload):
    """Says so, until the clock is set or somebody says that it is right."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        machine.see(site, 1)
        machine.stop()
        machine.leap(-3 * HOUR)
        machine.start(wait=False)
        machine.wait_listening()
        ready = machine.request("GET", "/readyz")
        check(ready.status == 503 and b"HITKEEP_TRUST_CLOCK" in ready.body, ready)
        machine.see(site, 1, expect=503)
        machine.set_right()
        machine.see(site, 1)
        machine.stop()
        machine.leap(-3 * HOUR)
        machine.options["TRUST_CLOCK"] = "true"
        machine.start()
        machine.see(site, 1)
        machine.end(visitors=1, days=1)


def a_machine_that_sleeps(preload):
    """Is at the right time at once: yesterday is over."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        machine.see(site, 1, 2)
        machine.sleep(2 * DAY)
        machine.see(site, 1, 2)
        machine.wait_sealed()
        check("leapt" not in machine.output(), machine.output())
        machine.end(visitors=4, visits=4, days=2)


def a_start_after_days(preload):
    """Counts, and seals the day before when the clock has stayed as it is for ten minutes."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        machine.see(site, 1)
        machine.stop()
        machine.leap(3 * DAY)
        machine.start()
        machine.see(site, 1)
        time.sleep(TIMER)
        check(not machine.sealed(), machine.output())
        machine.sleep(BELIEVED_AFTER)
        machine.wait_sealed()
        machine.end(visitors=2, visits=2, days=2)


SLOT = 128 * 1024


def salts_in(data):
    """The living salts, by day: those of the newer of the file's two slots."""
    bytes_ = (data / "salts").read_bytes()
    slots = [bytes_[:SLOT], bytes_[SLOT:]]
    check(all(slot.startswith(b"HKSALTS2") for slot in slots), "another version of the salts file")
    newest = max(slots, key=lambda slot: struct.unpack_from("<Q", slot, 8))
    (count,) = struct.unpack_from("<I", newest, 24)
    entries = [struct.unpack_from("<QiB16s", newest, 28 + 29 * i) for i in range(count)]
    return {day: salt for _, day, _, salt in entries}


def hashes_in(data):
    """The hash of each visitor of a day that is hot, as it stands in the map of visitors (src/store/visitor_map.h)."""
    entries = b"".join(file.read_bytes() for file in sorted(data.glob("*.visitors/*")))
    return [entries[at : at + 8] for at in range(0, len(entries), 32) if any(entries[at : at + 32])]


def where(data, hashes):
    """The files that hold one of them, whichever way its bytes are turned; those of the log as "log"."""
    found = set()
    for file in data.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            bytes_ = file.read_bytes() if file.is_file() else b""
            if any(hash_ in bytes_ or hash_[::-1] in bytes_ for hash_ in hashes):
                found.add("log" if file.parent.name == "log" else str(file.relative_to(data)))
    return found


def await_places(machine, hashes, places):
    deadline = time.monotonic() + TIMER + LOOK
    while (found := where(machine.data, hashes)) != places:
        check(time.monotonic() < deadline, f"hashes are in {found} instead of {places}\n{machine.output()}")
        time.sleep(0.5)


def a_day_that_is_over(preload):
    """Leaves the hashes of its visitors in the log alone once it is sealed, and nowhere when the log lets go of it."""
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        machine.see(site, 1, 2, 3)
        machine.stop()
        hashes = hashes_in(machine.data)
        check(len(set(hashes)) == 3, f"{len(hashes)} hashes")
        (map_,) = (str(file.relative_to(machine.data)) for file in machine.data.glob("*.visitors/*"))
        await_places(machine, hashes, {"log", map_})
        machine.start()
        machine.see(site, 1, 2, 3)
        machine.kill()
        await_places(machine, hashes, {"log", map_})  # and not in the write-ahead log
        raw = ["dead-letter/1-4711.record", "hitkeep.db.wal.aside-1"]
        for name in raw:
            (machine.data / name).parent.mkdir(exist_ok=True)
            (machine.data / name).write_bytes(b"".join(hashes))
        machine.start()
        machine.see(site, 1, 2, 3)
        machine.sleep(13 * HOUR)
        machine.wait_sealed()
        machine.wait_told(3 + 1 + 1)
        await_places(machine, hashes, {"log", *raw})
        machine.sleep(49 * HOUR)
        await_places(machine, hashes, set())  # though nobody came
        machine.end(visitors=3, visits=3, days=1)


def a_visit_over_midnight(preload):
    """Is one visit with one hash; what comes later that day has another, and nothing on the disk joins the two."""
    with tempfile.TemporaryDirectory(prefix="hitkeep-run-") as runtime, Machine(preload) as machine:
        machine.options["VISITOR_SECRET_FILE"] = f"{runtime}/half"
        machine.start()
        site = machine.set_up()
        machine.sleep(11 * HOUR + 50 * 60)
        machine.see(site, 1, 2)
        today = min(salts_in(machine.data))
        salt = salts_in(machine.data)[today]
        machine.sleep(15 * 60)
        machine.see(site, 1)
        machine.sleep(31 * 60)
        machine.see(site, 1)
        machine.wait_sealed()
        deadline = time.monotonic() + TIMER
        while today in salts_in(machine.data):
            check(time.monotonic() < deadline, "yesterday's salt lives on")
            time.sleep(0.2)
        machine.stop()
        old, new = hashes_in(machine.data)
        for file in machine.data.rglob("*"):
            bytes_ = file.read_bytes() if file.is_file() else b""
            check(salt not in bytes_, f"a dead salt is in {file}")
            if file.parent.name != "log":
                continue
            places = [[m.start() for m in re.finditer(re.escape(hash_), bytes_)] for hash_ in (old, new)]
            near = [(a, b) for a in places[0] for b in places[1] if abs(a - b) < 40]
            check(not near, f"two days of one visitor in one record of {file}: {near}")
        machine.start()
        machine.end(views=4, visits=3, bounces=2, days=2)


def random_leaps(preload, seconds, seed):
    """Whatever happens, what was acknowledged is counted once."""
    random_ = random.Random(seed)
    deadline = time.monotonic() + seconds
    with Machine(preload) as machine:
        machine.start()
        site = machine.set_up()
        while time.monotonic() < deadline:
            match random_.randrange(6):
                case 0:
                    machine.leap(random_.uniform(-2 * HOUR, 3 * HOUR))
                case 1:
                    machine.leap(random_.choice((-2, -1, 1, 2)) * DAY)
                case 2:
                    machine.set_to(random_.choice((0, 10_000, 946_684_800, 2_871_763_200)))
                case 3:
                    machine.set_right()
                case 4:
                    machine.sleep(random_.uniform(0, 2 * BELIEVED_AFTER))
                case 5:
                    machine.stop()
                    machine.start(wait=False)
                    machine.wait_listening()
            for _ in range(random_.randrange(1, 30)):
                answer = machine.hit(site, "/", user_agent=f"{CHROME} Edg/{random_.randrange(9)}.0")
                check(answer.status in (202, 503), answer)
                machine.acknowledged += answer.status == 202
        machine.end()


SCENES = (
    a_leap_of_two_days_for_a_minute,
    a_leap_that_stays,
    a_clock_that_is_set_back,
    a_start_in_1970_or_2061,
    a_start_behind_the_log,
    a_machine_that_sleeps,
    a_start_after_days,
    a_day_that_is_over,
    a_visit_over_midnight,
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0, help="of random leaps")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", help="the scene with this name")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    failed = []

    def play(scene, *arguments):
        try:
            scene(*arguments)
        except BaseException:
            failed.append(f"{scene.__name__} (seed {seed}):\n{traceback.format_exc()}")

    with tempfile.TemporaryDirectory(prefix="hitkeep-clock-") as directory:
        preload = build_preload(directory)
        # They mostly wait for a timer: all at once.
        scenes = [scene for scene in SCENES if options.only in (None, scene.__name__)]
        threads = [threading.Thread(target=play, args=(scene, preload)) for scene in scenes]
        if options.seconds:
            threads.append(threading.Thread(target=play, args=(random_leaps, preload, options.seconds, seed)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed, "\n".join(failed)
    print(f"{len(threads)} scenes with a wrong clock, started within {START_SECONDS} s each (seed {seed})")


if __name__ == "__main__":
    main()
