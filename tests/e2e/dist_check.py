#!/usr/bin/env python3
"""The static executable alone: in a chroot that holds it, libc, libm and the loader, it does the main job.

Needs root (chroot). Run by make release-check after make dist; HITKEEP_BIN names the executable.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import server as harness

ALLOWED = {"linux-vdso.so.1", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


def needed(binary):
    lines = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout.splitlines()
    libraries = {}
    for line in lines:
        words = line.split()
        path = words[2] if "=>" in words else words[0]
        libraries[pathlib.PurePath(words[0]).name] = path
    return libraries


class Jailed(harness.Server):
    """The same server, started inside a folder that holds nothing else."""

    def __init__(self, root):
        self.root = root
        super().__init__(data=root / "data")

    def environment(self):
        return {**super().environment(), "HITKEEP_DATA_PATH": "/data"}

    def start(self, wait=True):
        harness.BIN = shutil.which("chroot")
        real = harness.subprocess.Popen

        def popen(command, **options):
            return real([*command, str(self.root), "/hitkeep"], **options)

        harness.subprocess.Popen = popen
        try:
            super().start(wait)
        finally:
            harness.subprocess.Popen = real


def main():
    binary = harness.BIN
    libraries = needed(binary)
    extra = set(libraries) - ALLOWED
    assert not extra, f"{binary} needs more than libc, libm and the loader: {extra}"
    assert "not stripped" not in subprocess.run(["file", "-b", binary], capture_output=True, text=True).stdout

    root = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-chroot-"))
    try:
        shutil.copy(binary, root / "hitkeep")
        for path in libraries.values():
            if path.startswith("/"):
                target = root / path[1:]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        (root / "data").mkdir()
        with Jailed(root) as server:
            site = server.set_up("localhost", "Europe/Berlin")
            assert server.request("GET", "/").status == 200
            assert server.request("GET", "/hk.js").status == 200
            for number in range(20):
                assert server.hit(site, f"/n/{number}").status == 202
            server.kill()
            server.start()
            server.log_in()
            server.wait_applied(site, 20)
            code, seconds = server.stop()
            assert code == 0 and seconds < 5, (code, seconds)
            assert harness.query_files(root / "data", "SELECT count(*), count(DISTINCT path) FROM hits") == [(20, 20)]
            assert not list(root.glob("data/**/*.wal"))
        left = sorted(p.name for p in root.iterdir())
        print(f"the executable alone did the main job; in its root are {left}")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())
