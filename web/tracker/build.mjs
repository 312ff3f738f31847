// Bundles the scripts into dist/ and fails when one is over its budget.

import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

/** Each script, what it is made of, whether it is the whole tracker, and its budget: bytes after brotli. */
const SCRIPTS = [
  { name: "hk.js", from: "tracker.js", whole: true, budget: 1500 },
  { name: "hk-core.js", from: "tracker.js", whole: false, budget: 1000 },
  { name: "hk-extra.js", from: "hk-extra.js", budget: 1100 },
  { name: "hk-check.js", from: "hk-check.js", budget: 1100 },
  { name: "hk-vitals.js", from: "hk-vitals.js", budget: 1100 },
  { name: "hk-compat.js", from: "hk-compat.js", whole: true, budget: 3000 },
];

const at = (path) => new URL(path, import.meta.url).pathname;
for (const { name, from, whole = true, budget } of SCRIPTS) {
  const out = at(`dist/${name}`);
  await build({
    entryPoints: [at(`src/${from}`)],
    outfile: out,
    format: "iife",
    bundle: true,
    minify: true,
    define: { WHOLE: String(whole) },
    target: ["es2019"],
    legalComments: "none",
    logLevel: "warning",
  });
  const bytes = readFileSync(out);
  const small = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;
  console.log(`${name}: ${bytes.length} bytes, ${small} of ${budget} after brotli`);
  if (small > budget) {
    console.error(`${name} is over its budget`);
    process.exitCode = 1;
  }
}
