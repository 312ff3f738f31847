"""A real ACME server (Pebble) with a DNS of its own, for tests; scripts/setup builds both.

    with Pebble(http_port=5002, tls_port=5001) as authority:
        authority.point_names_at("127.0.0.1")
"""
import contextlib
import json
import os
import pathlib
import random
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

from certificate import make_certificate

DEPS = pathlib.Path(os.environ.get("HITKEEP_DEPS", pathlib.Path.home() / ".cache/hitkeep"))
PROGRAMS = DEPS / "pebble-2.4.0"
WAIT_SECONDS = 60


def free_ports(number):
    """Ports that nobody used a moment ago, below those that the system gives to connections, which come and go."""
    ports = []
    while len(ports) < number:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            ports.append(port)
    return ports


class Pebble:
    """Looks at names on these ports. `life`: of its certificates, in seconds; `faults`: variables of Pebble's."""

    def __init__(self, http_port, tls_port, life=0, **faults):
        self._directory = tempfile.TemporaryDirectory(prefix="hitkeep-pebble-")
        folder = pathlib.Path(self._directory.name)
        self.certificate, key = make_certificate(folder, "127.0.0.1")
        self._port, self._management, self._dns, self._dns_management = free_ports(4)
        config = {"listenAddress": f"127.0.0.1:{self._port}", "managementListenAddress": f"127.0.0.1:{self._management}",
                  "certificate": str(self.certificate), "privateKey": str(key), "httpPort": http_port, "tlsPort": tls_port,
                  "ocspResponderURL": "", "externalAccountBindingRequired": False}
        if life:
            config["certificateValidityPeriod"] = life
        (folder / "config.json").write_text(json.dumps({"pebble": config}))
        self._faults = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "5"} | {k: str(v) for k, v in faults.items()}
        self._log = open(folder / "log", "w+")
        self._programs = []

    @property
    def directory(self):
        return f"https://127.0.0.1:{self._port}/dir"

    def __enter__(self):
        folder = self._directory.name
        self._run("pebble-challtestsrv", "-management", f"127.0.0.1:{self._dns_management}", "-dns01", f"127.0.0.1:{self._dns}",
                  "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "")
        self._run("pebble", "-strict", "-config", f"{folder}/config.json", "-dnsserver", f"127.0.0.1:{self._dns}")
        for port in (self._dns_management, self._port, self._management):
            self._wait_for(port)
        return self

    def __exit__(self, *_):
        for program in self._programs:
            program.kill()
            program.wait()
        self._log.close()
        self._directory.cleanup()

    def _run(self, program, *arguments):
        self._programs.append(subprocess.Popen([PROGRAMS / program, *arguments], env=os.environ | self._faults,
                                               stdout=self._log, stderr=subprocess.STDOUT))

    def log(self):
        self._log.seek(0)
        return self._log.read()

    def _wait_for(self, port):
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                assert time.monotonic() < deadline and all(p.poll() is None for p in self._programs), self.log()
                time.sleep(0.02)

    def root(self):
        """The authority's own certificate, which it makes at each start."""
        context = ssl.create_default_context(cafile=self.certificate)
        with urllib.request.urlopen(f"https://127.0.0.1:{self._management}/roots/0", context=context) as answer:
            return answer.read().decode()

    def point_names_at(self, address):
        """The address of every name from now on; empty: no name has one."""
        body = json.dumps({"ip": address}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{self._dns_management}/set-default-ipv4", body).close()
