#!/usr/bin/env python3
"""The Debian package on bare systems: debian_check.py SUITE… (bookworm, trixie) makes each with debootstrap, installs the package, lets the
program do its work as the service's user, upgrades, removes and purges it. Needs root and the network of apt. Part of make release-check.

On the last of them, systemd is started as the first process (boot.sh), and the service is restarted, upgraded and killed under 1,000 hits a second.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import types

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import activation_test  # noqa: E402
from server import BIN, Server, query_files  # noqa: E402

VERSIONS = ("1.0.0", "1.0.1")
DATA = "/var/lib/hitkeep"
SETTINGS = "/etc/hitkeep/hitkeep.env"


def mirror():
    """The first of this machine's own mirrors of Debian."""
    texts = [path.read_text() for path in (pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")) if path.is_file()]
    return re.search(r"^(?:URIs:|deb(?: \[.*?\])?) *(https?://\S+/debian)/?\s", "\n".join(texts), re.M)[1]


class System:
    """A bare Debian in a folder."""

    def __init__(self, suite, folder):
        self.root = folder / suite
        subprocess.run(["debootstrap", "--variant=minbase", "--include=systemd", suite, self.root, mirror()], check=True, stdout=subprocess.DEVNULL)
        for name in ("proc", "dev"):
            subprocess.run(["mount", "--rbind", f"/{name}", self.root / name], check=True)
            subprocess.run(["mount", "--make-rslave", self.root / name], check=True)
        # A test build needs more than libc; the static executable does not.
        for path in re.findall(r"(/\S+) \(", subprocess.run(["ldd", BIN], capture_output=True, text=True, check=True).stdout):
            there = self.root / "usr/lib" / pathlib.PurePath(path).name
            if not (self.root / path[1:]).exists():
                shutil.copy(path, there)

    def unmount(self):
        for name in ("proc", "dev"):
            subprocess.run(["umount", "-R", "-l", self.root / name], check=False, stderr=subprocess.DEVNULL)

    def close(self):
        self.unmount()
        shutil.rmtree(self.root)

    def run(self, *command, check=True):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["chroot", self.root, *command], env=env, capture_output=True, text=True)
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def user(self):
        return self.run("getent", "passwd", "hitkeep", check=False).split(":")

    def left(self):
        """What of the package's names is in the root."""
        return self.run("find", "/", "-xdev", "-name", "*hitkeep*", "-not", "-path", "/proc/*", "-not", "-path", "/tmp/*",
                        "-not", "-path", "/root/*", "-not", "-path", "/var/log/*").split()


class Installed(Server):
    """The installed program, started as the service starts it, without systemd."""

    def __init__(self, system):
        self.system = system
        super().__init__(data=system.root / DATA[1:], start=False)
        self.command = ["chroot", "--userspec=hitkeep:hitkeep", system.root, "/usr/bin/hitkeep"]

    def environment(self):
        text = (self.system.root / SETTINGS[1:]).read_text()
        said = dict(re.findall(r"^(HITKEEP_\w+)=(.*)$", text, re.M))
        return {**{k: v for k, v in super().environment().items() if k != "HITKEEP_DATA_PATH"}, **said}


class Booted:
    """The system with systemd as its first process, and with a network of its own."""

    def __init__(self, system):
        system.unmount()
        self.system = system
        self.process = subprocess.Popen([HERE / "boot.sh", system.root])
        self.wait(lambda: self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"), "systemd does not run")

    def wait(self, done, otherwise):
        deadline = time.monotonic() + 60
        while not done():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.2)

    def first(self):
        """Its process id, as this machine sees it: the child of unshare."""
        return subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.strip()

    def enter(self, *names):
        return ["nsenter", "-t", self.first(), *names]

    def run(self, *command, check=True):
        entering = self.enter("-m", "-u", "-i", "-n", "-p", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
        done = subprocess.run([*entering, *command], capture_output=True, text=True)
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def close(self):
        self.process.kill()
        self.process.wait()


def under_load(booted, new):
    """In the network of the booted system."""
    settings = booted.system.root / SETTINGS[1:]
    settings.write_text(settings.read_text() + "HITKEEP_INGEST_RATE_LIMIT=1000000\nHITKEEP_INGEST_BURST=1000000\n")
    booted.run("systemctl", "restart", "hitkeep")
    with Server(start=False) as server:  # asks the service; nothing is started
        server.port = 8080
        server.create_owner(re.findall(r"#setup=(\S+)", booted.run("journalctl", "-u", "hitkeep", "--no-pager"))[-1])
        site = server.create_site("localhost")
    activation_test.PER_SECOND = 1000
    load = activation_test.Load(site, 8080)
    load.start()
    for command in (["systemctl", "restart", "hitkeep"], ["dpkg", "-i", f"/root/{new.name}"]):
        time.sleep(2)
        booted.run(*command)
    time.sleep(2)
    assert (load.refused, load.unanswered, load.answers) == (0, 0, {}), (load.refused, load.unanswered, load.answers)
    booted.run("systemctl", "kill", "-s", "KILL", "hitkeep")
    time.sleep(5)
    load.end()
    assert (load.refused, load.answers) == (0, {}), (load.refused, load.answers)
    booted.run("systemctl", "stop", "hitkeep.socket", "hitkeep")
    stored = {int(path.removeprefix("/n/")) for (path,) in query_files(booted.system.root / DATA[1:], "SELECT path FROM hits")}
    assert not load.acknowledged - stored, f"{len(load.acknowledged - stored)} acknowledged hits are lost"
    print(f"under systemd: {len(load.acknowledged)} hits over a restart, an upgrade and a kill; none refused, none lost", flush=True)


def boot_and_load(system, old, new):
    for package in (old, new):
        shutil.copy(package, system.root / "root")
    booted = Booted(system)
    try:
        booted.run("dpkg", "-i", f"/root/{old.name}")
        # The hits come from here, in the network of the system.
        done = subprocess.run([*booted.enter("-n"), sys.executable, __file__, "--under-load", system.root, new, str(booted.process.pid)])
        assert done.returncode == 0, booted.run("journalctl", "--no-pager", "-n", "50")
        https_by_itself(booted)
    finally:
        booted.close()


def https_by_itself(booted):
    """What the README has an operator type: both doors are open, and the plain one leads to the other."""
    block = re.search(r"^sudo tee -a .*?^sudo journalctl [^#\n]*", (ROOT / "README.md").read_text(), re.M | re.S)[0]
    said = booted.run("bash", "-euc", re.sub(r"\bsudo ", "", block))
    assert "setup=" in said, said
    listening = booted.run("systemctl", "list-sockets", "--no-pager", "hitkeep*")
    assert "[::]:80 " in listening and "[::]:443 " in listening and "8080" not in listening, listening
    moved = subprocess.run([*booted.enter("-n"), "curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "-H", "Host: stats.example.org",
                            "http://127.0.0.1/hk.js"], capture_output=True, text=True, check=True).stdout
    assert moved == "308 https://stats.example.org/hk.js", moved


def build(folder, version):
    package = folder / f"hitkeep_{version}_amd64.deb"
    licences = folder / "licences"
    licences.write_text("Licences.\n")
    subprocess.run([ROOT / "packaging/deb/build", BIN, version, "amd64", licences, package], check=True,
                   env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "DEB_COMPRESSION": "none"})
    return package


def check(system, old, new):
    for package in (old, new):
        shutil.copy(package, system.root / "tmp")
    before = system.left()
    # As the README says.
    said = re.search(r"^sudo apt install (\./hitkeep_VERSION_amd64\.deb)", (ROOT / "README.md").read_text(), re.M)[1]
    system.run("sh", "-c", f"cd /tmp && apt-get install -y {said.replace('VERSION', VERSIONS[0])}")
    assert system.user()[5:7] == [DATA, "/usr/sbin/nologin\n"], system.user()
    data = system.root / DATA[1:]
    assert (data.stat().st_mode & 0o777, data.stat().st_uid) == (0o700, int(system.user()[2]))
    settings = system.root / SETTINGS[1:]
    assert settings.stat().st_mode & 0o777 == 0o640
    enabled = system.run("find", "/etc/systemd/system", "-name", "hitkeep.*")
    assert "sockets.target.wants/hitkeep.socket" in enabled and "multi-user.target.wants/hitkeep.service" in enabled, enabled

    with Installed(system) as server:
        server.start()
        site = server.set_up("localhost", "Europe/Berlin")
        for number in range(20):
            assert server.hit(site, f"/n/{number}").status == 202
        server.wait_applied(site, 20)
        assert server.stop()[0] == 0, server.output()

    settings.write_text(settings.read_text() + "HITKEEP_LOG_FORMAT=json\n")
    system.run("dpkg", "-i", f"/tmp/{new.name}")
    assert "HITKEEP_LOG_FORMAT=json" in settings.read_text(), "what somebody set stays"
    assert settings.stat().st_gid == int(system.user()[3]), "the service's user reads it as before"
    with Installed(system) as server:
        server.start()
        server.log_in()
        server.wait_applied(site, 20)
        assert server.stop()[0] == 0, server.output()

    system.run("dpkg", "-r", "hitkeep")
    assert not (system.root / "usr/bin/hitkeep").exists()
    assert settings.exists() and query_files(data, "SELECT count(*) FROM hits") == [(20,)]
    said = system.run("dpkg", "-P", "hitkeep")
    assert "Your data are still there" in said and data.exists() and not settings.parent.exists(), said
    shutil.rmtree(data)
    system.run("dpkg", "-i", f"/tmp/{new.name}")
    system.run("dpkg", "-P", "hitkeep")
    assert system.user() == [""], "no data, no user"
    assert system.left() == before, system.left()


def main():
    if sys.argv[1] == "--under-load":
        booted = Booted.__new__(Booted)
        booted.system, booted.process = types.SimpleNamespace(root=pathlib.Path(sys.argv[2])), types.SimpleNamespace(pid=int(sys.argv[4]))
        return under_load(booted, pathlib.Path(sys.argv[3]))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-debian-"))
    try:
        old, new = (build(folder, version) for version in VERSIONS)
        for suite in sys.argv[1:]:
            system = System(suite, folder)
            try:
                check(system, old, new)
                print(f"{suite}: installed, upgraded, removed and purged", flush=True)
                if suite == sys.argv[-1]:
                    boot_and_load(system, old, new)
            finally:
                system.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
