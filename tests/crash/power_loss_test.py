#!/usr/bin/env python3
"""Cuts the power of the whole data directory, at many moments, and starts what is left.

    tests/crash/power_loss_test.py [--cuts 6] [--seed N] [--keep]

One session of the real program is recorded by power_tape.c: every write, sync and change of a name below the data
directory, whichever file it is in. The session sends numbered hits and makes sites; it has a clean stop, a kill, and a
day that ends (so that days are sealed and files checkpointed). Then, for each cut, the directory is rebuilt as a disk may
hold it at that moment: what was synced is there; of what was not, whole pages of 4 kB are there or are not, and the last
names are or are not. The program is started on it, and asked through its own API. A model that knows only what was sent
and what was answered says what is right: every hit and every site that was acknowledged before the cut is there exactly
once, and nothing that was never sent. No start refuses: a file that a checkpoint was writing heals from its copy, or from a
log that has everything. HITKEEP_BIN names the program.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
sys.path.insert(0, str(HERE))
from crash_test import build_preload, numbers_in, whole  # noqa: E402
from server import Server, open_files  # noqa: E402

PAGE = 4096
DAY = 86_400
HEAD = struct.Struct("<QQQQQ")
# What a start says of a file that a checkpoint was writing when the power went.
HEALED = re.compile(r"a database file was damaged.*?(its copy took its place|made anew from the log)")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


# --- the tape, and the disk that it makes -----------------------------------------------------------


class Node:
    """A file: what is durable, and the writes since then, in order."""

    def __init__(self):
        self.pages, self.size = {}, 0  # durable; a page that is not there is zero
        self.pending = []  # (position, bytes or None for zeros, length) or ("size", n)

    def sync(self):
        for step in self.pending:
            self.size = apply(self.pages, self.size, step)
        self.pending = []

    def after_power_cut(self, chance):
        """Pages and size that a disk may hold."""
        pages, size = dict(self.pages), self.size
        kind = chance.choice(["none", "all", "prefix", "pages", "pages"])
        if kind == "prefix":
            steps = self.pending[: chance.randint(0, len(self.pending))]
        else:
            steps = [] if kind == "none" else self.pending
        for step in steps:
            if kind != "pages" or step[0] == "size":
                size = apply(pages, size, step)
                continue
            position, data, length = step
            at = position
            while at < position + length:  # page by page: each arrived or did not
                end = min((at // PAGE + 1) * PAGE, position + length)
                if chance.random() < 0.5:
                    part = None if data is None else data[at - position : end - position]
                    size = apply(pages, size, (at, part, end - at))
                at = end
        return pages, size


def apply(pages, size, step):
    if step[0] == "size":
        for page in [p for p in pages if p * PAGE >= step[1]]:
            del pages[page]
        if step[1] % PAGE and (last := pages.get(step[1] // PAGE)):
            pages[step[1] // PAGE] = last[: step[1] % PAGE] + bytes(PAGE - step[1] % PAGE)
        return step[1]
    position, data, length = step
    at = position
    while at < position + length:
        page, inside = divmod(at, PAGE)
        take = min(PAGE - inside, position + length - at)
        if data is None and take == PAGE:
            pages.pop(page, None)
        elif data is not None or page in pages:
            old = pages.get(page, bytes(PAGE))
            new = bytes(take) if data is None else data[at - position : at - position + take]
            pages[page] = old[:inside] + new + old[inside + take :]
        at += take
    return max(size, position + length)


class Disk:
    """Follows the tape."""

    def __init__(self):
        self.nodes = {}  # inode -> Node
        self.directories = {}  # inode -> path
        self.names = {}  # durable: path -> Node, or None for a directory
        self.now = {}  # as the program sees them
        self.changes = []  # of names, not durable yet: (folder, function)

    def change(self, path, how):
        how(self.now)
        self.changes.append((str(pathlib.PurePath(path).parent), how))

    def take(self, op, inode, position, length, data):
        if op == "c":
            node = self.nodes[inode] = Node()
            self.change(data, lambda names, path=data: names.__setitem__(path, node))
        elif op == "d":
            self.directories[inode] = data
            self.change(data, lambda names, path=data: names.__setitem__(path, None))
        elif op in "wz" and inode in self.nodes:
            self.nodes[inode].pending.append((position, data if op == "w" else None, length))
        elif op == "t" and inode in self.nodes:
            self.nodes[inode].pending.append(("size", position))
        elif op == "s":
            self.sync(inode)
        elif op == "u":
            self.change(data, lambda names, path=data: names.pop(path, None))
        elif op in "rl":
            old, new = data.split("\0")
            node = self.now[old]

            def move(names, old=old, new=new, node=node, gone=op == "r"):
                names[new] = node
                if gone:
                    names.pop(old, None)

            self.change(new, move)

    def sync(self, inode):
        if inode in self.nodes:
            return self.nodes[inode].sync()
        folder = self.directories.get(inode, ".")
        for where, how in self.changes:
            if where == folder:
                how(self.names)
        self.changes = [change for change in self.changes if change[0] != folder]

    def after_power_cut(self, chance):
        """path -> (pages, size), or None for a directory. Names arrive in order, as in every journal."""
        names = dict(self.names)
        for _, how in self.changes[: chance.randint(0, len(self.changes))]:
            how(names)
        found = {}
        for path, node in names.items():
            parents = [str(p) for p in pathlib.PurePath(path).parents if str(p) != "."]
            if all(parent in names for parent in parents):
                found[path] = None if node is None else node.after_power_cut(chance)
        return found


def read_tape(file):
    """(op, time, inode, position, length, data) of every record."""
    tape = file.read_bytes()
    at, out = 0, []
    while at + HEAD.size <= len(tape):
        op, when, inode, position, length = HEAD.unpack_from(tape, at)
        at += HEAD.size
        op, data = chr(op), None
        if op not in "zts":
            data = tape[at : at + length]
            at += length
            if op != "w":
                data = data.decode()
        out.append((op, when, inode, position, length, data))
    return out


def lay_out(data, stash, files):
    """Makes the directory hold these files. Directories keep their inodes: this is the disk that was written, no copy."""
    for path in sorted(data.rglob("*"), reverse=True):
        if not path.is_dir():
            path.unlink()
    there = {str(p.relative_to(data)) for p in data.rglob("*")}
    for name in sorted(there - {p for p, what in files.items() if what is None}, reverse=True):
        (stash / name.replace("/", "%")).mkdir(exist_ok=True)
        os.rmdir(stash / name.replace("/", "%"))
        os.rename(data / name, stash / name.replace("/", "%"))
    for path, what in sorted(files.items()):
        if what is None:
            kept = stash / path.replace("/", "%")
            if not (data / path).exists():
                if kept.exists():
                    os.rename(kept, data / path)
                else:
                    (data / path).mkdir(0o700)
            continue
        pages, size = what
        with open(os.open(data / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.truncate(size)
            for page, content in pages.items():
                if page * PAGE < size:
                    file.seek(page * PAGE)
                    file.write(content[: size - page * PAGE])


# --- the session that is recorded -----------------------------------------------------------------------


class TapedServer(Server):
    def __init__(self, preload, tape, **options):
        super().__init__(start=False, **options)
        self.preload, self.tape, self.shift = preload, tape, -3 * DAY
        self.sites = []  # (monotonic ns when it was acknowledged, domain)
        self.hits = []  # the same with the number
        self.sent = 0

    def environment(self):
        env = super().environment() | {"LD_PRELOAD": self.preload, "CLOCK_SHIFT_SECONDS": str(self.shift)}
        if self.tape:
            env |= {"POWER_TAPE": str(self.tape), "POWER_TAPE_ROOT": str(self.data)}
        return env

    def some_hits(self, site, count):
        with_connection = self.connect()
        for _ in range(count):
            number, self.sent = self.sent, self.sent + 1
            if self.hit(site, f"/n/{number}", connection=with_connection).status == 202:
                self.hits.append((time.monotonic_ns(), number))
        with_connection.close()

    def one_site(self):
        domain = f"site{len(self.sites)}.example"
        if self.request("POST", "/api/sites", {"domain": domain, "zone": "UTC"}).status in (200, 201):
            self.sites.append((time.monotonic_ns(), domain))

    def record(self):
        self.start()
        site = self.set_up("power.example")
        ready = time.monotonic_ns()
        shifts = [(0, self.shift)]
        for part in range(4):
            for _ in range(3):
                self.some_hits(site, 25)
                self.one_site()
            time.sleep(0.4)  # the applier gets its turn
            if part == 2:
                self.kill()
            else:
                check(self.stop()[0] == 0, self.output())
            if part < 3:
                self.shift += [0, DAY, 0][part]
                shifts.append((time.monotonic_ns(), self.shift))
                self.start()
                if part == 1:
                    check(self.wait_line("order done order=seal"), self.output())
        return site, ready, shifts


# --- the check -------------------------------------------------------------------------------------------


class Cuts:
    def __init__(self, server, tape, site, ready, shifts, chance):
        self.server, self.site, self.ready, self.shifts, self.chance = server, site, ready, shifts, chance
        self.tape = tape
        self.count = collections.Counter()

    def moments(self, cuts):
        """Places on the tape: a third anywhere, the others right before a sync of several pages, where most can be lost, and
        of those as many for each file, however seldom it is synced."""
        after = [i for i, record in enumerate(self.tape) if record[1] > self.ready]
        dirty, files, syncs = collections.Counter(), {}, collections.defaultdict(list)
        for i, (op, when, inode, position, length, data) in enumerate(self.tape):
            if op == "c":
                files[inode] = data
            elif op in "wz":
                dirty[inode] += (position + length - 1) // PAGE - position // PAGE + 1
            elif op == "s":
                if dirty[inode] > 1 and when > self.ready:
                    syncs[files.get(inode)].append(i - 1)
                dirty[inode] = 0
        pick = [self.chance.choice(after) for _ in range(cuts // 3)]
        while len(pick) < cuts:
            pick.append(self.chance.choice(syncs[self.chance.choice(sorted(syncs))]))
        return sorted(pick)

    def __call__(self, cuts, stash):
        disk, done = Disk(), 0
        for moment in self.moments(cuts):
            for op, _, inode, position, length, data in self.tape[done : moment + 1]:
                disk.take(op, inode, position, length, data)
            done = moment + 1
            seed = self.chance.randrange(1 << 32)
            lay_out(self.server.data, stash, disk.after_power_cut(random.Random(seed)))
            when = self.tape[moment][1]
            if os.environ.get("POWER_KEEP"):
                keep = pathlib.Path(os.environ["POWER_KEEP"])
                shutil.rmtree(keep, ignore_errors=True)
                subprocess.run(["cp", "-a", "--sparse=always", self.server.data, keep], check=True)
            try:
                self.count[self.start(when)] += 1
            except BaseException:
                print(f"cut behind record {moment} of {len(self.tape)}", file=sys.stderr)
                raise

    def start(self, when):
        """Starts what a cut left, and compares."""
        server = self.server
        server.shift = [shift for since, shift in self.shifts if since <= when][-1]
        server.start(wait=False)
        check(server.started(), f"it refuses: {server.output()}")
        server.wait_ready()
        server.log_in()
        healed = [match[1] for line in server.lines if (match := HEALED.search(line))]
        check(len(healed) <= 1, f"it healed more than once: {server.output()}")
        if healed:
            how = f"torn checkpoint: {healed[0]}"
        else:
            how = "WAL moved aside" if any("moved aside" in line for line in server.lines) else "started"
        must = {number for since, number in server.hits if since <= when}
        self.ask(must)
        sites = {domain for since, domain in server.sites if since <= when}
        there = [site["domain"] for site in server.request("GET", "/api/sites").json]
        check(len(there) == len(set(there)), f"sites that are there twice: {there}")
        check(sites <= set(there), f"acknowledged sites that are gone: {sites - set(there)}")
        check(server.hit(self.site, "/n/1000000").status == 202, "it takes no hits")
        check(server.stop()[0] == 0, server.output())
        with open_files(server.data) as db:
            whole(db)
            found = numbers_in(db)
            days = db.execute("""SELECT day, count(*) FROM (SELECT DISTINCT day, vd FROM sealed_visits UNION ALL
                                 SELECT day, vd FROM hot_visitors) GROUP BY day""").fetchall()
        check(all(visitors == 1 for _, visitors in days), f"one browser is several visitors: {days}")
        check(must <= found.keys(), f"acknowledged hits that are gone: {sorted(must - found.keys())}")
        check(found.keys() <= {*range(server.sent), 1_000_000}, "hits that were never sent")
        return how

    def ask(self, must):
        """Until every acknowledged hit is shown, each once, and nothing else."""
        deadline = time.monotonic() + 60
        while not must <= (views := self.server.numbered_views(self.site)).keys():
            check(time.monotonic() < deadline, f"acknowledged hits that are not shown: {sorted(must - views.keys())}\n{self.server.output()}")
            time.sleep(0.1)
        check(all(count == 1 for count in views.values()), f"hits that count more than once: {views}")


def build(directory):
    """Both libraries, for LD_PRELOAD."""
    return ":".join(str(build_preload(directory, source)) for source in ("clock_shift.c", "power_tape.c"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-power-"))
    tape = scratch / "tape"
    (scratch / "stash").mkdir()
    server = TapedServer(build(scratch), tape)
    try:
        site, ready, shifts = server.record()
        records = read_tape(tape)
        tape.unlink()
        server.tape = None
        cuts = Cuts(server, records, site, ready, shifts, random.Random(arguments.seed))
        cuts(arguments.cuts, scratch / "stash")
        found = ", ".join(f"{what} {n}" for what, n in sorted(cuts.count.items()))
        print(f"{len(records)} records, {len(server.hits)} hits, {len(server.sites)} sites; {arguments.cuts} cuts: {found}")
    except BaseException:
        server.own_data = False
        print(f"the data is kept in {server.data}", file=sys.stderr)
        raise
    finally:
        server.__exit__()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
