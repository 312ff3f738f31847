"""The cost of a page against days and hits, as a picture."""
import math

WIDTH, HEIGHT, LEFT, TOP, GAP = 320, 200, 56, 40, 90
INK, GRID, FIRST, AGAIN = "#57606a", "#d0d7de", "#0969da", "#1a7f37"


def ticks(low, high):
    return [10**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def short(value):
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"


def text(x, y, words, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}" {extra}>{words}</text>'


def chart(left, title, xs, points, most):
    """Points of (x, first ms, again ms), both axes logarithmic."""
    x_marks, y_marks = ticks(min(xs), max(xs)), ticks(1, most)
    across = lambda x: left + WIDTH * math.log10(x / x_marks[0]) / math.log10(x_marks[-1] / x_marks[0])  # noqa: E731
    up = lambda y: TOP + HEIGHT * (1 - math.log10(max(y, 1)) / math.log10(y_marks[-1]))  # noqa: E731
    out = [text(left + WIDTH / 2, TOP - 16, title, extra='font-weight="600"')]
    for y in y_marks:
        out.append(f'<path d="M{left} {up(y):.1f}h{WIDTH}" stroke="{GRID}"/>' + text(left - 8, up(y) + 4, short(y), "end"))
    for x in x_marks:
        out.append(f'<path d="M{across(x):.1f} {TOP}v{HEIGHT}" stroke="{GRID}"/>' + text(across(x), TOP + HEIGHT + 18, short(x)))
    for colour, which in ((FIRST, 1), (AGAIN, 2)):
        line = " ".join(f"{across(p[0]):.1f},{up(p[which]):.1f}" for p in sorted(points))
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{across(p[0]):.1f}" cy="{up(p[which]):.1f}" r="3" fill="{colour}"><title>{p[0]:,}: {p[which]:.1f} ms</title></circle>' for p in points]
    return "\n".join(out)


def svg(by_days, by_hits):
    most = max(p[1] for p in by_days + by_hits)
    second = LEFT + WIDTH + GAP
    legend = "".join(
        f'<circle cx="{x}" cy="{TOP + HEIGHT + 46}" r="4" fill="{colour}"/>' + text(x + 10, TOP + HEIGHT + 50, words, "start")
        for x, colour, words in ((LEFT, FIRST, "asked for the first time"), (LEFT + 200, AGAIN, "asked again"))
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {second + WIDTH + 24} {TOP + HEIGHT + 64}" font-family="system-ui, sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        chart(LEFT, "CPU ms of a page of the largest site, by days", [p[0] for p in by_days], by_days, most),
        chart(second, "CPU ms of a year's page, by the site's views", [p[0] for p in by_hits], by_hits, most),
        legend,
        "</svg>",
        "",
    ])
