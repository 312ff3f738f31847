"""The program against another build of it, in turns on one machine: what a change costs. A build that is more than a
tenth worse needs a reason."""
import contextlib
import pathlib
import shutil
import statistics

from bench import BIN, LARGEST, OWNER_SITE, Program, accepted, cpu_seconds, directory, load, make_demo, row
from questions import page

PAIRS = 5
MOST = 1_000_000  # of the demo
HITS = 100_000
WORSE = 1.1


def replay_cpu(data, binary):
    """Processor seconds for each record of the log that is applied to a file made anew."""
    for path in pathlib.Path(data).glob("hitkeep.db*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with Program(data, binary) as server:
        server.settle()
        cpu = cpu_seconds(server.pid)
        applied = server.metric("hitkeep_applied_records_total")
        server.stop()
    return cpu / applied


def in_turns(measure, builds):
    """The median of (ours / theirs) of pairs, and all of them."""
    ratios = []
    for turn in range(PAIRS):
        taken = {}
        for build in builds if turn % 2 else builds[::-1]:
            taken[build] = measure(build)
        ratios.append(taken[builds[0]] / taken[builds[1]])
    return statistics.median(ratios), f"median of {PAIRS} pairs, {min(ratios):.3f} to {max(ratios):.3f}"


def part(other, options):
    builds = (BIN, pathlib.Path(other).resolve())
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(directory())
        servers = {}
        for name, binary in zip(("this", "other"), builds):
            make_demo(home / name, min(options.hits, MOST), 100, None, binary)
            server = servers[binary] = stack.enter_context(Program(home / name, binary))
            server.sites = server.log_in_demo()

        def accept(build):
            server = servers[build]
            rate = accepted(load(server.port, LARGEST, 600, total=HITS))["per_second"]
            server.settle()
            return 1 / rate

        def ask(days):
            return lambda build: servers[build].timed(servers[build].sites[LARGEST], page(days), 15)[1]

        accept(builds[0]), accept(builds[1])  # warm
        for what, measure in (
            ("CPU of the page of 30 days", ask("30d")),
            ("CPU of the page of a year", ask("12mo")),
            ("time of a durable accept", accept),
            ("CPU of today's page", ask("today")),
        ):
            ratio, how = in_turns(measure, builds)
            row(f"{what}, against {other}", ratio, f"≤ {WORSE}", "", "", how)
        for server in servers.values():
            server.stop()

        logs = {}
        for name, binary in zip(("this", "other"), builds):
            logs[binary] = home / f"log-of-{name}"
            with Program(logs[binary], binary) as server:
                server.set_up(OWNER_SITE)
                accepted(load(server.port, OWNER_SITE, 600, total=2 * HITS))
                server.stop()
        ratio, how = in_turns(lambda build: replay_cpu(logs[build], build), builds)
        row(f"CPU of applying a hit, against {other}", ratio, f"≤ {WORSE}", "", "", how)
