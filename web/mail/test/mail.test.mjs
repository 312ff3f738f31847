// What leaves the build, and what it refuses.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compile, sources } from "../build.mjs";

const { mails: MAILS } = JSON.parse(readFileSync(new URL("../dist/mail.json", import.meta.url), "utf8"));
const LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pt"];
/** The variables that the server has for each mail. */
const VARIABLES = {
  email_change: ["host", "link", "minutes"],
  invitation: ["days", "host", "link"],
  password_reset: ["host", "link", "minutes"],
  test: ["host", "link"],
};
/** Bytes of UTF-8. Some readers cut what is much longer. */
const LARGEST_HTML = 20_000;

const variablesOf = (text) => [...new Set([...text.matchAll(/\{\{(.*?)\}\}/g)].map((match) => match[1]))].sort();

test("each mail is there in every language, sorted", () => {
  const wanted = Object.keys(VARIABLES).flatMap((name) => LANGUAGES.map((language) => `${name} ${language}`));
  assert.deepEqual(
    MAILS.map(({ name, language }) => `${name} ${language}`),
    wanted,
  );
  for (const mail of MAILS) assert.deepEqual(Object.keys(mail), ["name", "language", "subject", "text", "html"]);
});

for (const { name, language, subject, text, html } of MAILS) {
  test(`${name} in ${language}`, () => {
    assert.match(subject, /HitKeep/);
    assert.doesNotMatch(subject, /[\r\n]|\{\{/);
    assert.deepEqual(variablesOf(text), VARIABLES[name]);
    assert.deepEqual(variablesOf(html), VARIABLES[name]);
    assert.doesNotMatch(text + html, /\[\[|\]\]|undefined/);
    assert.ok(html.startsWith(`<!doctype html><html lang="${language}"`), html.slice(0, 60));
    assert.match(html, /<meta name="color-scheme" content="light dark">/);
    assert.ok(Buffer.byteLength(html) < LARGEST_HTML, `${Buffer.byteLength(html)} bytes`);
  });

  test(`${name} in ${language} loads nothing and leads nowhere else`, () => {
    assert.doesNotMatch(html, /\ssrc\s*=|url\(|@import|@font-face|<(img|link|script|iframe|form|object|base)\b/i);
    const addresses = [...html.matchAll(/\s(?:href|background|action|poster)\s*=\s*(\S*)/gi)].map((match) => match[1]);
    // In quotes, so that an escaped value cannot leave its attribute; as a button, and as text that can be copied.
    assert.ok(addresses.length >= 2);
    for (const address of addresses) assert.match(address, /^"\{\{link\}\}"/);
    assert.match(html, />\{\{link\}\}</);
    assert.match(text, /^\{\{link\}\}$/m);
  });
}

/** A mail in two languages with every part right, to be spoilt. */
function small() {
  const words = { subject: "HitKeep: hello", hello: "Hello at {{host}}: {{link}}" };
  return {
    layout: "<mjml><mj-head><mj-title>[[subject]]</mj-title></mj-head><mj-body>[[content]]</mj-body></mjml>",
    templates: {
      hello: {
        mjml: "<mj-section><mj-column><mj-text>[[hello]]</mj-text></mj-column></mj-section>",
        text: "[[hello]]\n",
      },
    },
    texts: { de: { hello: { ...words } }, en: { hello: { ...words } } },
  };
}

test("words are escaped in the page and left alone in the text", async () => {
  const source = small();
  source.texts.de.hello.hello = 'Ä & <b> "x" {{host}} {{link}}';
  const [mail] = await compile(source);
  assert.equal(mail.text, 'Ä & <b> "x" {{host}} {{link}}\n');
  assert.match(mail.html, /Ä &amp; &lt;b&gt; (&quot;|")x(&quot;|") \{\{host\}\} \{\{link\}\}/);
});

const refused = {
  "a language without a mail": [(source) => delete source.texts.de.hello, /de, mails/],
  "a text that one language lacks": [(source) => delete source.texts.de.hello.hello, /de, texts of hello/],
  "a text that nothing uses": [(source) => (source.texts.en.hello.more = "more"), /en, texts of hello/],
  "a word without a text": [(source) => (source.templates.hello.text += "[[more]]"), /de, texts of hello/],
  "a variable that one language lacks": [
    (source) => (source.texts.en.hello.hello = "Hello: {{link}}"),
    /hello, en, variables of text/,
  ],
  "a link in the text alone": [
    (source) => {
      for (const own of Object.values(source.texts)) own.hello.hello = "Hello at {{host}}";
      source.templates.hello.text += "{{link}}";
    },
    /hello, de, variables of html/,
  ],
  "a variable that the server would not find": [
    (source) => (source.templates.hello.text += "{{ link }}"),
    /a variable is written/,
  ],
  "a variable in the subject": [(source) => (source.texts.de.hello.subject = "HitKeep at {{host}}"), /the subject/],
  "a line break in the subject": [(source) => (source.texts.de.hello.subject = "HitKeep\nBcc: x"), /the subject/],
  "an unknown element": [
    (source) => (source.templates.hello.mjml = source.templates.hello.mjml.replaceAll("mj-text", "mj-txt")),
    /mj-txt/,
  ],
  "an image from elsewhere": [
    (source) =>
      (source.templates.hello.mjml = source.templates.hello.mjml.replace(
        "<mj-text>",
        '<mj-image alt="" src="https://example.com/x.png" /><mj-text>',
      )),
    /names a host/,
  ],
  "a link to w3.org": [(source) => (source.texts.de.hello.hello += " http://www.w3.org/"), /names a host/],
};
for (const [what, [spoil, complaint]] of Object.entries(refused)) {
  test(`refused: ${what}`, async () => {
    const source = small();
    spoil(source);
    await assert.rejects(compile(source), complaint);
  });
}

test("the sources compile to what was written", async () => {
  assert.deepEqual(await compile(await sources()), MAILS);
});
