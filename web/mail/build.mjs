// Compiles every mail, in every language, into dist/mail.json: {mails: [{name, language, subject, text, html}]}, sorted.
// Words are put in here; {{variables}} stay for the server. Fails rather than let a mail out that is incomplete, differs
// between its parts or languages, or names a foreign host.

import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import mjml2html from "mjml";

const HERE = dirname(fileURLToPath(import.meta.url));

/** A word of `texts`, put in at build time. */
const WORD = /\[\[(\w+)\]\]/g;
/** What only the server knows. */
const VARIABLE = /\{\{(\w+)\}\}/g;
/** Looks like a variable, but the server would not find it. */
const BROKEN_VARIABLE = /\{\{(?!\w+\}\})/;
/** What every HTML mail begins with; nothing is loaded from there. */
const NAMESPACE = /\sxmlns(:\w+)?="http:\/\/www\.w3\.org\/[^"]*"/g;

const namesIn = (pattern, text) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();
const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

function fill(template, words, where) {
  return template.replaceAll(WORD, (_, key) => {
    if (!Object.hasOwn(words, key)) throw new Error(`${where}: there is no text "${key}"`);
    return words[key];
  });
}

function requireSame(what, own, usual) {
  if (own.join() !== usual.join()) throw new Error(`${what}: has [${own}], should have [${usual}]`);
}

/** Every language has the texts that the templates use, no more and no less. */
function checkKeys({ templates, texts }) {
  for (const [language, own] of Object.entries(texts)) {
    requireSame(`${language}, mails`, Object.keys(own).sort(), Object.keys(templates).sort());
    for (const [name, { mjml, text }] of Object.entries(templates)) {
      const used = new Set(["subject", ...namesIn(WORD, mjml), ...namesIn(WORD, text)]);
      requireSame(`${language}, texts of ${name}`, Object.keys(own[name]).sort(), [...used].sort());
    }
  }
}

async function toHtml(layout, mjml, language, words, where) {
  const escaped = Object.fromEntries(Object.entries(words).map(([key, text]) => [key, escapeHtml(text)]));
  const page = fill(layout, { content: fill(mjml, escaped, where), language, subject: escaped.subject }, where);
  const { html } = await mjml2html(page, {
    validationLevel: "strict",
    minify: true,
    minifyOptions: { minifyCss: false }, // would need cssnano, for a few lines
    keepComments: false,
    fonts: {}, // with the usual ones MJML would name a font server
  });
  return html.trim();
}

function check(mail, variables) {
  const where = `${mail.name}, ${mail.language}`;
  if (/[\r\n]/.test(mail.subject) || mail.subject.includes("{{"))
    throw new Error(`${where}: the subject is one line without variables`);
  for (const part of ["text", "html"]) {
    if (BROKEN_VARIABLE.test(mail[part])) throw new Error(`${where}, ${part}: a variable is written {{name}}`);
    if (/https?:\/\//i.test(mail[part].replaceAll(NAMESPACE, ""))) throw new Error(`${where}, ${part}: names a host`);
    requireSame(`${where}, variables of ${part}`, namesIn(VARIABLE, mail[part]), variables);
  }
}

/** The mails made of `layout` (MJML), `templates` by name ({mjml, text}) and `texts` by language and name. */
export async function compile({ layout, templates, texts }) {
  checkKeys({ templates, texts });
  const mails = [];
  for (const name of Object.keys(templates).sort()) {
    const { mjml, text } = templates[name];
    let variables;
    for (const language of Object.keys(texts).sort()) {
      const words = texts[language][name];
      const where = `${name}, ${language}`;
      const mail = {
        name,
        language,
        subject: words.subject,
        text: fill(text, words, where),
        html: await toHtml(layout, mjml, language, words, where),
      };
      variables ??= namesIn(VARIABLE, mail.text);
      check(mail, variables);
      mails.push(mail);
    }
  }
  return mails;
}

/** The files of a folder, by name without extension. */
async function filesIn(folder, extension) {
  const names = (await readdir(join(HERE, folder))).filter((name) => extname(name) === extension);
  const read = async (name) => [basename(name, extension), await readFile(join(HERE, folder, name), "utf8")];
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** What `compile` wants, from the files beside this script. */
export async function sources() {
  const [bodies, plain, texts] = await Promise.all([
    filesIn("templates", ".mjml"),
    filesIn("templates", ".txt"),
    filesIn("texts", ".json"),
  ]);
  requireSame("templates", Object.keys(plain).sort(), Object.keys(bodies).sort());
  return {
    layout: await readFile(join(HERE, "layout.mjml"), "utf8"),
    templates: Object.fromEntries(Object.keys(bodies).map((name) => [name, { mjml: bodies[name], text: plain[name] }])),
    texts: Object.fromEntries(Object.entries(texts).map(([language, json]) => [language, JSON.parse(json)])),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mails = await compile(await sources());
  await mkdir(join(HERE, "dist"), { recursive: true });
  await writeFile(join(HERE, "dist/mail.json"), JSON.stringify({ mails }));
  const largest = Math.max(...mails.map((mail) => mail.html.length));
  console.log(`mail.json: ${mails.length} mails, the largest page ${largest} bytes`);
}
