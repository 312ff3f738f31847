#!/usr/bin/env python3
"""All packages, made twice of one executable: from two folders, they are the same bytes; their sums and the compose file are right."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml
from packages import ROOT, VERSION, build

sys.path.insert(0, str(ROOT / "tests/e2e"))
from server import BIN, Server  # noqa: E402

# What packaging/ reads that git does not have: the dashboard's list, and licences that components.tsv names beside it.
MADE = ("web/dist/3rdpartylicenses.txt", *re.findall(r"\t(web/node_modules/\S+)$", (ROOT / "packaging/components.tsv").read_text(), re.M))


def elsewhere(folder):
    """The sources in another folder, with other modes and dates."""
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "packaging", "docs", "LICENSE", "CHANGELOG.md", "CMakeLists.txt", "web/package-lock.json", "web/lists"],
                           capture_output=True, text=True, check=True).stdout.split()
    for name in (*names, *MADE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
        os.utime(folder / name, (1, 1))
        (folder / name).chmod((folder / name).stat().st_mode | 0o060)


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-packages-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.files = build(BIN, cls.folder / "out")

    def test_each_thing_is_there(self):
        self.assertEqual(set(self.files), {
            "SHA256SUMS", "compose.yaml", f"hitkeep-{VERSION}-amd64.spdx.json", f"hitkeep-{VERSION}-helm.tgz", f"hitkeep-{VERSION}-linux-amd64",
            f"hitkeep-{VERSION}-oci-amd64.tar", f"hitkeep_{VERSION}_amd64.deb", "licences-amd64.txt",
        })
        sums = dict(reversed(line.split("  ")) for line in self.files["SHA256SUMS"].read_text().splitlines())
        self.assertEqual(set(sums), set(self.files) - {"SHA256SUMS"})
        for name, digest in sums.items():
            self.assertEqual(hashlib.sha256(self.files[name].read_bytes()).hexdigest(), digest, name)

    def test_the_executable_says_the_packages_version(self):
        said = subprocess.run([self.files[f"hitkeep-{VERSION}-linux-amd64"], "version"], capture_output=True, text=True, check=True)
        self.assertEqual(said.stdout, f"hitkeep {VERSION}\n")

    def test_another_folder_gives_the_same_bytes(self):
        other = self.folder / "another/place"
        elsewhere(other)
        shutil.copy(BIN, other / "program")
        umask = os.umask(0)
        try:
            again = build(other / "program", self.folder / "again", root=other)
        finally:
            os.umask(umask)
        self.assertEqual(set(again), set(self.files))
        for name in self.files:
            self.assertEqual(again[name].read_bytes(), self.files[name].read_bytes(), name)

    def test_the_readme_installs_what_is_here(self):
        block = re.search(r"## Install.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
        commands = [line.split("    #")[0].replace("VERSION", VERSION) for line in block.splitlines()]
        deb, image, program, source = commands
        self.assertIn(deb.rsplit("/", 1)[1], self.files)
        self.assertIn(image.split()[3], self.files)
        self.assertIn("compose.yaml", self.files)
        self.assertIn("\n" + source.split()[1] + ": ", (ROOT / "Makefile").read_text())
        with Server(start=False) as server:
            server.command = [self.files[program.split()[0][2:]], *program.split()[1:]]
            server.options["DATA_PATH"] = "elsewhere"  # the flag wins
            folder = self.folder / "run"
            folder.mkdir()
            server.data = folder / "data"  # where the command's own name leads from its folder
            server.start()
            server.set_up("localhost")
            self.assertTrue((folder / "data/hitkeep.db").exists())
            self.assertEqual(server.stop()[0], 0)

    def test_the_compose_file(self):
        text = self.files["compose.yaml"].read_text()
        service = yaml.safe_load(text)["services"]["hitkeep"]
        self.assertEqual(service["image"], f"hitkeep:{VERSION}")
        self.assertEqual(service["volumes"], ["data:/data"])
        self.assertTrue(service["read_only"])
        self.assertEqual(service["cap_drop"], ["ALL"])
        self.assertIn(f"docker load -i hitkeep-{VERSION}-oci-amd64.tar", text)
        # Each variable is a setting.
        settings = set(re.findall(r"^#(HITKEEP_\w+)=", (ROOT / "packaging/deb/hitkeep.env").read_text(), re.M))
        self.assertEqual(set(service["environment"]) - settings, set())


if __name__ == "__main__":
    unittest.main()
