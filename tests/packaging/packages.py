"""What packaging/build makes of an executable; without compression where it can be, as that is what costs time."""
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = next(line.split()[2] for line in (ROOT / "CMakeLists.txt").read_text().splitlines() if line.startswith("project("))
WHEN = 1700000000  # of every file


def build(executable, out, root=ROOT, arch="amd64"):
    """The files in `out`, by name."""
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(WHEN), "DEB_COMPRESSION": "none"}
    subprocess.run([root / "packaging/build", executable, arch, out], check=True, env=env)
    return {path.name: path for path in pathlib.Path(out).iterdir()}


def built(case, executable):
    """The same, in a folder that goes with a test case's class."""
    folder = tempfile.mkdtemp(prefix="hitkeep-packages-")
    case.addClassCleanup(shutil.rmtree, folder)
    return build(executable, folder)
