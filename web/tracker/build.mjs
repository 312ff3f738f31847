// Bundles the tracker into dist/hk.js and fails when it is over its budget.

import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

/** Bytes after brotli. */
const BUDGET = 1000;

const out = new URL("dist/hk.js", import.meta.url).pathname;
await build({
  entryPoints: [new URL("src/hk.js", import.meta.url).pathname],
  outfile: out,
  format: "esm", // the source is wrapped already
  bundle: true,
  minify: true,
  target: ["es2019"],
  legalComments: "none",
  logLevel: "warning",
});
const bytes = readFileSync(out);
const small = brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
}).length;
console.log(`hk.js: ${bytes.length} bytes, ${small} of ${BUDGET} after brotli`);
if (small > BUDGET) {
  console.error("hk.js is over its budget");
  process.exitCode = 1;
}
