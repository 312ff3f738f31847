#!/usr/bin/env python3
"""What goes wrong at a start: each fault ends with a sentence and a code other than 0, and nothing is touched."""
import contextlib
import hashlib
import os
import pathlib
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


def snapshot(directory):
    """Digest, mode and time of every file below a directory, but the lock, which says who was there last."""
    found = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        info = path.lstat()
        if path.is_file() and path.name != "lock":
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if info.st_size < 8 << 20 else info.st_size
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
    model = None  # made once: a start takes a while under sanitizers

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-faults-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.data = self.home / "data"
        self.current = self.home / "current"
        self.current.mkdir()

    def run_server(self):
        return Server(data=self.data)

    def make_data(self):
        """A data directory with an owner, a site and a hit, cleanly stopped."""
        if Faults.model is None:
            Faults.model = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-faults-"))
            self.addClassCleanup(shutil.rmtree, Faults.model, ignore_errors=True)
            with Server(data=Faults.model / "data") as server:
                site = server.set_up("localhost")
                self.assertEqual(server.hit(site, "/").status, 202)
                code, _ = server.stop()
                self.assertEqual(code, 0, server.output())
        shutil.copytree(Faults.model / "data", self.data)

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
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.refused(f"127.0.0.1:{port}", "HITKEEP_HTTP_ADDR", untouched=False, HITKEEP_HTTP_ADDR=f"127.0.0.1:{port}")

    # --- damage ----------------------------------------------------------------------------------

    def overwrite(self, name, at, count=4096):
        with open(self.data / name, "r+b") as file:
            file.seek(at)
            file.write(b"\xee" * count)

    def test_a_control_db_that_is_none(self):
        self.make_data()
        (self.data / "control.db").write_bytes(b"this is not a database at all, but text")
        self.refused("control.db is not an SQLite database", untouched=False)
        self.assertEqual((self.data / "control.db").read_bytes()[:7], b"this is")

    def test_a_damaged_control_db(self):
        self.make_data()
        self.overwrite("control.db", 4096 * 3)
        # SQLite makes its shared-memory file for the look and takes it away again.
        self.refused("control.db is damaged", "backup", untouched=False)

    def test_a_hitkeep_db_that_is_none(self):
        self.make_data()
        (self.data / "hitkeep.db").write_bytes(b"this is not a database at all, but text")
        self.refused("hitkeep.db is not a DuckDB database", untouched=False)
        self.assertEqual((self.data / "hitkeep.db").read_bytes()[:7], b"this is")

    def test_a_damaged_hitkeep_db(self):
        self.make_data()
        self.overwrite("hitkeep.db", 4096, 8192)  # both of DuckDB's headers
        before = (self.data / "hitkeep.db").read_bytes()
        self.refused("hitkeep.db cannot be read as a database", "backup", untouched=False)
        self.assertEqual((self.data / "hitkeep.db").read_bytes(), before)

    def test_a_log_that_is_gone(self):
        self.make_data()
        shutil.rmtree(self.data / "log")
        self.refused("control.db and the log do not belong together", "backup", untouched=False)

    def test_a_control_db_that_is_gone_is_made_from_the_log(self):
        self.make_data()
        for file in self.data.glob("control.db*"):
            file.unlink()
        with self.run_server() as server:
            server.log_in()
            self.assertEqual([s["domain"] for s in server.request("GET", "/api/sites").json], ["localhost"])

    # --- versions --------------------------------------------------------------------------------

    def test_a_control_db_of_a_newer_hitkeep(self):
        self.make_data()
        with contextlib.closing(sqlite3.connect(self.data / "control.db")) as db:
            db.execute("INSERT INTO migrations VALUES ('9999_future', 0)")
            db.commit()
        self.refused("control.db was written by a newer HitKeep (migration 9999_future)", "newer", untouched=False)

    @unittest.skipIf(duckdb is None, "needs the duckdb wheel")
    def test_a_hitkeep_db_of_a_newer_hitkeep(self):
        self.make_data()
        with duckdb.connect(str(self.data / "hitkeep.db")) as db:
            db.execute("INSERT INTO migrations VALUES ('9999_future', now())")
        before = (self.data / "hitkeep.db").read_bytes()
        self.refused("hitkeep.db was written by a newer HitKeep (migration 9999_future)", untouched=False)
        self.assertEqual((self.data / "hitkeep.db").read_bytes(), before)

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
