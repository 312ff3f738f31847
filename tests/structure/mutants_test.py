#!/usr/bin/env python3
"""The lists of small wrong changes (tests/mutants) fit the sources; `make release-check` makes the changes."""
import pathlib
import subprocess
import sys

run = pathlib.Path(__file__).resolve().parents[1] / "mutants/run.py"
sys.exit(subprocess.run([sys.executable, run, "--check"]).returncode)
