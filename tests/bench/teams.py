"""Many teams, each with a file of its own."""
import subprocess

from bench import RELEASE, directory, row

TEAMS = 300


def part(_):
    with directory() as home:
        ran = subprocess.run([RELEASE / "lanes_bench", str(TEAMS), home, "1000000"], check=True, capture_output=True, text=True)
    took = {name: float(value) for name, value in (line.split() for line in ran.stdout.splitlines())}
    cpu = lambda what: f"{took[what + '_cpu_seconds']:.2f} s"  # noqa: E731
    row(f"{TEAMS} teams: start, s", took["start_seconds"], "≤ 2", cpu("start"))
    row("… more memory after it, MB", took["start_rss_mb"], "≤ 250", "", "", f"{took['busy_rss_mb']:.0f} when all were busy")
    row("… 64 fresh ones show a hit, s", took["busy_64_seconds"], "≤ 2", cpu("busy_64"))
    row("… all show one, s", took["busy_all_seconds"], "≤ 6", cpu("busy_all"))
    row("a day of 1,000,000 views is sealed, s", took["seal_seconds"], "≤ 6", cpu("seal"))
    row("… its team shows a new hit, s", took["seal_own_wait_seconds"], "≤ 5")
    row("… another team does, s", took["seal_other_wait_seconds"], "≤ 1")
