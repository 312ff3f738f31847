"""Questions about a year of high variety: cold and warm, today's fresh rows, and what size costs."""
import os
import statistics
import threading
import time

import picture
from bench import DAY, LARGEST, ROOT, Disk, Pressure, Times, accepted, cpu_seconds, load, row

METRICS = ["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration"]
PANELS = ["source", "channel", "page", "entry_page", "country", "browser"]
PICTURE = ROOT / "docs/performance.svg"
STARTS = 3
VISITS_END = 40 * 60  # seconds after which those of hits are over
WARM = 15


def page(days):
    """Figures, chart and six lists with their comparison: what a page of the dashboard shows at once."""
    bucket = {"today": "time_hour", "1d": "time_hour", "12mo": "time_month"}.get(days, "time_day")
    lists = {name: {"metrics": ["visitors"], "dimensions": [name], "limit": 8} for name in PANELS}
    return {
        "range": days,
        "compare": "previous",
        "queries": {"totals": {"metrics": METRICS}, "series": {"metrics": METRICS, "dimensions": [bucket]}, **lists},
    }


def forget(server):
    """What the machine keeps of the file in memory."""
    os.sync()
    for path in server.data.glob("hitkeep.db*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def start(server):
    """Milliseconds until it is ready, by the clock and of the processor."""
    began = time.monotonic()
    server.start()
    return (time.monotonic() - began) * 1000, cpu_seconds(server.pid) * 1000


def fresh(server, ask):
    """What `ask` gives on a server that has just started on a file that is not in memory."""
    forget(server)
    taken = start(server)
    sites = server.log_in_demo()
    result = ask(sites)
    server.stop(60)
    return taken, result


def pages(server, hits):
    """Ready after a clean stop, and the pages of 30 days and a year of the largest site."""
    starts, cold = [], {"30d": [], "12mo": []}
    for days in list(cold) * STARTS:
        taken, asked = fresh(server, lambda sites, days=days: server.timed(sites[LARGEST], page(days), 1))
        starts.append(taken)
        cold[days].append(asked)
    wall, cpu = (statistics.median(values) for values in zip(*starts))
    row("ready after a clean stop, ms", wall, "≤ 400", f"{cpu:.0f} ms", "", f"{hits:,} hits in the file, not in memory; median of {len(starts)}")
    start(server)
    sites = server.log_in_demo()
    views = server.ask(sites[LARGEST], {"range": "12mo", "queries": {"k": {"metrics": ["pageviews"]}}})["k"]["rows"][0]["metrics"][0]
    for days, name, goal in (("12mo", "a year", "≤ 120"), ("30d", "30 days", "≤ 50")):
        wall, cpu = (statistics.median(values) for values in zip(*cold[days]))
        how = f"figures, chart, six lists, each compared; the largest site has {views:,.0f} views in a year"
        row(f"{name}, cold, ms", wall, "", f"{cpu:.0f} ms", "", f"first question after a start, file not in memory; {how}")
        wall, cpu = server.timed(sites[LARGEST], page(days), WARM + 1)
        row(f"{name}, warm, ms", wall, goal, f"{cpu:.0f} ms", "", "asked again")


def ranked(rank):
    """The domain of the demo's site that is the rank-th largest."""
    named = [LARGEST, "teahouse.example", "docs.example"]
    return named[rank - 1] if rank <= len(named) else f"site{rank}.example"


def cost(server):
    """Points of the picture: (days, CPU ms) of the largest site, (views, CPU ms) of sites in a year; first time asked, and again."""
    by_days, by_hits = [], []
    for days in (1, 7, 30, 90, 180, 365):
        start(server)
        sites = server.log_in_demo()
        name = f"{days}d"
        by_days.append((days, *(server.timed(sites[LARGEST], page(name), runs)[1] for runs in (1, WARM))))
        server.stop(60)
    start(server)
    sites = server.log_in_demo()
    for rank in (1, 2, 3, 5, 10, 30, 100, 300, 1000):
        if rank > len(sites):
            continue
        site = sites[ranked(rank)]
        views = server.ask(site, {"range": "365d", "queries": {"k": {"metrics": ["pageviews"]}}})["k"]["rows"][0]["metrics"][0]
        by_hits.append((views, *(server.timed(site, page("365d"), runs)[1] for runs in (1, WARM))))
    server.stop(60)
    return by_days, by_hits


class Freshness:
    """Seconds from a 202 to an answer that counts the hit, again and again while other hits come."""

    def __init__(self, server, site):
        self.server, self.site, self.seconds, self.ended = server, site, [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        connection, hits = self.server.connect(), self.server.connect()
        query = {"range": "today", "queries": {"k": {"metrics": ["pageviews"]}}}
        seen = lambda: self.server.ask(self.site, query, connection)["k"]["rows"][0]["metrics"][0]  # noqa: E731
        before = seen()
        while not self.ended.is_set():
            assert self.server.hit(self.site, "/fresh", connection=hits).status == 202
            began = time.monotonic()
            while seen() <= before:
                time.sleep(0.02)
            self.seconds.append(time.monotonic() - began)
            before += 1
            self.ended.wait(0.2)


HOW_TODAY = "figures, chart, six lists, each compared with yesterday"


def fresh_hits(server, sites, hits):
    """So many hits as they come: how fresh they are, and today's page while none of their visits is over."""
    accepted(load(server.port, LARGEST, 600, total=hits))
    server.settle()
    with Freshness(server, sites[ranked(len(sites))]) as freshness:
        accepted(load(server.port, LARGEST, 6, rate=5000))
    row("freshness at 5,000 a second, s", max(freshness.seconds), "≤ 2", "", "",
        f"the worst of {len(freshness.seconds)}, median {statistics.median(freshness.seconds):.2f}: from a 202 to an answer that counts the hit, in another site")
    server.settle()
    wall, cpu = server.timed(sites[LARGEST], page("today"), 3)
    row(f"today, {hits:,} hits within a minute, ms", wall, "", f"{cpu:.0f} ms", "", f"{HOW_TODAY}; none of their visits is over")


def today(server, hits):
    """The page once most of these visits are over."""
    server.stop(60)
    server.shift = VISITS_END
    start(server)
    sites = server.log_in_demo()
    accepted(load(server.port, LARGEST, 600, total=hits // 50))
    server.settle()
    seen = server.ask(sites[LARGEST], {"range": "today", "queries": {"k": {"metrics": ["pageviews"]}}})["k"]["rows"][0]["metrics"][0]
    if seen < 0.9 * hits:
        print("  the site's day ended meanwhile: today is not measured")
        return
    wall, cpu = server.timed(sites[LARGEST], page("today"), WARM)
    row(f"today, {hits:,} hits, ms", wall, "≤ 100", f"{cpu:.0f} ms", "", f"{HOW_TODAY}; the visits of one hit in fifty go on")


def killed(server, hits):
    taken = []
    for _ in range(STARTS):
        server.kill()
        taken.append(start(server))
    wall, cpu = (statistics.median(values) for values in zip(*taken))
    row("ready after a kill, s", wall / 1000, "≤ 10", f"{cpu / 1000:.1f} s", "", f"median of {STARTS}; {hits:,} fresh hits")


def sealing(server, hits):
    """The day ends; its hits are sealed while new ones come."""
    server.stop(60)
    server.shift = DAY + 3600  # the hits of today may have come after the site's midnight
    start(server)
    sites = server.log_in_demo()
    runs = []
    with Disk(server.data) as disk, Pressure() as pressure, Times(server) as times, Freshness(server, sites[ranked(len(sites))]) as freshness:
        seals = True
        while seals:
            before = orders(server)
            run = accepted(load(server.port, LARGEST, 2, rate=5000))
            after = orders(server)
            seals = before != after or after[0] != after[1] or not after[1]
            if seals or not runs:
                runs.append(run)
    p99 = [run["p99_ms"] for run in runs]
    row("p99 of the 202 at 5,000 a second while a day is sealed, ms", statistics.median(p99), "≤ 20", "", str(disk),
        f"{hits:,} hits, median of {len(p99)} stretches of 2 s ({', '.join(f'{p:.1f}' for p in p99[:8])}); {times}; {pressure}")
    row("freshness meanwhile, s", max(freshness.seconds), "≤ 5", "", "", f"the worst of {len(freshness.seconds)}")
    server.stop(60)
    server.shift = 0


def orders(server):
    """How many seals were begun and done since the start."""
    return [sum(f"order {what} order=seal" in line for line in server.lines) for what in ("begun", "done")]


def part(options, server):
    pages(server, options.hits)
    server.stop(60)
    points = cost(server)
    for kind, what in zip(points, ("a year's page against one day's", "the largest site's page of a year against the smallest's")):
        line = sorted(kind)
        each = ", ".join(f"{x:,}: {first:.0f} and {again:.0f}" for x, first, again in line)
        row(f"{what}, × CPU", line[-1][1] / line[0][1], "", "", "", f"first time; ms first and again: {each}")
    if options.docs:
        PICTURE.write_text(picture.svg(*points))
    start(server)
    sites = server.log_in_demo()
    fresh_hits(server, sites, options.hot)
    killed(server, options.hot)
    today(server, options.hot)
    sealing(server, options.hot)
