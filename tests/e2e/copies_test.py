#!/usr/bin/env python3
"""Files that were copied while the program ran, and files that do not belong together: what is there is right, or a sentence
says which command makes it so, and that command works."""
import contextlib
import http.client
import itertools
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from server import BIN, Server

SENTENCE = "hitkeep: "


MOST = 950  # numbers: an answer lists 1,000 pages


class Load:
    """Numbered hits, ten a second, until it is told to end."""

    def __init__(self, server, site, pause=0.1, first=0):
        self.server, self.site, self.pause = server, site, pause
        self.acknowledged, self.sent = set(), first
        self.going = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while self.going and self.sent < MOST:
            number, self.sent = self.sent, self.sent + 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.server.hit(self.site, f"/n/{number}").status == 202:
                    self.acknowledged.add(number)
            time.sleep(self.pause)

    def end(self):
        self.going = False
        self.thread.join()


class Copies(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-copies-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)

    def start(self, data, **options):
        server = Server(data=data, **options)
        self.addCleanup(server.__exit__)
        return server

    def with_hits(self, data):
        """A server that has applied all of a load that is over; its site and the load."""
        server = self.start(data)
        site = server.set_up("localhost")
        load = Load(server, site, pause=0)
        server.wait_applied(site, 40)
        load.end()
        server.wait_applied(site, len(load.acknowledged))
        return server, site, load

    def run_command(self, data, *words):
        env = Server(data=data, start=False).environment()
        done = subprocess.run([BIN, *words], env=env, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def refused(self, data):
        """The one sentence of a start that refuses."""
        code, output = self.run_command(data)
        self.assertGreater(code, 0, output)
        sentences = [line for line in output.splitlines() if line.startswith(SENTENCE)]
        self.assertEqual(len(sentences), 1, output)
        return sentences[0]

    def shows(self, data, site, least, most):
        """Starts; every number of `least` is shown, each once, and none that is not in `most`. What the start said."""
        server = self.start(data)
        with server:
            return self.shown(server, site, least, most)

    def shown(self, server, site, least, most):
        server.log_in()
        deadline = time.monotonic() + 60
        while not least <= (seen := server.numbered_views(site)).keys():
            self.assertLess(time.monotonic(), deadline, f"gone: {sorted(least - seen.keys())}\n{server.output()}")
            time.sleep(0.05)
        self.assertEqual({n for n, count in seen.items() if count != 1}, set(), "twice")
        self.assertLessEqual(seen.keys(), most, "never sent")
        self.assertEqual(server.hit(site, "/n/999999").status, 202)
        server.wait_applied(site, len(seen) + 1)
        self.assertEqual(server.stop()[0], 0, server.output())
        return server.output()

    # --- copies of a running program ---------------------------------------------------------------

    def test_a_copy_of_the_running_program_starts(self):
        server = self.start(self.home / "data")
        site = server.set_up("localhost")
        load = Load(server, site)
        parts = ["log", "control.db", "hitkeep.db"]
        for order in (parts, parts[::-1], [parts[1], parts[0], parts[2]]):
            with self.subTest(order=order):
                server.wait_applied(site, len(load.acknowledged) // 2)
                copy = self.home / "-".join(order)
                copy.mkdir(0o700)
                before = set(load.acknowledged)
                for part in order:  # slowly, so that hits arrive between any two files
                    for path in sorted((self.home / "data").glob(part + "*")):
                        (shutil.copytree if path.is_dir() else shutil.copy2)(path, copy / path.name)
                        time.sleep(0.5)
                for name in ("salts", "jwt-secret"):
                    shutil.copy2(self.home / "data" / name, copy / name)
                output = self.shows(copy, site, before, set(range(load.sent)))
                self.assertIn("new timeline", output)
                self.shows(copy, site, before | {999999}, {999999, *range(load.sent)} - set())
        load.end()

    def test_a_snapshot_starts(self):
        server = self.start(self.home / "data")
        site = server.set_up("localhost")
        load = Load(server, site)
        time.sleep(1)
        before = set(load.acknowledged)
        code, output = self.run_command(self.home / "data", "snapshot", str(self.home / "running"))
        self.assertEqual(code, 0, output)
        self.assertEqual(oct((self.home / "running").stat().st_mode & 0o777), "0o700")
        self.assertFalse((self.home / "running/salts").exists())
        self.assertFalse((self.home / "running.part").exists())
        self.shows(self.home / "running", site, before, set(range(load.sent)))
        code, output = self.run_command(self.home / "data", "snapshot", str(self.home / "running"))
        self.assertIn("not empty", output)
        code, output = self.run_command(self.home / "data", "snapshot", str(self.home / "data/inside"))
        self.assertIn("inside the data directory", output)
        load.end()
        server.kill()
        code, output = self.run_command(self.home / "data", "snapshot", str(self.home / "killed"))
        self.assertEqual(code, 0, output)
        self.shows(self.home / "killed", site, load.acknowledged, set(range(load.sent)))
        code, output = self.run_command(self.home / "nowhere", "snapshot", str(self.home / "empty"))
        self.assertIn("no data directory", output)
        self.assertFalse((self.home / "empty").exists())

    def test_a_file_is_made_smaller_by_hand_and_goes_on(self):
        data = self.home / "data"
        server, site, load = self.with_hits(data)
        self.assertNotEqual(self.run_command(data, "compact")[0], 0, "while a server runs")
        self.assertEqual(server.stop()[0], 0)
        code, output = self.run_command(data, "compact")
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r"hitkeep\.db has \d+ MB less, of \d+")
        self.shows(data, site, load.acknowledged, set(range(load.sent)))

    # --- what is lost ------------------------------------------------------------------------------------

    def test_a_log_that_lost_its_end_is_told_and_mended(self):
        data = self.home / "data"
        server, site, load = self.with_hits(data)
        self.assertEqual(server.stop()[0], 0)
        with open(data / "log/000000000001.seg", "r+b") as segment:
            used = len(segment.read().rstrip(b"\0"))
            cut = used // 1024 * 512
            segment.seek(cut)
            segment.write(bytes(used - cut))
        sentence = self.refused(data)
        self.assertRegex(sentence, r"the log ends \d+ bytes before .*control\.db|hitkeep\.db")
        self.assertIn("`hitkeep mend`", sentence)
        code, output = self.run_command(data, "mend")
        self.assertEqual(code, 0, output)
        self.shows(data, site, load.acknowledged, set(range(load.sent)))

    def test_a_log_that_is_gone_is_told_and_mended(self):
        data = self.home / "data"
        server = self.start(data)
        site = server.set_up("localhost")
        load = Load(server, site, pause=0)
        server.wait_applied(site, 20)
        load.end()
        self.assertEqual(server.stop()[0], 0)
        shutil.rmtree(data / "log")
        self.assertIn("`hitkeep mend`", self.refused(data))
        code, output = self.run_command(data, "mend")
        self.assertEqual(code, 0, output)
        self.shows(data, site, load.acknowledged, set(range(load.sent)))
        # From here on the log begins behind the beginning: a file that is missing is no new instance.
        for name in ("control.db", "hitkeep.db"):
            with self.subTest(name):
                os.rename(data / name, self.home / name)
                sentence = self.refused(data)
                self.assertIn(name + " is missing or empty", sentence)
                self.assertIn("`hitkeep mend`", sentence)
                os.rename(self.home / name, data / name)
        os.rename(data / "hitkeep.db", self.home / "hitkeep.db")
        code, output = self.run_command(data, "mend")
        self.assertEqual(code, 0, output)
        self.shows(data, site, set(), {999999})

    # --- what does not belong together -------------------------------------------------------------------------

    def moments(self):
        """Copies of a killed program's files: three moments of one instance, with a checkpoint between each two, and another
        instance. name -> (directory, acknowledged, sent)."""
        made = {}
        server = self.start(self.home / "data")
        site = server.set_up("localhost")
        for name in "ABC":
            before, first = made[chr(ord(name) - 1)][1:] if made else (set(), 0)
            load = Load(server, site, pause=0.01, first=first)
            time.sleep(0.7)
            load.end()
            server.wait_applied(site, len(before | load.acknowledged))
            server.kill()
            shutil.copytree(self.home / "data", self.home / name)
            made[name] = (self.home / name, before | load.acknowledged, load.sent)
            server.start()  # replays and checkpoints
            server.log_in()
        server.stop()
        other = self.start(self.home / "other")
        other_site = other.set_up("localhost")
        load = Load(other, other_site, pause=0)
        time.sleep(0.7)
        load.end()
        other.kill()
        shutil.copytree(self.home / "other", self.home / "X")
        return made, site

    def test_files_of_different_moments_and_instances(self):
        made, site = self.moments()
        every = list(itertools.product("ABCX", repeat=4))  # control.db, hitkeep.db, its WAL, log
        every = [c for c in every if len(set(c)) > 1 and c[3] != "X"]
        wanted = [("A", "A", "B", "A"), ("B", "A", "C", "B"), ("B", "C", "A", "C"), ("C", "C", "C", "A"), ("A", "A", "A", "C"),
                  ("A", "X", "X", "A"), ("X", "B", "B", "B"), ("B", "B", "X", "B")]
        count = int(os.environ.get("HITKEEP_PAIRS", "4"))
        chosen = wanted + random.sample(every, min(count, len(every)))
        for control, database, wal, log in chosen:
            with self.subTest(control=control, database=database, wal=wal, log=log):
                mixed = self.home / "mixed"
                shutil.rmtree(mixed, ignore_errors=True)
                shutil.copytree(self.home / log, mixed)
                for name, moment in (("control.db", control), ("control.db-wal", control), ("hitkeep.db", database), ("hitkeep.db.wal", wal)):
                    (mixed / name).unlink(missing_ok=True)
                    if (self.home / moment / name).exists():
                        shutil.copy2(self.home / moment / name, mixed / name)
                sent = max(made[m][2] for m in (database, wal, log) if m != "X")
                with Server(data=mixed, start=False) as server:
                    # The other instance's files without its WAL may have nothing in them that the log does not fill.
                    if server.start(wait=False).started():
                        server.wait_ready()
                        self.shown(server, site, made[log][1], set(range(sent)))
                    else:
                        self.assertIn("X", (control, database), server.output())
                        self.assertRegex(server.output(), r"(?m)^hitkeep: .* was not made from this log")

    def test_files_of_a_copy_and_of_what_went_on(self):
        data, copy = self.home / "data", self.home / "copy"
        server = self.start(data)
        site = server.set_up("localhost")
        server.hit(site, "/n/0")
        server.wait_applied(site, 1)
        self.assertEqual(server.stop()[0], 0)
        shutil.copytree(data, copy)
        for here, numbers in ((data, range(1, 120)), (copy, range(1, 60))):
            server = self.start(here)
            server.log_in()
            for n in numbers:
                server.hit(site, f"/n/{n}")
            server.wait_applied(site, len(numbers) + 1)
            self.assertEqual(server.stop()[0], 0)
        for name in ("hitkeep.db", "control.db"):
            with self.subTest(name):
                shutil.copy2(data / name, self.home / "kept")
                shutil.copy2(copy / name, data / name)
                self.assertIn("was not made from this log", self.refused(data))
                shutil.copy2(self.home / "kept", data / name)
                shutil.copy2(copy / name, self.home / "kept")
                shutil.copy2(data / name, copy / name)
                self.assertIn("went on after the moment", self.refused(copy))
                shutil.copy2(self.home / "kept", copy / name)


if __name__ == "__main__":
    unittest.main()
