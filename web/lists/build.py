#!/usr/bin/env python3
"""Turns public lists into C++ tables: user-agent patterns, bots, referrer sources and referrer spam.

Reads packages as their registries serve them (nothing of them is imported or run but the wheel's one list of
literals, which is parsed, not executed) and the lists in data/. Writes *.inc files, which src/ingest/enrich/ includes.
Fails when a package holds something that the tables cannot say, so that an update is never silently half of itself.
"""
import argparse
import ast
import csv
import json
import pathlib
import re
import tarfile
import urllib.parse
import zipfile

HERE = pathlib.Path(__file__).resolve().parent


def quoted(text):
    """A C++ string literal of one line."""
    out = []
    for byte in text.encode():
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        elif 0x20 <= byte < 0x7F:
            out.append(chr(byte))
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def table(name):
    """The rows of a list in data/, without its comments."""
    with (HERE / "data" / name).open() as file:
        return list(csv.reader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))


# --- user agents ---------------------------------------------------------------------------------------------------


def calls(source):
    """{class name: [arguments, …]} of every XParser(…) call in the wheel's regexes.py."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.setdefault(node.func.id, []).append([ast.literal_eval(argument) for argument in node.args])
    return found




def catches_anything(pattern):
    """Whether the first group can catch any text: then it is no name of a browser, but a piece of the user agent."""
    group = re.search(r"(?<!\\)\((?!\?)((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*)\)", pattern)
    return bool(group and re.search(r"\.[{*+]|\\[Sw][{*+]|\[[^\]]*(?:a-z|A-z|A-Z|\^)[^\]]*\][{*+]", group[1]))


def user_agents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        found = calls(archive.read("ua_parser_builtins/regexes.py").decode())
    lines = {"browser": [], "system": []}
    for kind, parser in (("browser", "UserAgentParser"), ("system", "OSParser")):
        for pattern, *rest in found[parser]:
            if re.search(r"\(\?[=!<]", pattern):
                raise SystemExit(f"a user-agent pattern looks around, which RE2 cannot do: {pattern}")
            family = rest[0] if rest and rest[0] is not None else "$1"
            major = rest[1] if len(rest) > 1 and rest[1] is not None else "$2"
            minor = rest[2] if len(rest) > 2 and rest[2] is not None else "$3"
            if "$1" in family and catches_anything(pattern):
                # What is left of these are the apps of Apple's network library; the others catch bots, which the
                # bot lists have caught before.
                if "CFNetwork" not in pattern:
                    continue
                family = "Other"
            lines[kind].append(f"{{{quoted(pattern)}, {quoted(family)}, {quoted(major)}, {quoted(minor)}}},")
    if len(lines["browser"]) < 300 or len(lines["system"]) < 100:
        raise SystemExit("the wheel holds fewer patterns than it ever did; has its format changed?")
    return lines


# --- bots ------------------------------------------------------------------------------------------------------------

# Listed as an AI's agent, but what most of their visits are for is another thing.
NO_AI = {"facebookexternalhit"}

# First tag that is in this order wins.
TAG_CLASS = {
    "ai-crawler": "ai_crawler",
    "search-engine": "search",
    "seo": "seo",
    "monitoring": "monitor",
    "scanner": "scanner",
    "advertising": "advertising",
    "social-preview": "preview",
    "feed-reader": "feed",
    "http-library": "library",
    "archiver": "archiver",
    "academic": "academic",
    "browser-automation": "automation",
}

# isbot looks around six times. RE2 cannot; what each exception spares is blanked out before, which comes to the same.
LOOKAROUND = {
    "(?:^|[^g])news(?!sapphire)": ("(?:^|[^g])news", ["newssapphire"]),
    "(?<! channel/|google/)google(?!(?:wv|app|/google| pixel))": (
        "google",
        [" channel/google", "google/google", "googlewv", "googleapp", "google pixel"],
    ),
    "(?<! cu)bots?(?:\\b|_)": ("bots?(?:\\b|_)", [" cubots", " cubot"]),
    "(?<!cam)scan": ("scan", ["camscan"]),
    "(?<!lib)http": ("http", ["libhttp"]),
    "java(?!;)": ("java", ["java;"]),
}


def literal(pattern):
    """The text that a pattern stands for, if it is nothing but text."""
    text = re.sub(r"\\([^a-zA-Z0-9])", lambda m: chr(0xE000 + ord(m[1])), pattern)
    if re.search(r"[\\^$.|?*+()\[\]{}]", text):
        return None
    return "".join(chr(ord(c) - 0xE000) if 0xE000 <= ord(c) < 0xE100 else c for c in text)


def member(archive, name):
    return tarfile.open(archive).extractfile("package/" + name).read().decode()


def bots(crawlers, isbot):
    tokens, patterns, spared, samples = [], [], [], []
    for token, kind, *_ in table("ai-agents.tsv"):
        if token not in NO_AI:
            tokens.append((token, "ai_crawler" if kind == "ai_unknown" else kind, "true"))
    for entry in json.loads(member(crawlers, "crawler-user-agents.json")):
        samples += entry.get("instances", [])
        known = [TAG_CLASS[tag] for tag in TAG_CLASS if tag in entry.get("tags", [])]
        kind = known[0] if known else "other"
        text = literal(entry["pattern"])
        if text and len(text) >= 3:
            tokens.append((text, kind, "false"))
        else:
            patterns.append((entry["pattern"].replace("[\\s\\S]", "."), kind, "false"))
    spared += [text for text, _ in table("not-bots.tsv")]
    source = member(isbot, "index.mjs")
    generic = json.loads(re.search(r"var patterns_default = (\[.*?\n\]);", source, re.S)[1])
    for pattern in generic:
        if re.search(r"\(\?(?!:)", pattern):
            if pattern not in LOOKAROUND:
                raise SystemExit(f"isbot looks around in a way that is not known yet: {pattern}")
            pattern, exceptions = LOOKAROUND[pattern]
            spared += exceptions
        patterns.append((pattern, "other", "true"))
    if len(tokens) < 1000 or len(generic) < 100:
        raise SystemExit("the bot lists are shorter than they ever were; has a format changed?")
    return (
        [f"{{{quoted(text)}, Bot::{kind}, {whole}}}," for text, kind, whole in tokens],
        [f"{{{quoted(text)}, Bot::{kind}, {generic}}}," for text, kind, generic in patterns],
        [quoted(text) + "," for text in spared],
        [quoted(text) + "," for text in samples],
    )


# --- referrers -------------------------------------------------------------------------------------------------------

MEDIUM_CLASS = {"search": "search", "social": "social", "email": "email", "paid": "paid", "unknown": "site", "referral": "site"}
VIDEO = re.compile(r"^(?:.*\.)?(?:youtube\.com|youtu\.be|vimeo\.com|dailymotion\.com|twitch\.tv|rumble\.com|bilibili\.com)$")
# Names that the lists spell as nobody does any more.
RENAMED = {"Youtube": "YouTube", "Vkontakte": "VK", "Deepseek": "DeepSeek", "Twitter": "X", "Outlook.com": "Outlook", "You": "You.com"}
WIDE = re.compile(r"^(.*?)\.(?:[a-z]{2,3}|(?:co|com|org|net|gov|edu|ac)\.[a-z]{2})(/.*)?$")
# The class of a name, where hosts of several classes have it: the first of these. The others get names of their own.
BEFORE = ["ai_assistant", "social", "video", "search", "email", "paid", "site"]
OF_ITS_OWN = {"email": " Mail", "paid": " Ads"}


def listed_sources(package):
    """{host or other key: (class, name)}: our own word, then Matomo's, then the package's."""
    rows = {}

    def add(kind, host, name):
        host = host.lower().removeprefix("www.").rstrip("/")
        if kind == "social" and VIDEO.match(host.split("/")[0]):
            kind = "video"
        rows.setdefault(host, (kind, RENAMED.get(name, urllib.parse.unquote(name))))

    for kind, key, name in table("sources.tsv"):
        if key in rows:
            raise SystemExit(f"sources.tsv says {key} twice")
        rows[key] = (kind, name)
    # Matomo has hosts in two classes: its search list is the widest, and says least.
    for kind, host, name in sorted(table("referrer-sources.tsv"), key=lambda row: BEFORE.index(row[0])):
        if not host.startswith("android-app/"):
            add(kind, host, name)
    for host, entry in json.loads(member(package, "lib/referrers.json")).items():
        wide = WIDE.match(host.lower().removeprefix("www."))
        covered = wide and rows.get(f"{wide[1]}.{{}}{(wide[2] or '').rstrip('/')}")
        if not covered or covered[0] != MEDIUM_CLASS[entry["medium"]]:
            add(MEDIUM_CLASS[entry["medium"]], host, entry["source"])
    return rows


def referrers(package):
    """One row for each key and one class for each name, whatever the case of its letters."""
    rows = listed_sources(package)
    if len(rows) < 1000:
        raise SystemExit("the referrer lists are shorter than they ever were; has a format changed?")
    spelling, kinds = {}, {}
    for kind, name in rows.values():
        spelling.setdefault(name.lower(), name)
        kinds.setdefault(name.lower(), set()).add(kind)
    for key, (kind, name) in rows.items():
        first = min(kinds[name.lower()], key=BEFORE.index) if name else kind
        name = spelling[name.lower()]
        if kind == first:
            rows[key] = (kind, name)
        elif kind in OF_ITS_OWN:
            rows[key] = (kind, name + OF_ITS_OWN[kind])
        else:  # a help page of a search engine is no search, and a social network's search is the network
            rows[key] = ("none", "") if kind == "site" else (first, name)
    # A path is found by its host, so every path's host must be there.
    for key in [key for key in rows if "/" in key]:
        rows.setdefault(key.split("/")[0], ("none", ""))
    classes = {}
    for key, (kind, name) in rows.items():
        if name and classes.setdefault(name.lower(), kind) != kind:
            raise SystemExit(f"{name} has two classes: {classes[name.lower()]}, and {kind} at {key}")
    return [f"{{{quoted(host)}, {quoted(name)}, SourceClass::{kind}}}," for host, (kind, name) in sorted(rows.items())]


def spam():
    hosts = sorted({line.strip().lower() for line in (HERE / "data/referrer-spam.txt").read_text().splitlines() if line.strip()})
    return [quoted(host) + "," for host in hosts]


def write(folder, name, lines):
    path = folder / f"{name}.inc"
    path.write_text("// Generated by web/lists/build.py.\n" + "\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    for name in ("wheel", "crawlers", "isbot", "referrers", "out"):
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    agents = user_agents(arguments.wheel)
    write(arguments.out, "browsers", agents["browser"])
    write(arguments.out, "systems", agents["system"])
    tokens, patterns, spared, samples = bots(arguments.crawlers, arguments.isbot)
    write(arguments.out, "bot_tokens", tokens)
    write(arguments.out, "bot_patterns", patterns)
    write(arguments.out, "bot_spared", spared)
    write(arguments.out, "bot_samples", samples)  # for a test
    write(arguments.out, "referrer_sources", referrers(arguments.referrers))
    write(arguments.out, "referrer_spam", spam())


if __name__ == "__main__":
    main()
