#!/usr/bin/env python3
"""Checks every #include "folder/…" of src/ against tests/structure/includes.allow."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
allow = {}
for line in (root / "tests/structure/includes.allow").read_text().splitlines():
    if line and not line.startswith("#"):
        folder, names = line.split(":")
        allow[folder] = {folder, *names.split()}

wrong = []
checked = 0
for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
    if folder.name not in allow:
        wrong.append(f"src/{folder.name}: no line in tests/structure/includes.allow")
        continue
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        checked += 1
        for number, text in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#include "(?:sql/)?([a-z_]+)[./]', text)
            if match and match[1] in allow and match[1] not in allow[folder.name]:
                wrong.append(f"{path.relative_to(root)}:{number}: {folder.name}/ may not include {match[1]}/")

heavy = re.compile(r"#include <boost/(asio|beast)")
for path in sorted((root / "src").rglob("*.h")):
    if heavy.search(path.read_text()):
        wrong.append(f"{path.relative_to(root)}: Asio and Beast stay in .cc files of http/ and net/ (they cost seconds per file)")

print("\n".join(wrong) or f"{checked} files keep to the table")
sys.exit(bool(wrong) or checked == 0)
