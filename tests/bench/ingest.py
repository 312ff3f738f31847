"""Hits on their way in: how many, how soon they are durable, how fast they are applied."""
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from bench import Disk, OWNER_SITE, Pressure, Program, Times, accepted, cpu_seconds, load, memory_mb, row
from certificate import make_certificate

PAIRS = 5


class Nginx:
    """What answers 204 and does nothing else; with a certificate and its key, the same over TLS."""

    def __init__(self, certificate=None, key=None):
        self.tls = f"ssl_certificate {certificate}; ssl_certificate_key {key};" if certificate else ""

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hitkeep-nginx-"))
        self.port = (19000 if self.tls else 18000) + os.getpid() % 1000
        (self.dir / "nginx.conf").write_text(
            f"worker_processes {os.cpu_count()}; daemon off; pid {self.dir}/pid; error_log {self.dir}/error.log;\n"
            "events { worker_connections 1024; }\n"
            f"http {{ access_log off; client_body_temp_path {self.dir}/body; keepalive_requests 100000000;\n"
            f"server {{ listen 127.0.0.1:{self.port}{' ssl' if self.tls else ''}; {self.tls} location / {{ return 204; }} }} }}\n"
        )
        self.process = subprocess.Popen(["nginx", "-p", self.dir, "-c", self.dir / "nginx.conf"], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir)


def accepts(server, nginx, seconds):
    """Medians of pairs: what both answer as fast as they can."""
    ours, theirs, cpu = [], [], []
    with Disk(server.data) as disk:
        for _ in range(PAIRS):
            theirs.append(load(nginx.port, OWNER_SITE, seconds)["per_second"])
            before = cpu_seconds(server.pid)
            result = accepted(load(server.port, OWNER_SITE, seconds))
            ours.append(result["per_second"])
            cpu.append((cpu_seconds(server.pid) - before) / result["answered"])
            server.settle()
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    row("durable accepts against nginx's 204", ratio, "≥ 0.55", f"{statistics.median(cpu) * 1e6:.0f} µs a hit, applied", str(disk),
        f"median of {PAIRS} pairs; {statistics.median(ours):,.0f} and {statistics.median(theirs):,.0f} a second, "
        "64 connections, client on the same cores")
    return statistics.median(ours)


def accepts_over_tls(seconds):
    """The same over TLS, both with one certificate."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="hitkeep-tls-") as folder:
        certificate, key = make_certificate(folder, "127.0.0.1")
        tls = {"TLS_ADDR": "127.0.0.1:0", "TLS_CERT": certificate, "TLS_KEY": key}
        with Nginx(certificate, key) as nginx, Program(**tls) as server, Disk(server.data) as disk:
            port = server.tls_port
            server.set_up(OWNER_SITE)
            load(port, OWNER_SITE, 1, tls=True)  # warm
            for _ in range(PAIRS):
                theirs.append(load(nginx.port, OWNER_SITE, seconds, tls=True)["per_second"])
                ours.append(accepted(load(port, OWNER_SITE, seconds, tls=True))["per_second"])
                server.settle()
    row("durable accepts over TLS against nginx's 204 over TLS", statistics.median(a / b for a, b in zip(ours, theirs)), "≥ 0.5", "", str(disk),
        f"median of {PAIRS} pairs; {statistics.median(ours):,.0f} and {statistics.median(theirs):,.0f} a second, "
        "64 connections that stay open, client on the same cores")


def latency(server, rate, seconds):
    with Disk(server.data) as disk, Pressure() as pressure, Times(server) as times:
        runs = [accepted(load(server.port, OWNER_SITE, seconds, rate=rate)) for _ in range(PAIRS)]
    each = ", ".join(f"{run['p99_ms']:.1f}" for run in runs)
    row("p99 of the 202 at half that rate, ms", statistics.median(run["p99_ms"] for run in runs), "≤ 10", "", str(disk),
        f"median of {PAIRS} runs ({each}) from the due time on; p50 {statistics.median(run['p50_ms'] for run in runs):.2f} ms; "
        f"{times}; {pressure}")


def replay(server):
    """Everything that the log holds, applied to a file that is made anew."""
    before = server.metric("hitkeep_log_appended_records_total")
    server.stop()
    for path in server.data.glob("hitkeep.db*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    began = time.monotonic()
    server.start(wait=False)
    server.wait_listening()
    server.settle()
    took = time.monotonic() - began
    applied = server.metric("hitkeep_applied_records_total")
    assert applied > 0.99 * before, (applied, before)  # the others are control data
    cpu = cpu_seconds(server.pid)
    row("apply of high-entropy texts, rows a second", applied / took, "≥ 100,000", f"{applied / cpu:,.0f} a CPU second", "",
        f"a start that makes a file of {applied:,.0f} hits and events anew from the log, checkpoints included")


def part(options):
    with Nginx() as nginx, Program() as server:
        time.sleep(2)
        row("memory when idle, MB", memory_mb(server.pid), "≤ 60", "", "", "resident, two seconds after a first start")
        server.set_up(OWNER_SITE)
        load(server.port, OWNER_SITE, 1)  # warm: segments, caches
        rate = accepts(server, nginx, options.seconds)
        latency(server, rate / 2, options.seconds)
        row("memory under full load, MB", memory_mb(server.pid, "VmHWM"), "≤ 300", "", "", "the most that was resident")
        replay(server)
        code, took = server.stop()
        row("stop, s", took, "≤ 5", "", "", f"exit {code}")
    accepts_over_tls(options.seconds)
