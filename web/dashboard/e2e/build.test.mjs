// What the production build holds, and what it must not.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, "../dist");

test("the page of parts is for development only", async () => {
  // The names that would show it.
  const page = await readFile(join(ROOT, "src/app/parts/parts.ts"), "utf8");
  const names = [...page.matchAll(/hk-parts[a-z-]*/g)].map(([name]) => name);
  assert.ok(names.length > 2);
  const files = (await readdir(DIST)).filter((name) => /\.(js|css|html)$/.test(name));
  assert.ok(files.some((name) => /^main-.*\.js$/.test(name)));
  for (const name of files) {
    const text = await readFile(join(DIST, name), "utf8");
    assert.ok(!names.some((part) => text.includes(part)), name);
  }
});
