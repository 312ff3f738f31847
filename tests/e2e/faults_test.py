#!/usr/bin/env python3
"""What goes wrong at a start: each fault ends with a sentence and a code other than 0, and nothing is touched."""
import contextlib
import hashlib
import os
import pathlib
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from server import BIN, Server, query_files

try:
    import duckdb
except ImportError:
    duckdb = None


BLOCK = 64 << 10  # bytes of a block of our DuckDB files (src/db/duck.cc)


def snapshot(directory):
    """Digest, mode and time of every file below a directory, but the lock, which says who was there last."""
    found = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        info = path.lstat()
        if path.is_file() and path.name != "lock":
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha1").hexdigest()
            found[str(path)] = (info.st_mode, info.st_mtime_ns, digest)
        elif path.is_dir():
            found[str(path)] = info.st_mode
    return found


def without_root_powers(command):
    """Root may write where nobody may; a test of permissions has to give that up."""
    if os.geteuid() != 0:
        return command
    powers = "-dac_override,-dac_read_search"
    return ["setpriv", "--bounding-set", powers, "--inh-caps", powers, *command]


class Faults(unittest.TestCase):
    models = {}  # made once: a start takes a while under sanitizers

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-faults-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.data = self.home / "data"
        self.current = self.home / "current"
        self.current.mkdir()

    def run_server(self):
        return Server(data=self.data)

    def make_data(self, killed=False):
        """A data directory with an owner, a site and a hit, cleanly stopped or killed (then with WAL files)."""
        if killed not in Faults.models:
            model = Faults.models[killed] = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-faults-"))
            self.addClassCleanup(shutil.rmtree, model, ignore_errors=True)
            # Without copies: the checkpoint of the first one would take the WAL away that a kill leaves.
            with Server(data=model / "data", HEAL_COPIES="0") as server:
                site = server.set_up("localhost")
                self.assertEqual(server.hit(site, "/").status, 202)
                server.wait_applied(site, 1)
                if killed:
                    server.kill()
                else:
                    self.assertEqual(server.stop()[0], 0, server.output())
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(Faults.models[killed] / "data", self.data)
        self.forget_copies()

    def forget_copies(self):
        """From here on nothing heals a damaged database file."""
        for path in self.data.rglob("*.clone*"):
            path.unlink()

    def runs(self, hits):
        """What is there is fit for a start, and nothing is missing."""
        with self.run_server() as server:
            server.log_in()
            site = server.request("GET", "/api/sites").json[0]
            server.wait_applied(site, hits)
            self.assertEqual(server.stop()[0], 0, server.output())

    def refused(self, *words, untouched=True, wrap=lambda command: command, **variables):
        """Starts, expects a refusal whose sentence has these words, and that no file changed."""
        env = Server(data=self.data, start=False).environment() | variables
        before = snapshot(self.home) if untouched else None
        process = subprocess.run(
            wrap([str(BIN)]), env=env, cwd=self.current, capture_output=True, text=True, timeout=60
        )
        output = process.stdout + process.stderr
        self.assertGreater(process.returncode, 0, output)
        sentences = [line for line in output.splitlines() if line.startswith("hitkeep: ")]
        self.assertEqual(len(sentences), 1, output)
        for word in words:
            self.assertIn(word, sentences[0])
        if untouched:
            after = snapshot(self.home)
            changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            self.assertEqual(changed, [])
        return sentences[0]

    # --- the directory ---------------------------------------------------------------------------

    def test_a_second_process_is_told_who_is_there(self):
        with self.run_server() as server:
            site = server.set_up("localhost")
            self.refused(
                str(self.data), f"in use by another HitKeep (PID {server.process.pid})", "HITKEEP_DATA_PATH", untouched=False
            )
            self.assertEqual(server.hit(site, "/").status, 202, "the first goes on")
            server.kill()
        with self.run_server() as server:  # a killed process holds nothing
            server.log_in()
            self.assertEqual(server.stop()[0], 0)
        if duckdb:
            self.assertEqual(query_files(self.data, "SELECT count(*) FROM hits"), [(1,)])

    def test_a_directory_that_cannot_be_written(self):
        self.data.mkdir()
        self.data.chmod(0o500)
        self.refused(str(self.data), "cannot be written", wrap=without_root_powers)
        self.data.chmod(0o700)

    def test_a_directory_that_cannot_be_made(self):
        self.home.chmod(0o500)
        self.refused(str(self.data), wrap=without_root_powers)
        self.home.chmod(0o700)

    def test_a_file_where_the_directory_should_be(self):
        self.data.write_text("a file")
        self.refused(str(self.data))

    def test_a_port_that_is_taken(self):
        self.make_data()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.refused(f"127.0.0.1:{port}", "HITKEEP_HTTP_ADDR", HITKEEP_HTTP_ADDR=f"127.0.0.1:{port}")

    # --- damage ----------------------------------------------------------------------------------

    def overwrite(self, name, at, count=4096):
        with open(self.data / name, "r+b") as file:
            file.seek(at)
            file.write(b"\xee" * count)

    def dirty_log(self):
        """A torn batch behind the last one, which a start would cut."""
        segment = self.data / "log/000000000001.seg"
        self.assertTrue(segment.exists(), os.listdir(self.data / "log"))
        used = len(segment.read_bytes().rstrip(b"\0"))
        with open(segment, "r+b") as file:
            file.seek(-(-used // 512) * 512)
            file.write(b"torn")

    def test_a_control_db_that_is_none(self):
        self.make_data()
        self.dirty_log()
        (self.data / "control.db").write_bytes(b"this is not a database at all, but text")
        self.refused("control.db is not an SQLite database")

    def test_a_damaged_control_db(self):
        for page in range(1, 8):
            with self.subTest(page=page):
                self.make_data()
                self.dirty_log()
                self.overwrite("control.db", 4096 * page)
                self.refused("control.db is damaged", "backup")

    def test_a_control_db_that_is_cut(self):
        self.make_data()
        self.dirty_log()
        os.truncate(self.data / "control.db", 4096 * 5)
        self.refused("control.db is damaged", "backup")

    def test_a_letter_of_control_db_that_the_disk_changed(self):
        """Is told until it is put right or accepted, wherever the letter is."""
        self.make_data()
        whole = (self.data / "control.db").read_bytes()
        told = set()
        for place in re.finditer(b"localhost", whole):
            self.make_data()
            (self.data / "control.db").write_bytes(whole[: place.start()] + b"mocalhost" + whole[place.end() :])
            with self.run_server() as server:
                server.log_in()
                notices = [n for n in server.request("GET", "/api/notices").json if n["kind"] == "control_damaged"]
                (site,) = server.request("GET", "/api/sites").json
                if site["domain"] == "localhost" and not notices:  # it was in an index, which is made anew
                    continue
                table = "audit" if site["domain"] == "localhost" else "sites"  # who made the site is noted, too
                told.add(table)
                self.assertEqual([n["facts"] for n in notices], [{"tables": table}])
                self.assertEqual(server.metric("hitkeep_control_damaged_tables"), 1)
                self.assertRegex(server.output(), rf"error control\.db does not hold .*hitkeep mend.*tables={table}")
                self.assertEqual(server.stop()[0], 0, server.output())
            env = Server(data=self.data, start=False).environment()
            subprocess.run([BIN, "mend"], env=env, check=True, capture_output=True, timeout=60)
            with self.run_server() as server:
                self.assertNotIn("does not hold", server.output())
        self.assertEqual(told, {"audit", "sites"})

    def test_a_hitkeep_db_that_is_none(self):
        self.make_data()
        self.dirty_log()
        (self.data / "hitkeep.db").write_bytes(b"this is not a database at all, but text")
        self.refused("hitkeep.db is not a DuckDB database")

    def test_a_hitkeep_db_that_is_empty(self):
        self.make_data()
        self.dirty_log()
        os.truncate(self.data / "hitkeep.db", 0)
        self.refused("hitkeep.db is not a DuckDB database")

    def test_a_damaged_hitkeep_db(self):
        """Its three headers, and each block of metadata and data that a start reads."""
        self.make_data()
        size = (self.data / "hitkeep.db").stat().st_size
        cases = {"main header": (16, 64), "both headers": (4096, 8192)}
        cases |= {f"block at {at}": (at + BLOCK // 2, 4096) for at in range(3 * 4096, size, BLOCK)}
        refused = 0
        for name, (at, count) in cases.items():
            with self.subTest(name):
                self.make_data()
                self.dirty_log()
                self.overwrite("hitkeep.db", at, count)
                before = snapshot(self.data)
                with Server(data=self.data, start=False) as server:
                    if server.start(wait=False).started():  # a block that is free, or that only a question reads
                        self.assertEqual(server.stop()[0], 0, server.output())
                        continue
                refused += 1
                self.assertEqual(before, snapshot(self.data))
                self.assertRegex(server.output(), r"(?m)^hitkeep: .*hitkeep\.db .*left as it is.*hitkeep snapshot DIR")
                self.assertGreater(server.process.returncode, 0)
        self.assertGreater(refused, 3)

    def test_a_damaged_hitkeep_db_heals_from_its_copy(self):
        """After a kill, with blocks torn as by a power cut in a checkpoint; each hit is there once."""
        with self.run_server() as server:
            site = server.set_up("localhost")
            copy = self.data / "hitkeep.db.clone"
            deadline = time.monotonic() + 60
            while not copy.exists():
                self.assertLess(time.monotonic(), deadline, server.output())
                time.sleep(0.05)
            for i in range(40):
                self.assertEqual(server.hit(site, f"/{i}").status, 202)
            server.wait_applied(site, 40)
            server.kill()
        model = self.home / "model"
        shutil.copytree(self.data, model)
        size = (model / "hitkeep.db").stat().st_size
        cases = {"both headers": (4096, 8192)}
        cases |= {f"block at {at}": (at + BLOCK // 2, 4096) for at in range(3 * 4096, size, BLOCK)}
        healed = 0
        for name, (at, count) in cases.items():
            with self.subTest(name):
                shutil.rmtree(self.data)
                shutil.copytree(model, self.data)
                self.overwrite("hitkeep.db", at, count)
                with self.run_server() as server:
                    server.log_in()
                    server.wait_applied(site, 40)
                    lines = [line for line in server.lines if "a database file was damaged" in line]
                    self.assertLessEqual(len(lines), 1, server.output())
                    if lines:
                        healed += 1
                        self.assertRegex(lines[0], r"copy_age_hours=.*replayed_bytes=")
                        self.assertTrue((self.data / "hitkeep.db.damaged-1").exists())
                    self.assertEqual(server.stop()[0], 0, server.output())
        self.assertGreater(healed, 1)

    def test_rows_that_cannot_be_read_stop_their_file_and_lose_nothing(self):
        with self.run_server() as server:
            site = server.set_up("localhost")
            for _ in range(150):  # pages with names that fill blocks of their own
                server.hit(site, "/" + random.randbytes(500).hex())
            server.wait_applied(site, 150)
            self.assertEqual(server.stop()[0], 0, server.output())
        file = self.data / "hitkeep.db"
        whole = file.read_bytes()
        for at in range(3 * 4096 + BLOCK // 2, len(whole), BLOCK):
            self.forget_copies()
            self.overwrite("hitkeep.db", at)
            damaged = file.read_bytes()
            with Server(data=self.data, start=False) as server:
                if server.start(wait=False).started() and server.request("GET", "/readyz").status == 503:
                    break
            file.write_bytes(whole)
        else:
            self.fail("no block stopped the file alone")
        with Server(data=self.data, start=False) as server:
            server.start(wait=False).wait_listening()
            self.assertEqual(server.hit(site, "/while").status, 202)
            server.log_in()
            kinds = {notice["kind"] for notice in server.request("GET", "/api/notices").json}
            self.assertLessEqual({"damaged_rows", "lane_stopped"}, kinds)
            self.assertRegex(server.output(), r"rows of a database file cannot be read.*newest snapshot.*hitkeep\.db")
            self.assertEqual(server.stop()[0], 0, server.output())
        self.assertEqual(file.read_bytes(), damaged, "left as it is")
        file.write_bytes(whole)
        self.runs(hits=151)

    def test_a_hitkeep_db_that_is_cut(self):
        self.make_data()
        self.dirty_log()
        file = self.data / "hitkeep.db"
        size = file.stat().st_size
        for rest in (size // 2, 3 * 4096, 4096, 100):
            with self.subTest(rest=rest):
                whole = file.read_bytes()
                os.truncate(file, rest)
                self.refused("hitkeep.db", "backup")
                file.write_bytes(whole)
        # What the last block holds depends on what was freed before it: the catalog, rows, or nothing.
        os.truncate(file, size - BLOCK)
        cut = file.read_bytes()
        with Server(data=self.data, start=False) as server:
            if not server.start(wait=False).started():
                self.assertRegex(server.output(), r"hitkeep: .*hitkeep\.db.*backup")
            elif server.request("GET", "/readyz").status == 503:
                self.assertRegex(server.output(), r"rows of a database file cannot be read.*newest snapshot.*hitkeep\.db")
                self.assertEqual(server.stop()[0], 0, server.output())
            else:
                server.kill()
                self.runs(hits=1)
                return
        self.assertEqual(file.read_bytes(), cut, "left as it is")

    def test_a_torn_wal_is_applied_again_from_the_log(self):
        self.make_data(killed=True)
        self.dirty_log()
        size = (self.data / "hitkeep.db.wal").stat().st_size
        self.overwrite("hitkeep.db.wal", size // 2, 64)
        with self.run_server() as server:
            server.log_in()
            site = server.request("GET", "/api/sites").json[0]
            server.wait_applied(site, 1)
            self.assertRegex(server.output(), r"moved aside.*hitkeep\.db\.wal\.aside-1")
            self.assertEqual(server.stop()[0], 0, server.output())
        self.assertEqual((self.data / "hitkeep.db.wal.aside-1").stat().st_size, size)
        self.runs(hits=1)

    def test_a_wal_of_another_file_is_applied_again_from_the_log(self):
        self.make_data()
        self.make_data(killed=True)
        shutil.copy2(Faults.models[True] / "data/hitkeep.db.wal", self.home / "wal")
        self.make_data()
        shutil.copy2(self.home / "wal", self.data / "hitkeep.db.wal")
        self.runs(hits=1)
        self.assertTrue((self.data / "hitkeep.db.wal.aside-1").exists())

    def test_a_refusal_leaves_a_torn_wal_where_it_is(self):
        self.make_data(killed=True)
        self.overwrite("hitkeep.db.wal", (self.data / "hitkeep.db.wal").stat().st_size // 2, 64)
        self.overwrite("control.db", 0, 64)
        self.refused("control.db")

    def test_a_wal_without_its_database(self):
        self.make_data(killed=True)
        self.dirty_log()
        (self.data / "hitkeep.db").unlink()
        self.refused("hitkeep.db is gone", "backup")

    def test_what_a_kill_leaves_is_not_damage(self):
        self.make_data(killed=True)
        self.assertGreater((self.data / "control.db-wal").stat().st_size, 0)
        self.assertGreater((self.data / "hitkeep.db.wal").stat().st_size, 0)
        self.dirty_log()
        self.runs(hits=1)

    def test_a_refusal_replays_no_wal(self):
        """Whichever file is damaged, what a kill left of the others stays as it is."""
        for name, at in (("control.db", 0), ("hitkeep.db", 4096), ("log/000000000001.seg", 0)):
            with self.subTest(name):
                self.make_data(killed=True)
                self.overwrite(name, at, 8192 if name == "hitkeep.db" else 64)
                self.refused(name.rsplit("/")[-1])

    def test_a_damaged_segment(self):
        self.make_data()
        with open(self.data / "log/000000000001.seg", "r+b") as file:
            file.seek(4096 + 60)  # in the first batch; valid ones follow
            file.write(b"\xee\xee\xee\xee")
        self.refused("000000000001.seg is damaged at byte 4096", "nothing was changed", "backup")

    def test_a_foreign_segment(self):
        self.make_data()
        (self.data / "log/000000000001.seg").write_bytes(b"this is not a segment, but text\n" * 200)
        self.refused("000000000001.seg is not a log segment of HitKeep")

    def test_a_segment_of_a_newer_hitkeep(self):
        self.make_data()
        with open(self.data / "log/000000000001.seg", "r+b") as file:
            file.seek(8)
            file.write(b"\x09\x00")
        self.refused("000000000001.seg was written by a newer version of HitKeep")

    def test_a_log_that_is_gone(self):
        self.make_data()
        shutil.rmtree(self.data / "log")
        self.refused("control.db is there, but the log that it was made from is gone", "hitkeep mend")

    def test_a_hitkeep_db_that_is_ahead_of_the_log(self):
        self.make_data()
        shutil.rmtree(self.data / "log")
        for file in self.data.glob("control.db*"):
            file.unlink()
        self.refused("hitkeep.db is there, but the log that it was made from is gone", "hitkeep mend")

    def test_a_control_db_that_is_gone_is_made_from_the_log(self):
        self.make_data()
        for file in self.data.glob("control.db*"):
            file.unlink()
        with self.run_server() as server:
            server.log_in()
            self.assertEqual([s["domain"] for s in server.request("GET", "/api/sites").json], ["localhost"])

    def test_secrets_that_others_can_read(self):
        for name in ("jwt-secret", "data-key", "salts"):
            with self.subTest(name):
                self.make_data()
                self.dirty_log()
                (self.data / name).chmod(0o644)
                self.refused(name, "chmod 600")

    # --- versions --------------------------------------------------------------------------------

    def test_a_control_db_of_a_newer_hitkeep(self):
        for killed in (False, True):
            with self.subTest(killed=killed):
                self.make_data(killed)
                self.dirty_log()
                with contextlib.closing(sqlite3.connect(self.data / "control.db")) as db:
                    db.execute("INSERT INTO migrations VALUES ('9999_future', 0)")
                    db.commit()
                self.refused("control.db was written by a newer HitKeep (migration 9999_future)", "newer")

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_a_hitkeep_db_of_a_newer_hitkeep(self):
        for killed in (False, True):
            with self.subTest(killed=killed):
                self.make_data(killed)
                self.dirty_log()
                with duckdb.connect(str(self.data / "hitkeep.db")) as db:
                    db.execute("INSERT INTO migrations VALUES ('9999_future', now())")
                self.refused("hitkeep.db was written by a newer HitKeep (migration 9999_future)")

    def test_a_database_of_a_newer_duckdb(self):
        self.make_data()
        self.dirty_log()
        with open(self.data / "hitkeep.db", "r+b") as file:
            file.seek(12)  # the storage version, behind checksum and magic
            file.write((9999).to_bytes(8, "little"))
        self.refused("hitkeep.db")

    # --- the original's files --------------------------------------------------------------------

    def make_original(self, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(file)) as db:
            db.execute("CREATE TABLE migrations (migration VARCHAR PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)")
            db.execute("INSERT INTO migrations VALUES ('2025_05_11_000000_create_base_tables.sql', now())")
            db.execute("CREATE TABLE hits (id UUID PRIMARY KEY, site_id UUID, timestamp TIMESTAMPTZ)")

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_a_data_directory_of_the_original(self):
        self.make_original(self.data / "hitkeep.db")
        self.refused(str(self.data / "hitkeep.db"), "belongs to the original HitKeep", "HITKEEP_DATA_PATH")

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_a_tenant_of_the_original(self):
        self.make_original(self.data / "tenants/0197a5e2-7c1e-7cc0-8d2a-111111111111/hitkeep.db")
        self.refused("0197a5e2-7c1e-7cc0-8d2a-111111111111/hitkeep.db belongs to the original HitKeep")

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_the_originals_default_place_is_the_current_directory(self):
        self.make_original(self.current / "hitkeep.db")
        self.refused("current/hitkeep.db belongs to the original HitKeep", "HITKEEP_DB_PATH")

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_a_database_named_by_the_operator_that_is_the_originals(self):
        self.make_original(self.home / "elsewhere.db")
        self.refused("elsewhere.db belongs to the original HitKeep", HITKEEP_DB_PATH=str(self.home / "elsewhere.db"))

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_the_database_of_another_program(self):
        self.data.mkdir()
        with duckdb.connect(str(self.data / "hitkeep.db")) as db:
            db.execute("CREATE TABLE theirs (a INTEGER)")
        self.refused("hitkeep.db is the database of another program")

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_a_database_that_somebody_has_open(self):
        self.make_data()
        with duckdb.connect(str(self.data / "hitkeep.db")):  # no other read of it here: that would free its lock
            self.refused(f"hitkeep.db is in use by another process (PID {os.getpid()})", untouched=False)


def can_mount():
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") and subprocess.run(command, capture_output=True).returncode == 0


class DiskFull(unittest.TestCase):
    """A disk of a few megabytes, in a mount namespace of its own."""

    @unittest.skipUnless(can_mount(), "needs user namespaces")
    def test_in_a_namespace(self):
        for case in ("at_the_start", "while_running"):
            with self.subTest(case):
                inside = ["unshare", "-rm", sys.executable, "-W", "ignore", __file__, "DiskFullInside." + case]
                done = subprocess.run(inside, capture_output=True, text=True, timeout=300)
                self.assertEqual(done.returncode, 0, done.stderr)


class DiskFullInside(unittest.TestCase):
    """Not found by itself: the names do not begin with test."""

    def mount(self, megabytes):
        self.disk = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-disk-"))
        self.addCleanup(os.rmdir, self.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)

    def fill(self):
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            for block in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(bytes(block))

    def wait_for_lane(self, server, site):
        """A lane that stopped tries again by itself."""
        deadline = time.monotonic() + 60
        while server.request("GET", f"/api/sites/{site['id']}/stats").status == 503:
            self.assertLess(time.monotonic(), deadline, server.output())
            time.sleep(0.1)

    def at_the_start(self):
        self.mount(2)
        env = Server(data=self.disk / "data", start=False).environment()
        done = subprocess.run([str(BIN)], env=env, capture_output=True, text=True, timeout=60)
        self.assertGreater(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^hitkeep: .*(disk is full|No space left)")

    def while_running(self):
        self.mount(200)  # the log writes two segments of 64 MB ahead
        with Server(data=self.disk / "data") as server:
            site = server.set_up("localhost")
            self.fill()
            acknowledged = 0
            for n in range(200):
                answer = server.hit(site, f"/{n}")
                self.assertIn(answer.status, (202, 503))
                if answer.status == 503:
                    self.assertIn("Retry-After", answer.headers)
                acknowledged += answer.status == 202
            self.assertGreater(acknowledged, 0, "the log has its room already")
            answers = []
            body = {"domain": "example.net", "zone": "UTC"}
            waiting = threading.Thread(target=lambda: answers.append(server.request("POST", "/api/sites", body)))
            waiting.start()
            (self.disk / "filler").unlink()
            waiting.join()
            self.assertIn(answers[0].status, (200, 503))
            self.wait_for_lane(server, site)
            server.wait_applied(site, acknowledged, seconds=60)
            self.assertEqual(server.create_site("example.org")["domain"], "example.org")
            domains = {site["domain"] for site in server.request("GET", "/api/sites").json}
            if answers[0].status == 200:
                self.assertIn("example.net", domains)
            self.assertLessEqual({"localhost", "example.org"}, domains)
            self.assertEqual(server.stop()[0], 0, server.output())
        if duckdb:
            self.assertEqual(query_files(self.disk / "data", "SELECT count(*) FROM hits"), [(acknowledged,)])


if __name__ == "__main__":
    unittest.main()
