#!/usr/bin/env python3
"""What is said to be linked in is what is linked in, and each part's licence is one that we may pass on."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PERMISSIVE = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BSL-1.0", "Zlib", "ICU", "CC0-1.0", "blessing", "Unlicense", "0BSD", "ISC",
              "OFL-1.1", "CC0-1.0 OR Apache-2.0", "GPL-3.0-or-later WITH GCC-exception-3.1", "CC-BY-4.0"}
# Debian's package of each archive that cmake/dependencies.cmake links.
ARCHIVES = {"boost_json": "libboost-json1.81-dev", "boost_container": "libboost-json1.81-dev", "sqlite3": "libsqlite3-dev", "ssl": "libssl-dev",
            "crypto": "libssl-dev", "argon2": "libargon2-dev", "re2": "libre2-dev", "utf8proc": "libutf8proc-dev", "brotlienc": "libbrotli-dev",
            "brotlidec": "libbrotli-dev", "brotlicommon": "libbrotli-dev", "z": "zlib1g-dev", "zstd": "libzstd-dev",
            "maxminddb": "libmaxminddb-dev"}


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ROOT / "packaging/sbom", "1.2.3", "amd64", folder], check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
            cls.document = json.loads(pathlib.Path(folder, "hitkeep-1.2.3-amd64.spdx.json").read_text())
            cls.licences = pathlib.Path(folder, "licences.txt").read_text()
        cls.rows = [line.split("\t") for line in (ROOT / "packaging/components.tsv").read_text().splitlines() if not line.startswith("#")]

    def test_it_is_an_spdx_document(self):
        packages = {one["SPDXID"]: one for one in self.document["packages"]}
        self.assertEqual(len(packages), len(self.document["packages"]))
        self.assertEqual(self.document["spdxVersion"], "SPDX-2.3")
        self.assertEqual(self.document["creationInfo"]["created"], "2023-11-14T22:13:20Z")
        contained = {one["relatedSpdxElement"] for one in self.document["relationships"] if one["relationshipType"] == "CONTAINS"}
        self.assertEqual(contained, set(packages) - {"SPDXRef-0"})
        for one in packages.values():
            self.assertTrue(one["versionInfo"], one["name"])
            self.assertIn(one["licenseConcluded"], PERMISSIVE, one["name"])

    def test_every_archive_and_every_download_is_named(self):
        purls = {row[3].rsplit("/", 1)[1] for row in self.rows if row[3].startswith("deb/")}
        linked = re.findall(r"-l:lib(\w+)\.a", (ROOT / "cmake/dependencies.cmake").read_text())
        self.assertGreater(len(linked), 5)
        self.assertEqual({ARCHIVES[name] for name in linked} - purls, set())
        sources = {row[4].split(":")[0] for row in self.rows}
        for script in (ROOT / "cmake").glob("*.cmake"):
            for download in re.findall(r"downloads/([\w.-]+)", script.read_text()):
                self.assertIn(download, sources, script.name)

    def test_what_duckdb_brings_is_named(self):
        vendored = {row[0].removesuffix(" (in DuckDB)") for row in self.rows if row[0].endswith(" (in DuckDB)")}
        for name in ("ICU", "zstd", "mbedtls", "yyjson", "re2", "thrift"):
            self.assertIn(name, vendored)

    def test_the_dashboards_packages_are_named(self):
        names = {one["name"] for one in self.document["packages"]}
        for name in ("@angular/core", "rxjs", "Inter (font)"):
            self.assertIn(name, names)
        lock = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
        font = next(row for row in self.rows if row[0] == "Inter (font)")
        self.assertEqual(font[1], lock["node_modules/@fontsource-variable/inter"]["version"])

    def test_each_licence_is_there_once(self):
        self.assertLess(len(self.licences), 1_000_000)
        for words in ("Stichting DuckDB Foundation", "Boost Software License", "SQLite", "The OpenSSL", "The RE2 Authors", "SIL OPEN FONT LICENSE"):
            self.assertIn(words, self.licences)


if __name__ == "__main__":
    unittest.main()
