// Checks the texts: German has exactly the keys of English, the other languages at most those; placeholders agree;
// every key is used somewhere, and every key that a template or a class names exists.

import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SRC = join(dirname(dirname(fileURLToPath(import.meta.url))), "src");
const COMPLETE = ["en", "de"];
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
const FROM_SERVER = ["channel.", "device."];

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
const texts = {};
for (const language of LANGUAGES) {
  texts[language] = new Map(flatten(JSON.parse(await readFile(join(SRC, `i18n/${language}.json`), "utf8"))));
}
const english = texts.en;
const placeholders = (text) => [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]).sort();

for (const [language, own] of Object.entries(texts)) {
  for (const [key, text] of own) {
    if (!english.has(key)) problems.push(`${language}: ${key} is not in English`);
    else if (placeholders(text).join() !== placeholders(english.get(key)).join()) {
      problems.push(`${language}: ${key} has other placeholders than English`);
    }
    if (text.trim() === "") problems.push(`${language}: ${key} is empty`);
  }
  if (!COMPLETE.includes(language)) continue;
  for (const key of english.keys()) if (!own.has(key)) problems.push(`${language}: ${key} is missing`);
}

const used = new Set();
const built = new Set(FROM_SERVER);
const plurals = new Set();
const called = new Set();
for await (const path of sources(join(SRC, "app"))) {
  const code = await readFile(path, "utf8");
  for (const match of code.matchAll(BUILT)) built.add(match[1] ?? match[2]);
  for (const match of code.matchAll(PLURAL)) plurals.add(match[1]);
  for (const match of code.matchAll(QUOTED)) used.add(match[1]);
  for (const call of code.matchAll(CALL)) for (const match of call[1].matchAll(QUOTED)) called.add(match[1]);
}
const isUsed = (key) =>
  used.has(key) ||
  [...built].some((begin) => key.startsWith(begin)) ||
  [...plurals].some((begin) => key.startsWith(`${begin}.`));
for (const key of english.keys()) if (!isUsed(key)) problems.push(`en: ${key} is not used`);

for (const key of called) if (!english.has(key) && !key.endsWith(".")) problems.push(`code: ${key} has no text`);

if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(
  `i18n: ${english.size} texts, ${LANGUAGES.map((language) => `${language} ${texts[language].size}`).join(", ")}`,
);
