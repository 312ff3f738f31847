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

test("what grows with every section, folder of texts and page is no part of the first file", async () => {
  const name = (await readdir(DIST)).find((file) => /^main-.*\.js$/.test(file));
  const first = await readFile(join(DIST, name), "utf8");
  // Something of each that would show it, as the sources write it.
  const marks = [
    ["src/app/sections.ts", "section.password.words"],
    ["src/app/outside.ts", "reset.heading"],
    ["src/app/later-texts.ts", "pages/account/texts/"],
  ];
  for (const [file, mark] of marks) {
    assert.ok((await readFile(join(ROOT, file), "utf8")).includes(mark), `${file} no longer holds ${mark}`);
    assert.ok(!first.includes(mark), `${file} is part of the first file again`);
  }
});
