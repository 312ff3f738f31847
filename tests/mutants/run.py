#!/usr/bin/env python3
"""Makes small wrong changes, one at a time, and sees whether the test that should notice does.

    tests/mutants/run.py [ROOM…]      all rooms without a name; --check only looks whether the lists fit the sources

A list, ROOM.txt, holds blocks, with an empty line between two:

    src/store/visits.cc               the file
    - silence >= kVisitGap            what stands there, exactly once in the file; several lines, each behind "- "
    + silence > kVisitGap             what stands there instead; none: the text is removed
    ? store OpenVisits.Thirty*        the room's test executable and the filter for the quick test that has to fail

Works in a checkout of its own (build/mutants), so that the sources stay as they are. A change that no test notices is a
survivor; more than one in twenty is a failure.
"""
import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TREE = ROOT / "build/mutants/tree"
BUILD = TREE / "build/dev"
PATIENCE = 180  # seconds for one quick test without a change
HANGS = 3  # times as long with one, and half a minute: then it hangs, and has noticed
SURVIVORS = 0.05


@dataclasses.dataclass
class Mutant:
    room: str
    path: str
    old: str
    new: str
    test: str
    filter: str

    def __str__(self):
        return f"{self.path}: {self.old.strip()!r} → {self.new.strip()!r}"


def read(room):
    """The mutants of one list."""
    for block in (HERE / f"{room}.txt").read_text().strip().split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if not lines:
            continue
        old = "\n".join(line[2:] for line in lines if line.startswith("- "))
        new = "\n".join(line[2:] for line in lines if line.startswith("+ "))
        test, filter = next(line for line in lines if line.startswith("? "))[2:].split(maxsplit=1)
        yield Mutant(room, lines[0].strip(), old, new, f"{test}_test", filter)


def misfit(mutant):
    """Why a mutant does not fit the sources, or nothing."""
    file = ROOT / mutant.path
    if not file.is_file():
        return f"{mutant.path} does not exist"
    found = file.read_text().count(mutant.old)
    return None if found == 1 else f"{mutant}: the text stands {found} times in the file, not once"


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def prepare():
    """A checkout of what is committed, configured without optimisation and sanitizers: it builds three times as fast."""
    if TREE.exists():
        head = run("git", "-C", ROOT, "rev-parse", "HEAD").stdout.strip()
        run("git", "-C", TREE, "checkout", "-q", "--force", "--detach", head, check=True)
    else:
        run("git", "-C", ROOT, "worktree", "prune")
        run("git", "-C", ROOT, "worktree", "add", "-q", "--force", "--detach", TREE, "HEAD", check=True)
    configured = run("cmake", "--preset", "dev", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O0 -g0", cwd=TREE)
    if configured.returncode:
        sys.exit(configured.stdout + configured.stderr)


def build(target):
    """Nothing where it was built, else what the compiler says."""
    made = run("cmake", "--build", BUILD, "--target", target)
    return None if made.returncode == 0 else made.stdout[-2000:]


def passes(mutant, patience):
    try:
        command = (BUILD / mutant.test, f"--gtest_filter={mutant.filter}", "--gtest_brief=1")
        return run(*command, timeout=patience).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def without_change(mutant):
    """Seconds that the test takes."""
    listed = run(BUILD / mutant.test, f"--gtest_filter={mutant.filter}", "--gtest_list_tests").stdout
    began = time.monotonic()
    if not any(line.startswith("  ") for line in listed.splitlines()) or not passes(mutant, PATIENCE):
        sys.exit(f"{mutant.filter} of {mutant.test} does not exist, or fails without any change")
    return time.monotonic() - began


def noticed(mutant, seconds):
    """Whether the test fails with the change; a change that does not compile is an error of the list."""
    file = TREE / mutant.path
    before = file.read_text()
    file.write_text(before.replace(mutant.old, mutant.new))
    try:
        if trouble := build(mutant.test):
            sys.exit(f"{mutant} does not compile:\n{trouble}")
        return not passes(mutant, HANGS * seconds + 30)
    finally:
        file.write_text(before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rooms", nargs="*")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    rooms = asked.rooms or sorted(file.stem for file in HERE.glob("*.txt"))
    mutants = [mutant for room in rooms for mutant in read(room)]
    if misfits := [why for why in map(misfit, mutants) if why]:
        sys.exit("\n".join(misfits))
    print(f"{len(mutants)} mutants of {', '.join(rooms)}", flush=True)
    if asked.check:
        return
    prepare()
    survivors = []
    for room in rooms:
        mine = [mutant for mutant in mutants if mutant.room == room]
        for test in sorted({mutant.test for mutant in mine}):
            if trouble := build(test):
                sys.exit(trouble)
        seconds = [without_change(mutant) for mutant in mine]
        for mutant, took in zip(mine, seconds):
            if noticed(mutant, took):
                print(f"noticed   {mutant}", flush=True)
            else:
                survivors.append(mutant)
                print(f"SURVIVED  {mutant}", flush=True)
        for test in sorted({mutant.test for mutant in mine}):
            build(test)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} noticed")
    sys.exit(len(survivors) > SURVIVORS * len(mutants))


if __name__ == "__main__":
    os.environ.pop("HITKEEP_TEST_SECONDS", None)
    main()
