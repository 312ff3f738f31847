#!/usr/bin/env python3
"""Rules of the house that a machine can check: short functions, SQL in .sql files, pages that are linked and exist, names of
attributes and metrics where they may stand (names.allow), types of two rooms with one name."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 70  # of one function, its body's braces included
STATEMENT = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|WITH|COPY|ATTACH|DETACH)\s')

tracked = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
files = {name for name in tracked if name and (ROOT / name).is_file()}


def code(suffixes, tests):
    """The C++ files of src/; `tests`: those of tests, too."""
    for name in sorted(files):
        if not name.startswith("src/") or not name.endswith(suffixes):
            continue
        if not tests and (name.endswith(("_test.cc", "_fuzz.cc")) or "/testing/" in name):
            continue
        yield name, (ROOT / name).read_text()


def bare(text):
    """The text with comments and what stands in quotes blanked, so that braces mean what they mean."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def long_functions():
    """A function is a pair of braces with a parameter list before it, inside of nothing but namespaces and types."""
    outer = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
    for name, text in code((".cc", ".h"), tests=False):
        text = bare(text)
        open_braces = []  # (is it a function or inside of one, line of its beginning)
        since = 0  # what stands since the last brace or semicolon
        for at in (match.start() for match in re.finditer(r"[{};]", text)):
            head = text[since:at]
            since = at + 1
            if text[at] == "{":
                inside = bool(open_braces) and open_braces[-1][0] is not None
                begins = not inside and "(" in head and head.count("(") == head.count(")") and not re.search(r"=\s*$", head) and not (
                    outer.search(head) and not re.search(r"\)[^()]*$", head))
                first = text.count("\n", 0, at - len(head.lstrip())) + 1 if begins else 0
                open_braces.append((open_braces[-1][0] if inside else first if begins else None, begins))
            elif text[at] == "}" and open_braces:
                first, begins = open_braces.pop()
                lines = text.count("\n", 0, at) + 1 - (first or 0) + 1
                if begins and lines > MAX_LINES:
                    yield f"{name}:{first}: a function of {lines} lines; {MAX_LINES} at most"


def statements_in_code():
    """The two files that speak to the engines themselves put the names of files and tables together."""
    for name, text in code((".cc", ".h"), tests=False):
        if name in ("src/db/duck.cc", "src/db/sqlite.cc"):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if STATEMENT.search(line):
                yield f"{name}:{number}: SQL belongs into a .sql file beside the code"


def unlinked_pages():
    pages = {name for name in files if re.fullmatch(r"docs/[^/]+\.md", name)}
    linked = set()
    for name in files:
        if name.endswith(".md"):
            folder = pathlib.PurePosixPath(name).parent
            for target in re.findall(r"\]\((?!https?:)([^)#:\s]+)", (ROOT / name).read_text()):
                path = (ROOT / folder / target).resolve()
                if path.is_relative_to(ROOT):
                    linked.add(str(path.relative_to(ROOT)))
                    if not path.exists():
                        yield f"{name}: links to {target}, which does not exist"
    for page in sorted(pages - linked):
        yield f"{page}: no page links to it"


def citations():
    """What a comment or a page names must be in the repository; a section has a number there."""
    page = re.compile(r"(?<![\w./-])((?:[\w.-]+/)*[\w-]+\.md)(?:, (\d+))?")
    source = re.compile(r"(?<![\w./-])((?:src|tests|web|cmake|scripts)/[\w./-]+\.(?:cc|h|c|sql|py|mjs|ts|tsv|txt))\b")
    beside = {name.rsplit("/", 1)[-1] for name in files}
    for name in sorted(files):
        if not name.startswith(("src/", "cmake/", "tests/", "scripts/", "docs/", "ARCHITECTURE", "README")):
            continue
        if name.endswith((".tsv", ".json")):
            continue
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if "http" in line:
                continue
            for cited, section in page.findall(line):
                known = [at for at in (cited, os.path.normpath(f"{os.path.dirname(name)}/{cited}"), f"src/{cited}", f"docs/{cited}") if at in files]
                if not known and not (cited in beside and "/" not in cited and cited.isupper()):
                    if not (name.endswith(".md") and cited in beside):
                        yield f"{name}:{number}: {cited} is not in the repository"
                elif section and known and not re.search(rf"^#+ {section}\.", (ROOT / known[0]).read_text(), re.M):
                    yield f"{name}:{number}: {cited} has no section {section}"
            for cited in source.findall(line) if name.endswith(".md") else []:
                if cited not in files:
                    yield f"{name}:{number}: {cited} is not in the repository"
            if re.search(r"\breference (\w+ )?(\w+\.md|\d|§)", line):
                yield f"{name}:{number}: cites a reference that is not in the repository"


def recipes():
    """Files and folders that the recipes send one to are there; what one names oneself is in capitals."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    known = files | {str(folder) for name in files for folder in pathlib.PurePosixPath(name).parents}
    for match in re.finditer(r"`([\w.-]+(?:/[\w.-]+)+)/?`", text):
        path = match[1]
        # Some are said from where one is by then.
        if not path.startswith("build/") and not re.search(r"[A-Z]{3}", path) and not any(f"/{one}".endswith(f"/{path}") for one in known):
            yield f"CONTRIBUTING.md:{text.count(chr(10), 0, match.start()) + 1}: {path} is not in the repository"


def table_names(name, table):
    """The names in a table of rows that begin with ".name =", and what questions call them."""
    rows = (ROOT / name).read_text().split(table, 1)[1].split("}};", 1)[0]
    return set(re.findall(r'\.(?:name|dimension) = "(\w+)"', rows))


def names_out_of_place():
    """What is known of an attribute or a metric stands in its table: who names one knows something besides."""
    said = {"attributes": table_names("src/store/attributes.h", "kAttributeTable"), "metrics": table_names("src/query/metric.h", "kMetricFacts")}
    # Other single words say ordinary things, too.
    said = {kind: {one for one in names if "_" in one or one == "pageviews"} for kind, names in said.items()}
    assert len(said["attributes"]) > 10 and len(said["metrics"]) > 2, said
    looked_for = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(sorted(said['attributes'] | said['metrics']))})(?![a-z0-9_])")
    allowed = []  # (where, names, number of the line, the word that stands for them)
    for number, line in enumerate((ROOT / "tests/structure/names.allow").read_text().split("\n"), 1):
        where, _, words = line.split("#")[0].partition(":")
        allowed += [(where.strip(), said.get(word, {word}), number, word) for word in words.split()]
    beside = re.compile(r"^(docs|tests|web/lists|web/dashboard/(e2e|mock)|web/tracker/test)/|\.md$|_test\.|_fuzz\.|\.spec\.|/testing/|/texts/|\.generated\.")
    used = set()
    for name in sorted(files):
        if not name.startswith(("src/", "web/", "cmake/", "scripts/")) or beside.search(name):
            continue
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        for match in looked_for.finditer(text):
            rights = {(number, word) for where, names, number, word in allowed if match[1] in names and (name == where or where.endswith("/") and name.startswith(where))}
            used |= rights
            if not rights:
                yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[1]} is known to its table only (tests/structure/names.allow)"
    for where, _, number, word in allowed:
        if (number, word) not in used:
            yield f"tests/structure/names.allow:{number}: {where} does not need {word}"


# Each room has its own, and it is the same kind of thing in all of them.
SHARED_NAMES = {
    "Access": "http/ carries what access/ means",
    "Authority": "that of site/ decides more than that of access/",
    "Directory": "who or what is known, in memory",
    "Level": "how much a line or a notice matters",
    "Options": "what a room is opened with",
    "RouteDeps": "what a room's handlers need",
}


def shared_names():
    """One name, one thing: what two rooms offer in their headers has two names."""
    named = re.compile(r"^(?:class|struct|enum|enum class|union|using) (\w+)(?: final)?\s*[:{=]", re.M)
    rooms = {}
    for name, text in code((".h",), tests=False):
        for match in named.finditer(bare(text)):
            rooms.setdefault(match[1], set()).add(name.split("/")[1])
    for one, where in sorted(rooms.items()):
        if len(where) > 1 and one not in SHARED_NAMES:
            yield f"src/{', src/'.join(sorted(where))}: {one} is a name of two things"
    for one in SHARED_NAMES:
        if len(rooms.get(one, ())) < 2:
            yield f"tests/structure/house_test.py: nothing shares the name {one}"


def main():
    wrong = [*shared_names(), *long_functions(), *statements_in_code(), *unlinked_pages(), *citations(), *recipes(), *names_out_of_place()]
    print("\n".join(wrong) or f"{len(files)} files keep to the rules of the house")
    sys.exit(bool(wrong))


main()
