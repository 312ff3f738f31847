#!/usr/bin/env python3
"""The executables are hardened as cmake/hardening.cmake says: read from the files, with binutils.

HITKEEP_BIN is held to what the linker does in every build, and with HITKEEP_RELEASE=1 to all of it. Elsewhere the
hardening_probe beside it, built with the flags of a release, shows the rest.
"""
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("HITKEEP_BIN", ROOT / "build/asan/hitkeep"))
PROBE = BIN.parent / "hardening_probe"
ENDBR64 = bytes.fromhex("f30f1efa")
CHECKED_INDEX = b"__n < this->size()"  # what a checked operator[] of a vector says when it aborts


def readelf(option, path):
    return subprocess.run(["readelf", option, "-W", path], check=True, capture_output=True, text=True).stdout


def is_x86(path):
    return "X86-64" in readelf("-h", path)


class Hardening(unittest.TestCase):
    def linked(self, path):
        self.assertIn("Position-Independent Executable", readelf("-h", path))
        segments = readelf("-l", path)
        self.assertRegex(segments, r"GNU_RELRO")
        self.assertRegex(segments, r"GNU_STACK .* RW ", "no stack that can be executed")
        flags = readelf("-d", path)
        self.assertRegex(flags, r"\(FLAGS(_1)?\).*NOW", "RELRO covers the table of functions too")
        self.assertNotIn("(TEXTREL)", flags)

    def compiled_in(self, path):
        symbols = readelf("--dyn-syms", path)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r" __\w+_chk\b", "_FORTIFY_SOURCE")
        content = path.read_bytes()
        self.assertIn(CHECKED_INDEX, content, "_GLIBCXX_ASSERTIONS")
        if is_x86(path):
            self.assertGreater(content.count(ENDBR64), 1000, "-fcf-protection: each function begins with a mark")

    def test_the_program(self):
        self.linked(BIN)
        if os.environ.get("HITKEEP_RELEASE"):
            self.compiled_in(BIN)

    @unittest.skipUnless(PROBE.exists(), "only where tests are built")
    def test_what_a_release_is_compiled_with(self):
        self.linked(PROBE)
        symbols = readelf("--dyn-syms", PROBE)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertIn("__memcpy_chk", symbols, "_FORTIFY_SOURCE")
        self.assertIn(CHECKED_INDEX, PROBE.read_bytes(), "_GLIBCXX_ASSERTIONS")
        if is_x86(PROBE):
            code = subprocess.run(["objdump", "-d", "--disassemble=main", PROBE], check=True, capture_output=True, text=True)
            self.assertIn("endbr64", code.stdout, "-fcf-protection")


if __name__ == "__main__":
    unittest.main()
