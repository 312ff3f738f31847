#!/usr/bin/env python3
"""The Debian package, made of the test build in the executable's place: what is in it and whose, its scripts, its units, and
whether the program does its work under the units' rules. tests/packaging/debian_check.py installs the real one."""
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from server import BIN, Server  # noqa: E402

DEB = ROOT / "packaging/deb"
SANDBOX = pathlib.Path(__file__).with_name("sandbox.py")
MOST_EXPOSED = 20  # of `systemd-analyze security`, in tenths: 2.0


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-deb-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / "licences").write_text("What is linked in.\n")
        cls.deb = cls.folder / "hitkeep_1.2.3_amd64.deb"
        run(DEB / "build", BIN, "1.2.3", "amd64", cls.folder / "licences", cls.deb,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "DEB_COMPRESSION": "none"})
        tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", cls.deb], capture_output=True, check=True).stdout
        cls.archive = tarfile.open(fileobj=io.BytesIO(tar))
        cls.members = {one.name.removeprefix("."): one for one in cls.archive}

    def test_files_and_whose_they_are(self):
        files = {name: one.mode for name, one in self.members.items() if one.isfile()}
        self.assertEqual(files, {
            "/usr/bin/hitkeep": 0o755,
            "/etc/hitkeep/hitkeep.env": 0o640,
            "/usr/lib/systemd/system/hitkeep-https.socket": 0o644,
            "/usr/lib/systemd/system/hitkeep.service": 0o644,
            "/usr/lib/systemd/system/hitkeep.socket": 0o644,
            "/usr/share/doc/hitkeep/changelog.gz": 0o644,
            "/usr/share/doc/hitkeep/copyright": 0o644,
            "/usr/share/doc/hitkeep/running.md": 0o644,
            "/usr/share/doc/hitkeep/settings.md": 0o644,
        })
        for name, one in self.members.items():
            self.assertEqual((one.uid, one.gid, one.mtime), (0, 0, 1700000000), name)
            if one.isdir():
                self.assertEqual(one.mode, 0o755, name)
        copyright_ = self.archive.extractfile(self.members["/usr/share/doc/hitkeep/copyright"]).read().decode()
        self.assertIn("MIT License", copyright_)
        self.assertIn("What is linked in.", copyright_)

    def test_control_data(self):
        said = dict(re.findall(r"^ ?([A-Z][\w-]+): (.*)$", run("dpkg-deb", "--info", self.deb), re.M))
        self.assertEqual((said["Package"], said["Version"], said["Architecture"]), ("hitkeep", "1.2.3", "amd64"))
        self.assertIn("libc6 (>= 2.36)", said["Depends"])
        self.assertGreater(int(said["Installed-Size"]) * 1024, BIN.stat().st_size)
        self.assertEqual(run("dpkg-deb", "--info", self.deb, "conffiles").split(), ["/etc/hitkeep/hitkeep.env"])
        listed = {"/" + line.split("  ")[1] for line in run("dpkg-deb", "--info", self.deb, "md5sums").splitlines()}
        self.assertEqual(listed, {name for name, one in self.members.items() if one.isfile()})

    def test_scripts_are_posix_and_stop_at_a_failure(self):
        for script in ("postinst", "prerm", "postrm"):
            text = run("dpkg-deb", "--info", self.deb, script)
            self.assertTrue(text.startswith("#!/bin/sh\nset -e\n"), script)
            run("dash", "-n", input=text)

    def test_units_are_what_systemd_knows(self):
        units = self.folder / "units"
        units.mkdir()
        for name in ("hitkeep.service", "hitkeep.socket", "hitkeep-https.socket"):
            text = (DEB / name).read_text()
            (units / name).write_text(text.replace("/usr/bin/hitkeep", str(BIN)).replace("User=hitkeep\n", "").replace("Group=hitkeep\n", ""))
        said = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *sorted(units.iterdir())], capture_output=True, text=True)
        self.assertEqual((said.returncode, said.stderr), (0, ""))

    def test_the_service_is_shut_off(self):
        said = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager", DEB / "hitkeep.service"],
                              capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stdout[-300:] + said.stderr)
        self.assertRegex(said.stdout, r"Overall exposure level for hitkeep.service: [01]\.\d")

    def test_the_settings_file_is_read_as_it_stands(self):
        """Each line without its # is a variable that the program takes: no value of it stops a start."""
        variables = dict(line[1:].split("=", 1) for line in (DEB / "hitkeep.env").read_text().splitlines() if line.startswith("#HITKEEP_"))
        self.assertGreater(len(variables), 40)
        with Server(**{name.removeprefix("HITKEEP_"): value for name, value in variables.items() if name not in ("HITKEEP_DATA_PATH", "HITKEEP_HTTP_ADDR", "HITKEEP_TLS_ADDR")}) as server:
            self.assertNotIn("is no setting of HitKeep", server.output())
            self.assertNotIn("has no effect", server.output())

    def test_does_its_work_under_the_units_rules(self):
        # The leak sanitizer would look at the process from outside.
        with unittest.mock.patch.dict(os.environ, ASAN_OPTIONS="detect_leaks=0"), Server(start=False) as server:
            server.command = [sys.executable, SANDBOX, DEB / "hitkeep.service", BIN]
            server.start()
            site = server.set_up("localhost", "Europe/Berlin")
            for number in range(20):
                self.assertEqual(server.hit(site, f"/n/{number}").status, 202)
            server.wait_applied(site, 20)
            subprocess.run([BIN, "snapshot", server.data.parent / (server.data.name + "-copy"), "-data-path", server.data], check=True, capture_output=True)
            shutil.rmtree(server.data.parent / (server.data.name + "-copy"))
            self.assertEqual(server.stop()[0], 0, server.output())

    def test_the_rules_are_in_force(self):
        def sandboxed(code):
            return subprocess.run([sys.executable, SANDBOX, DEB / "hitkeep.service", sys.executable, "-c", code], capture_output=True, text=True)

        self.assertEqual(sandboxed("print(1)").stdout, "1\n")
        self.assertIn("Operation not permitted", sandboxed("import os; os.chroot('/')").stderr)
        self.assertIn("Operation not permitted", sandboxed("import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)").stderr)


if __name__ == "__main__":
    unittest.main()
