#!/usr/bin/env python3
"""On a small machine: the program in a control group with so much memory makes a year of hits (with sealing and months sorted),
answers the overview, signs people in, takes hits and starts again. The kernel would kill what takes more.

    small_machine_check.py [--memory 256] [--hits 1000000] [--keep FOLDER]

Needs root, and control groups of version 1 or 2. Prints what it took. Part of make release-check.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from server import BIN, Server  # noqa: E402

GROUPS = pathlib.Path("/sys/fs/cgroup")
READY_SECONDS = 5
DEMO = {"email": "demo@hitkeep.example", "password": "demo-demo-demo"}


class Group:
    """A control group with a memory limit."""

    def __init__(self, megabytes):
        self.unified = (GROUPS / "cgroup.controllers").exists()
        self.folder = (GROUPS if self.unified else GROUPS / "memory") / f"hitkeep-small-{os.getpid()}"
        if self.unified:
            (GROUPS / "cgroup.subtree_control").write_text("+memory")
        self.folder.mkdir()
        (self.folder / ("memory.max" if self.unified else "memory.limit_in_bytes")).write_text(str(megabytes << 20))
        if self.unified and (self.folder / "memory.swap.max").exists():
            (self.folder / "memory.swap.max").write_text("0")

    def command(self, *words):
        return ["bash", "-c", f'echo $$ >{self.folder}/cgroup.procs && exec "$0" "$@"', *map(str, words)]

    def kills(self):
        events = (self.folder / ("memory.events" if self.unified else "memory.oom_control")).read_text().split()
        return int(events[events.index("oom_kill") + 1])

    def close(self):
        with contextlib.suppress(OSError):
            self.folder.rmdir()


def overview(server, site):
    began = time.monotonic()
    queries = {"figures": {"metrics": ["visitors", "visits", "pageviews"]}}
    for dimension in ("page", "source", "country", "browser", "os", "device"):
        queries[dimension] = {"metrics": ["visitors"], "dimensions": [dimension], "limit": 10}
    answer = server.request("POST", f"/api/sites/{site['id']}/query", {"range": "12mo", "queries": queries})
    assert answer.status == 200, answer
    return time.monotonic() - began


def sign_in(server, failures):
    answer = server.request("POST", "/api/login", DEMO, cookie=False)
    if answer.status not in (200, 503):  # a full queue says so
        failures.append(answer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, default=256, help="MB")
    parser.add_argument("--hits", type=int, default=1_000_000)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-small-"))
    group = Group(options.memory)
    try:
        data = folder / "data"
        began = time.monotonic()
        subprocess.run(group.command(BIN, "demo", "-data-path", data, "-hits", options.hits), check=True, capture_output=True, timeout=3600)
        print(f"{options.hits} hits made, sealed and sorted in {time.monotonic() - began:.0f} s", flush=True)
        with Server(data=data, start=False) as server:
            server.command = group.command(BIN)
            began = time.monotonic()
            server.start()
            ready = time.monotonic() - began
            server.remember(server.request("POST", "/api/login", DEMO))
            site = server.request("GET", "/api/sites").json[0]
            first, again = overview(server, site), overview(server, site)
            failures = []
            people = [threading.Thread(target=sign_in, args=(server, failures)) for _ in range(6)]
            for person in people:
                person.start()
            for number in range(2000):
                answer = server.hit(site, f"/n/{number}")
                assert answer.status == 202, answer
            for person in people:
                person.join()
            assert not failures, failures
            overview(server, site)
            resident = server.metric("hitkeep_resident_memory_bytes") / (1 << 20)
            assert server.metric("hitkeep_memory_limit_bytes") == options.memory << 20
            code, stopped = server.stop()
            assert code == 0, server.output()
            print(f"ready in {ready:.2f} s; overview of a year {first:.2f} s, then {again:.2f} s; {resident:.0f} MB resident; stopped in {stopped:.2f} s")
            assert ready < READY_SECONDS, ready
        assert group.kills() == 0, "the kernel killed something"
    finally:
        group.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
