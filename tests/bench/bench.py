"""What the parts of the bench share: the table of rows, the program under load, the machine beside it."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build/release"
os.environ["HITKEEP_BIN"] = str(RELEASE / "hitkeep")
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/crash")]
import server as harness  # noqa: E402
from crash_test import build_preload  # noqa: E402

BIN = harness.BIN
DEMO = {"email": "demo@hitkeep.example", "password": "demo-demo-demo"}
LARGEST = "birdwatch.example"  # of the demo's sites
OWNER_SITE = "bench.example"
DAY = 86_400
ROWS = []


# --- the table ---------------------------------------------------------------------------------


def number(value):
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def missed(value, goal):
    """Whether a number is beyond a goal like "≤ 100"; texts and rows without a goal never are."""
    match = re.match(r"([≤≥]) ([\d.,]+)", goal)
    if not match or isinstance(value, str):
        return False
    limit = float(match[2].replace(",", ""))
    return value > limit if match[1] == "≤" else value < limit


def row(what, value, goal="", cpu="", disk="", how=""):
    """A figure: its goal in the same unit, processor time and the disk's own latency beside it, how it was measured."""
    ROWS.append({"what": what, "value": value, "goal": goal, "cpu": cpu, "disk": disk, "how": how, "missed": missed(value, goal)})
    print("  " + line_of(ROWS[-1]), flush=True)


def line_of(r):
    beside = [r["goal"] and f"goal {r['goal']}" + (" MISSED" if r["missed"] else ""), r["cpu"], r["disk"], r["how"]]
    return f"{r['what']}: {number(r['value'])}  " + "; ".join(filter(None, beside))


def show():
    cells = [(r["what"], number(r["value"]), r["goal"], "MISSED" if r["missed"] else "", r["cpu"], r["disk"], r["how"]) for r in ROWS]
    widths = [max((len(cell[i]) for cell in cells), default=0) for i in range(5)]
    for cell in cells:
        beside = "; ".join(filter(None, cell[5:]))
        print("  ".join([f"{cell[0]:<{widths[0]}}", f"{cell[1]:>{widths[1]}}", *(f"{cell[i]:<{widths[i]}}" for i in (2, 3, 4)), beside]).rstrip())


def write(page):
    """Puts the table between the marks of a page of docs/."""
    start, end = "<!-- figures -->\n", "<!-- /figures -->"
    before, _, after = page.read_text().partition(start)
    lines = ["| what | value | goal | CPU | how |", "|---|---|---|---|---|"]
    for r in ROWS:
        how = "; ".join(filter(None, (r["how"], r["disk"])))
        lines.append(f"| {r['what']} | {number(r['value'])}{' **missed**' if r['missed'] else ''} | {r['goal']} | {r['cpu']} | {how} |")
    page.write_text(before + start + "\n".join(lines) + "\n" + end + after.partition(end)[2])


def ms(seconds):
    return f"{number(seconds * 1000)} ms"


# --- the machine -------------------------------------------------------------------------------


def cpu_seconds(pid, thread=None):
    """Of a process, or of its threads of this name."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if thread is None or (task / "comm").read_text().strip() == thread:
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def memory_mb(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0


def quantile(values, q):
    return sorted(values)[round(q * (len(values) - 1))]


class Disk:
    """The disk's own fdatasync of 2 kB in a file that does not grow, as the log writes: before and after what is measured."""

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "fdatasync.probe"
        self.times = []

    def __enter__(self):
        self.probe()
        return self

    def __exit__(self, *_):
        self.probe()

    def probe(self, seconds=0.5):
        size, step = 4 << 20, 2048
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT)
        try:
            os.pwrite(descriptor, bytes(size), 0)
            os.fsync(descriptor)
            at, end = 0, time.perf_counter() + seconds
            while (began := time.perf_counter()) < end:
                os.pwrite(descriptor, b"x" * step, at)
                os.fdatasync(descriptor)
                self.times.append(time.perf_counter() - began)
                at = (at + step) % size
        finally:
            os.close(descriptor)
            self.path.unlink()

    def __str__(self):
        return f"fdatasync p50 {ms(quantile(self.times, 0.5))}, p99 {ms(quantile(self.times, 0.99))}"


class Pressure:
    """Share of the time in which somebody waited for a processor or the disk."""

    def __enter__(self):
        self.before, self.began = self.totals(), time.monotonic()
        return self

    def __exit__(self, *_):
        took = (time.monotonic() - self.began) * 1e6
        self.share = {what: (now - self.before[what]) / took for what, now in self.totals().items()}

    @staticmethod
    def totals():
        read = {what: pathlib.Path(f"/proc/pressure/{what}").read_text() for what in ("cpu", "io")}
        return {what: int(re.search(r"some .*total=(\d+)", text)[1]) for what, text in read.items()}

    def __str__(self):
        return ", ".join(f"{what} waited for {share:.0%}" for what, share in self.share.items())


# --- the program -------------------------------------------------------------------------------


class Program(harness.Server):
    """A build of it, on a clock that the bench may set."""

    def __init__(self, data=None, binary=BIN, start=True, **options):
        self.binary = binary
        self.shift = 0  # seconds
        super().__init__(data, start, TRUSTED_PROXIES="127.0.0.1/32", **options)

    def environment(self):
        env = super().environment()
        if self.shift:
            env |= {"LD_PRELOAD": str(clock_library()), "CLOCK_SHIFT_SECONDS": str(self.shift)}
        return env

    def start(self, wait=True):
        self.command[0] = self.binary
        return super().start(wait)

    @property
    def pid(self):
        return self.process.pid

    def settle(self):
        """Until everything that was taken is applied."""
        while self.metric("hitkeep_apply_lag_seconds") > 0:
            time.sleep(0.05)

    def log_in_demo(self):
        self.remember(self.request("POST", "/api/login", DEMO))
        return {site["domain"]: site for site in self.request("GET", "/api/sites").json}

    def ask(self, site, body, connection=None):
        answer = self.request("POST", f"/api/sites/{site['id']}/query", body, connection=connection)
        assert answer.status == 200, answer
        return answer.json["results"]

    def timed(self, site, body, runs):
        """Medians: milliseconds by the clock, and of the processor."""
        connection = self.connect()
        times, cpu = [], cpu_seconds(self.pid)
        for _ in range(runs):
            began = time.perf_counter()
            self.ask(site, body, connection)
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times), (cpu_seconds(self.pid) - cpu) * 1000 / runs


_libraries = tempfile.TemporaryDirectory(prefix="hitkeep-bench-clock-")


def clock_library():
    built = pathlib.Path(_libraries.name) / "clock_shift.so"
    return built if built.exists() else build_preload(_libraries.name)


@contextlib.contextmanager
def directory():
    path = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def make_demo(data, hits, sites, variety, binary=BIN):
    """Seconds that it took."""
    began = time.monotonic()
    command = [binary, "demo", "-data-path", data, "-hits", str(hits), "-sites", str(sites)]
    subprocess.run(command + (["-variety", variety] if variety else []), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def load(port, domain, seconds, rate=0, total=0, connections=64, tls=False):
    command = [RELEASE / "load", *(["--tls"] if tls else []), str(port), domain, str(connections), str(seconds), str(rate)]
    if total:
        command.append(str(total))
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def accepted(result):
    """Nothing but 202."""
    assert set(result["statuses"]) == {"202"}, result
    return result


class Times:
    """What the program's own histograms say of a stretch of time: upper bounds of quantiles."""

    NAMES = {
        "answered": 'hitkeep_http_request_seconds_bucket{run="inline",le="',
        "durable": 'hitkeep_log_wait_seconds_bucket{le="',
        "written": 'hitkeep_log_write_seconds_bucket{le="',
        "synced": 'hitkeep_log_fsync_seconds_bucket{le="',
    }

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.before = self.read()
        return self

    def __exit__(self, *_):
        self.after = self.read()

    def read(self):
        found = {name: {} for name in self.NAMES}
        for line in self.server.request("GET", "/metrics").body.decode().splitlines():
            for name, start in self.NAMES.items():
                if line.startswith(start):
                    bound, count = line[len(start):].split('"} ')
                    found[name][float(bound)] = float(count)
        return found

    def p99(self, name):
        counts = {bound: count - self.before[name][bound] for bound, count in self.after[name].items()}
        most = max(counts.values(), default=0)
        return next((bound for bound, count in counts.items() if count >= 0.99 * most), 0)

    def __str__(self):
        return "p99 at most: " + ", ".join(f"{name} {self.p99(name) * 1000:g} ms" for name in self.NAMES if self.after[name])
