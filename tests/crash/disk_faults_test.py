#!/usr/bin/env python3
"""A disk that fails while the real program runs, under whichever of its files.

    tests/crash/disk_faults_test.py [--seconds 3]

A preloaded library (disk_faults.c) lets reads below the data directory fail now and then, or every sync of the log.
While reads fail, hits are accepted, answers may be refused, and nothing ends; afterwards every acknowledged hit is
counted once, without a restart. A log that cannot be synced accepts nothing more; the program says so, and ends where
somebody starts it again.
"""
import argparse
import errno
import pathlib
import struct
import tempfile
import time

from crash_test import build_preload, check
from server import BIN, Server

MOST = 900  # hits; an answer lists 1,000 pages
PATIENCE = 90  # seconds; a stopped file is tried again at least once a minute


class Machine(Server):
    def __init__(self, preload, command=(BIN,)):
        super().__init__(start=False)
        self.command = command
        self.preload = preload
        self.root = self.data
        self.faults = pathlib.Path(tempfile.mkstemp(prefix="hitkeep-faults-")[1])
        self.sent, self.acknowledged = 0, set()
        self.fails()

    def __exit__(self, *_):
        super().__exit__()
        self.faults.unlink(missing_ok=True)

    def environment(self):
        faults = {"DISK_FAULTS_FILE": str(self.faults), "DISK_FAULTS_ROOT": str(self.root)}
        return super().environment() | faults | {"LD_PRELOAD": str(self.preload)}

    def fails(self, one_read_in=0, with_errno=errno.EIO, syncs=False):
        with open(self.faults, "r+b") as file:
            file.write(struct.pack("<qqq", one_read_in, with_errno, syncs))

    def see(self, site):
        """A view of a page of its own; its answer."""
        number, self.sent = self.sent, self.sent + 1
        answer = self.hit(site, f"/n/{number}")
        if answer.status == 202:
            self.acknowledged.add(number)
        return answer

    def with_views(self, count):
        """Starts, and has applied so many; the site that they are of."""
        self.start()
        site = self.set_up()
        for _ in range(count):
            self.see(site)
        self.wait_applied(site, count)
        return site

    def ready(self):
        return self.request("GET", "/readyz")

    def wait_healed(self):
        deadline = time.monotonic() + PATIENCE
        while (ready := self.ready()).status != 200:
            check(time.monotonic() < deadline, f"{ready}\n{self.output()}")
            time.sleep(0.1)

    def end(self, site, code=0):
        """After a start without faults everything that was acknowledged is there once."""
        ended, _ = self.stop()
        check(ended == code, f"ended with {ended}\n{self.output()}")
        self.whole(site)

    def whole(self, site):
        check(not list(self.data.glob("dead-letter/*")), "put aside")
        self.fails()
        self.start()
        self.log_in()
        self.wait_applied(site, len(self.acknowledged), PATIENCE)
        self.counted_once(site)

    def counted_once(self, site):
        """What was written and never acknowledged may be there, too."""
        seen = self.numbered_views(site)
        missing, twice = self.acknowledged - seen.keys(), [n for n, count in seen.items() if count != 1]
        check(not missing and not twice and max(seen) < self.sent, f"missing {missing}, twice {twice}\n{self.output()}")


def reads_that_fail(preload, seconds):
    """Of every file, for some time."""
    for error, one_in in ((errno.EIO, 3), (errno.ENOMEM, 20)):
        with Machine(preload) as machine:
            site = machine.with_views(20)
            machine.fails(one_in, error)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if machine.sent < MOST:
                    check(machine.see(site).status in (202, 503), "a hit")
                    machine.request("POST", "/api/sites", {"domain": f"{machine.sent}.example", "zone": "UTC"})
                for path in (f"/api/sites/{site['id']}/stats", "/api/sites", "/api/notices"):
                    answer = machine.request("GET", path)
                    check(answer.status < 500 or machine.wait_line(answer.headers["X-Error-Id"]), answer)
            machine.fails()
            machine.wait_healed()
            machine.wait_applied(site, len(machine.acknowledged), PATIENCE)
            machine.counted_once(site)
            machine.end(site)


def a_start_that_cannot_read(preload):
    """Says that it is the disk: no backup helps, and no file is damaged."""
    with Machine(preload) as machine:
        site = machine.with_views(1)
        check(machine.stop()[0] == 0, machine.output())
        machine.fails(1)
        for name, words in (("control.db", "disk I/O error"), ("hitkeep.db", "Input/output error"), ("log", "Input/output error")):
            machine.root = machine.data / name
            check(not machine.start(wait=False).started(), f"{name}: {machine.output()}")
            (sentence,) = machine.sentences()
            check(name in sentence and words in sentence, sentence)
            check(not any(wrong in sentence for wrong in ("backup", "snapshot", "Move it away", "mend")), sentence)
        machine.whole(site)


def a_log_that_cannot_be_synced(preload):
    """Is not tried again: nobody knows what the disk has. What it answers from goes on."""
    with Machine(preload) as machine:
        site = machine.with_views(20)
        machine.fails(syncs=True)
        for _ in range(5):
            check(machine.see(site).status == 503, "a hit that cannot be kept is not acknowledged")
        check(machine.wait_line("the log cannot be written any more.*start HitKeep anew"), machine.output())
        machine.fails()  # too late
        check(machine.see(site).status == 503, "what the disk has is not known")
        ready = machine.ready()
        check(ready.status == 503 and b"start HitKeep anew" in ready.body, ready)
        check({n["kind"] for n in machine.request("GET", "/api/notices").json} >= {"log_refuses"}, "the owner is told")
        machine.counted_once(site)
        machine.end(site, code=1)


def a_log_that_cannot_be_synced_under_a_supervisor(preload):
    """Ends the program, which is started again."""
    with Machine(preload, ["sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$0"', BIN]) as machine:
        machine.start()
        site = machine.set_up()
        for _ in range(20):
            machine.see(site)
        machine.fails(syncs=True)
        check(machine.see(site).status == 503, "not acknowledged")
        check(machine.process.wait(PATIENCE) == 1, machine.output())
        check("so that HitKeep is started anew" in machine.output(), machine.output())
        machine.whole(site)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3, help="of failing reads")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="hitkeep-faults-") as directory:
        preload = build_preload(directory, "disk_faults.c")
        reads_that_fail(preload, seconds)
        a_start_that_cannot_read(preload)
        a_log_that_cannot_be_synced(preload)
        a_log_that_cannot_be_synced_under_a_supervisor(preload)
    print(f"reads failed for {seconds} seconds, and a log could not be synced: nothing acknowledged is missing")


if __name__ == "__main__":
    main()
