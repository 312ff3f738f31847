// Debian's Chromium for tests: pages that fail the test on any console error, page error or policy violation.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });

/** A page in a context of its own. `problems` collects what should not have happened; `allowed` patterns are expected. */
export async function open(
  browser,
  url,
  { width = 1280, height = 900, dark = false, locale = "en-GB", allowed = [], ...rest } = {},
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    timezoneId: "Europe/Berlin",
    locale,
    ...rest,
  });
  const page = await context.newPage();
  page.problems = [];
  const note = (text) => {
    if (!allowed.some((pattern) => pattern.test(text))) page.problems.push(text);
  };
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && note(message.text()));
  page.on("pageerror", (error) => note(error.message));
  if (url) await page.goto(url);
  return page;
}

/** Closes the page and its context; nothing may have gone wrong on it. */
export async function close(page) {
  await page.context().close();
  assert.deepEqual(page.problems, []);
}

/** Fails on anything that axe-core finds, in light or dark, against WCAG 2.1 AA or its best practices. */
export async function checkAccessibility(page, what) {
  await page.evaluate(axe);
  for (const colorScheme of ["dark", "light"]) {
    // No colour is judged on its way to another one.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = await page.evaluate(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
      const { violations } = await globalThis.axe.run({ runOnly: tags });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
    });
    assert.deepEqual(found, [], `${what}, ${colorScheme}`);
  }
  await page.emulateMedia({ reducedMotion: "no-preference" });
}

export const sidewaysScroll = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
