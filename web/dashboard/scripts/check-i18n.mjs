// Checks the texts of all folders: English has every key that the code names, and no other; the other languages have
// at most those, with the same placeholders. With --release all seven are complete.
// Those of FIRST are always there; the others come with what stands in their folder, so that only that folder
// may use them, and who imports from it.

import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const APP = join(dirname(dirname(fileURLToPath(import.meta.url))), "src/app");
const RELEASE = process.argv.includes("--release");
const FIRST = ["core", "overview", "shell", "ui"];
/** Comes with every page of settings. */
const DIRECTORY = "directory";
const LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pt"];

/** Keys that the code puts together: t("metric." + metric), t(`tab.${tab}`). Found by their fixed beginning. */
const BUILT = /`([a-z0-9_.]+\.)\$\{|["']([a-z0-9_.]+\.)["']\s*\+/g;
/** Keys in full: any dotted lower-case text in quotes. */
const QUOTED = /["'`]([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)["'`]/g;
/** What stands between the parentheses of a call of t(). */
const CALL = /\bt\(((?:[^()]|\([^()]*\))*)\)/g;
/** Keys passed to plural(), whose children are "one" and "other". */
const PLURAL = /plural\(\s*["'`]([a-z0-9_.]+?)(?:\.\$\{[^}]+\})?["'`]/g;
/** Keys that Names makes of what the server says. */
const FROM_SERVER = ["channel.", "device.", "screen.", "visitor_kind."];

function flatten(node, prefix = "") {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value]] : flatten(value, `${prefix}${key}.`),
  );
}

async function* sources(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (path.endsWith(".ts") && !path.endsWith(".spec.ts")) yield path;
  }
}

const problems = [];
const placeholders = (text) => [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]).sort();

/** Folders that have texts, and what they say in English; with the number of texts that each language lacks. */
const folders = new Map();
const missing = Object.fromEntries(LANGUAGES.map((language) => [language, 0]));
for (const entry of await readdir(APP, { withFileTypes: true, recursive: true })) {
  if (entry.name !== "texts" || !entry.isDirectory()) continue;
  const folder = relative(APP, entry.parentPath).split(sep).join("/");
  const texts = {};
  for (const language of LANGUAGES) {
    const path = join(entry.parentPath, "texts", `${language}.json`);
    // A page imports the file of the reader's language, whatever is in it.
    if (!existsSync(path)) problems.push(`${relative(APP, path)} is missing; {} will do until a release`);
    texts[language] = new Map(existsSync(path) ? flatten(JSON.parse(await readFile(path, "utf8"))) : []);
  }
  folders.set(folder, texts.en);
  for (const [language, own] of Object.entries(texts)) {
    const place = `${folder}, ${language}`;
    for (const [key, text] of own) {
      if (!texts.en.has(key)) problems.push(`${place}: ${key} is not in English`);
      else if (placeholders(text).join() !== placeholders(texts.en.get(key)).join())
        problems.push(`${place}: ${key} has other placeholders than English`);
      if (text.trim() === "") problems.push(`${place}: ${key} is empty`);
    }
    for (const key of texts.en.keys()) {
      if (own.has(key)) continue;
      ++missing[language];
      if (RELEASE) problems.push(`${place}: ${key} is missing`);
    }
  }
}

/** Whose text it is. A group ("filter" of "filter.add") belongs to one folder: they are merged into one. */
const owner = new Map();
for (const [folder, english] of folders) {
  for (const key of english.keys()) {
    const group = key.split(".")[0];
    if ((owner.get(group) ?? folder) !== folder) problems.push(`${folder}: ${group} is a group of ${owner.get(group)}`);
    owner.set(group, folder);
  }
}
const known = (key) => folders.get(owner.get(key.split(".")[0]))?.has(key) ?? false;

const used = new Set();
const built = new Set(FROM_SERVER);
const plurals = new Set();
for await (const path of sources(APP)) {
  const code = await readFile(path, "utf8");
  for (const match of code.matchAll(BUILT)) built.add(match[1] ?? match[2]);
  for (const match of code.matchAll(PLURAL)) plurals.add(match[1]);
  for (const match of code.matchAll(QUOTED)) used.add(match[1]);
  const place = relative(APP, path).split(sep).join("/");
  for (const call of code.matchAll(CALL)) {
    for (const [, key] of call[1].matchAll(QUOTED)) {
      if (key.endsWith(".")) continue;
      const from = owner.get(key.split(".")[0]);
      if (!known(key)) problems.push(`${place}: ${key} has no text`);
      else if (from === DIRECTORY && place.startsWith("pages/")) continue;
      else if (!FIRST.includes(from) && !place.startsWith(`${from}/`) && !code.includes(`/${from}/`))
        problems.push(`${place}: ${key} comes with ${from} only`);
    }
  }
}
const isUsed = (key) =>
  used.has(key) ||
  [...built].some((begin) => key.startsWith(begin)) ||
  [...plurals].some((begin) => key.startsWith(`${begin}.`));
for (const [folder, english] of folders)
  for (const key of english.keys()) if (!isUsed(key)) problems.push(`${folder}: ${key} is not used`);

if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
const gaps = Object.entries(missing).filter(([, count]) => count);
const size = [...folders.values()].reduce((sum, english) => sum + english.size, 0);
console.log(
  `i18n: ${size} texts in ${folders.size} folders, ` +
    (gaps.length ? `still in English: ${gaps.map((gap) => gap.join(" ")).join(", ")}` : "complete in seven languages"),
);
