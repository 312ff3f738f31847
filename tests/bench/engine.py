"""What the engine alone prints: walks along visits, breakdowns of events, and filters."""
import re
import subprocess

from bench import RELEASE, directory, row

# Of query_bench, over a year: what is asked -> (figure, goal in ms).
WANTED = {
    "funnel of 4 steps": ("funnel of 4 steps over 1 M visits and 3.5 M hits, ms", "≤ 100"),
    "journeys": ("journeys over 1 M visits and 3.5 M hits, ms", "≤ 220"),
    "event breakdown, visitors": ("breakdown of 1 M events by a property, with visitors, ms", "≤ 40"),
    "event breakdown": ("… with events alone, ms", "≤ 20"),
}
TIMES = r"{} +(.+?) +([\d.]+) ms +([\d.]+) ms +[\d.]+ ms +([\d.]+) ms"
FILTER = r"(\w+) +(\w+) +[\d.]+ ms +([\d.]+)"


def asked(home, runs, what, hot="0"):
    """Lines about a site with 3.5 M hits, on one connection with one thread."""
    command = [RELEASE / "query_bench", home / hot, "3.5", "1", hot, runs, what]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def times(lines, case):
    """Of each question: ms of the first time, of another by the clock and of the processor."""
    matches = (re.match(TIMES.format(case), line) for line in lines)
    return {match[1]: tuple(float(value) for value in match.groups()[1:]) for match in matches if match}


def part(_):
    with directory() as home:
        found = times(asked(home, "5", "pages"), "365 days, sealed")
        for name, (figure, goal) in WANTED.items():
            first, median, cpu = found[name]
            row(figure, first, goal, f"{first:.0f} ms", "", f"CPU of the first time, on one thread; asked again {median:.1f} ms, {cpu:.1f} of CPU, median of 5")
        _, median, cpu = times(asked(home, "9", "today", hot="1"), "today, hot")["first page"]
        row("today's page over 1 M hot hits, on one thread, ms", median, "≤ 100", f"{cpu:.0f} ms", "", "hits of a whole day, one visit in seventy goes on")
        ratios = [(float(match[3]), f"{match[1]} {match[2]}") for line in asked(home, "3", "filters") if (match := re.match(FILTER, line))]
        (most, dearest), *others = sorted(ratios, reverse=True)
        row("the dearest single filter, × the page without", most, "≤ 3", "", "",
            f"{dearest}, then {', '.join(f'{name} {ratio:.2f}' for ratio, name in others[:4])}; CPU of a year's page, first time, best of 3")
