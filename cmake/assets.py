"""Turns web/dist (manifest.tsv and its files) into an assembler file that includes the bytes and a C++ table.

usage: assets.py WEB_DIST OUT_S OUT_CC

manifest.tsv has one line per file: url, file, mime, etag, immutable (0 or 1), separated by tabs; FILE.br and FILE.gz
lie beside FILE where compressing pays. mail.json.br holds the words of mails. Without a manifest the table is empty and the
program says so in the browser.
"""
import pathlib
import sys

dist, out_s, out_cc = map(pathlib.Path, sys.argv[1:])
manifest = dist / "manifest.tsv"
rows = [line.split("\t") for line in manifest.read_text().splitlines() if line] if manifest.exists() else []

asm = ['  .section .rodata.assets, "a"\n']
table = []
externs = []


def blob(path, name):
    if not path.exists():
        return "{}"
    asm.append(f'  .balign 16\n  .global {name}\n  .global {name}_end\n{name}:\n  .incbin "{path.resolve()}"\n{name}_end:\n  .byte 0\n')
    externs.append(f"extern const char {name}[];\nextern const char {name}_end[];")
    return f"std::string_view({name}, static_cast<std::size_t>({name}_end - {name}))"


for number, (url, file, mime, etag, immutable) in enumerate(rows):
    path = dist / file
    if not path.exists():
        sys.exit(f"{manifest} names {file}, which is not there: build web/ again (make web)")
    raw = blob(path, f"hk_asset_{number}")
    br = blob(path.with_name(path.name + ".br"), f"hk_asset_{number}_br")
    gz = blob(path.with_name(path.name + ".gz"), f"hk_asset_{number}_gz")
    etag = etag.strip('"')
    flag = "true" if immutable == "1" else "false"
    table.append(f'    {{.path = "{url}", .mime = "{mime}", .etag = "{etag.strip(chr(34))}", .identity = {raw}, .br = {br}, .gzip = {gz}, .hashed = {flag}}},')

# The words of mails: not public, so not in the manifest.
mails = blob(dist / "mail.json.br", "hk_mails")

asm.append('  .section .note.GNU-stack, "", @progbits\n')
out_s.write_text("".join(asm))
body = "\n".join(table)
names = "\n".join(externs)
out_cc.write_text(f"""// Generated from web/dist/manifest.tsv.
#include <array>
#include <span>
#include <string_view>

#include "http/assets.h"
#include "mail/templates.h"

extern "C" {{
{names}
}}

namespace hk::http {{

std::span<const Asset> embedded_assets() {{
  static const std::array<Asset, {len(rows)}> kAssets = {{{{
{body}
  }}}};
  return kAssets;
}}

}}  // namespace hk::http

namespace hk::mail {{

std::string_view embedded_templates() {{
  return {mails};
}}

}}  // namespace hk::mail
""")
