#!/usr/bin/env python3
"""The container image, read as an OCI layout and as `docker load` reads it; unpacked, the program in it does its work as the image's user
with nothing else in its root (needs root for chroot; without it that part says so)."""
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

from packages import ROOT, VERSION, WHEN, built

sys.path.insert(0, str(ROOT / "tests/e2e"))
from server import BIN, Server  # noqa: E402

USER = 65532


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.archive = tarfile.open(built(cls, BIN)[f"hitkeep-{VERSION}-oci-amd64.tar"])
        cls.addClassCleanup(cls.archive.close)

    def read(self, name):
        return self.archive.extractfile(name).read()

    def blob(self, described):
        data = self.read("blobs/sha256/" + described["digest"].removeprefix("sha256:"))
        self.assertEqual(described["digest"], "sha256:" + hashlib.sha256(data).hexdigest())
        self.assertEqual(described["size"], len(data))
        return data

    def image(self):
        """Manifest, configuration and layers, as the layout's index leads to them."""
        self.assertEqual(json.loads(self.read("oci-layout")), {"imageLayoutVersion": "1.0.0"})
        index = json.loads(self.read("index.json"))
        self.assertEqual((index["schemaVersion"], len(index["manifests"])), (2, 1))
        self.assertEqual(index["manifests"][0]["platform"], {"architecture": "amd64", "os": "linux"})
        manifest = json.loads(self.blob(index["manifests"][0]))
        return manifest, json.loads(self.blob(manifest["config"])), [self.blob(layer) for layer in manifest["layers"]]

    def test_the_layout(self):
        manifest, config, layers = self.image()
        self.assertEqual(manifest["schemaVersion"], 2)
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers])
        self.assertEqual(len(config["history"]), len(layers))
        files = {one.name for one in self.archive if one.isfile()}
        self.assertEqual(len(files), 3 + 2 + len(layers), "nothing that no one refers to")

    def test_docker_reads_the_same_image(self):
        manifest, _, _ = self.image()
        described = json.loads(self.read("manifest.json"))
        self.assertEqual(len(described), 1)
        self.assertEqual(described[0]["RepoTags"], [f"hitkeep:{VERSION}"])
        self.assertEqual("sha256:" + described[0]["Config"].rsplit("/", 1)[1], manifest["config"]["digest"])
        self.assertEqual(["sha256:" + name.rsplit("/", 1)[1] for name in described[0]["Layers"]], [one["digest"] for one in manifest["layers"]])

    def test_the_configuration(self):
        config = self.image()[1]["config"]
        self.assertEqual(config["User"], f"{USER}:{USER}")
        self.assertEqual(config["Volumes"], {"/data": {}})
        self.assertEqual(config["Healthcheck"]["Test"], ["CMD", "/usr/bin/hitkeep", "-healthcheck"])
        self.assertEqual(config["Labels"]["org.opencontainers.image.version"], VERSION)
        self.assertEqual(config["Labels"]["org.opencontainers.image.licenses"], "MIT")

    def test_what_is_inside(self):
        entries = {}
        for layer in self.image()[2]:
            for one in tarfile.open(fileobj=io.BytesIO(layer)):
                self.assertNotIn(one.name, [name for name, known in entries.items() if not known.isdir()])
                self.assertEqual(one.mtime, WHEN, one.name)
                entries[one.name] = one
        self.assertEqual((entries["data"].uid, entries["data"].gid, entries["data"].mode), (USER, USER, 0o700))
        self.assertEqual(entries["tmp"].mode, 0o1777)
        self.assertTrue(all(one.uid == 0 for name, one in entries.items() if name != "data"))
        for name in ("usr/bin/hitkeep", "etc/ssl/certs/ca-certificates.crt", "usr/share/zoneinfo/Europe/Berlin", "etc/passwd", "usr/share/doc/hitkeep/copyright"):
            self.assertTrue(entries[name].isfile(), name)
        self.assertFalse([name for name in entries if name.rsplit("/", 1)[-1] in ("sh", "bash", "busybox")], "no shell")
        self.assertFalse([name for name, one in entries.items() if one.mode & 0o6000 and name != "tmp"], "nothing with another's rights")

    @unittest.skipUnless(os.getuid() == 0, "chroot needs root")
    def test_does_its_work_alone(self):
        _, config, layers = self.image()
        root = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-image-"))
        self.addCleanup(shutil.rmtree, root)
        root.chmod(0o755)
        for layer in layers:
            tarfile.open(fileobj=io.BytesIO(layer)).extractall(root)
        (root / "proc").mkdir()  # as every container has it
        inside = ["unshare", "--mount", "bash", "-c", 'mount -t proc proc "$0/proc" && exec chroot "--userspec=$1" "$0" "${@:2}"',
                  root, config["config"]["User"]]
        env = dict(one.split("=", 1) for one in config["config"]["Env"])
        with Contained(root, [*inside, *config["config"]["Entrypoint"]], env) as server:
            site = server.set_up("localhost", "Europe/Berlin")
            for number in range(20):
                self.assertEqual(server.hit(site, f"/n/{number}").status, 202)
            server.wait_applied(site, 20)
            check = [*inside, *config["config"]["Healthcheck"]["Test"][1:], "-http-addr", f":{server.port}"]
            self.assertEqual(subprocess.run(check).returncode, 0)
            server.kill()
            server.start()
            server.log_in()
            server.wait_applied(site, 20)
            self.assertEqual(server.stop()[0], 0, server.output())
            self.assertNotEqual(subprocess.run(check).returncode, 0)
            self.assertTrue(all(path.stat().st_uid == USER for path in (root / "data").rglob("*")))


class Contained(Server):
    """The program inside of the image's root, with the image's environment."""

    def __init__(self, root, command, environment):
        self.inside = environment
        super().__init__(data=root / "data", start=False)
        self.command = command
        self.start()

    def environment(self):
        return {**{k: v for k, v in super().environment().items() if k.startswith("HITKEEP_")}, **self.inside, "PATH": os.environ["PATH"],
                "HITKEEP_HTTP_ADDR": "127.0.0.1:0", "ASAN_OPTIONS": "detect_leaks=0"}


if __name__ == "__main__":
    unittest.main()
