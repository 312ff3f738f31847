// Debian's Chromium for tests: pages that fail the test on any console error, page error or policy violation.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { chromium } from "playwright-core";

import { Mock } from "../mock/server.mjs";

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

/** A Sunday afternoon of the stand-in server, in UTC. */
export const NOW = "2026-11-22T14:20:00Z";
export const SITE = "s/birdwatch.example";

/** For the tests of a file: a browser, and the stand-in server with somebody signed in. Both end with the last test. */
export async function stage() {
  const browser = await launch();
  const mock = new Mock({ now: NOW });
  mock.signedIn = true;
  const url = `http://localhost:${await mock.listen()}/`;
  after(async () => {
    await browser.close();
    await mock.close();
  });
  /** The first site's overview, with its figures. */
  const overview = async (query = "", options = {}) => {
    const page = await open(browser, `${url}${SITE}${query}`, options);
    await page.waitForSelector(".row");
    return page;
  };
  return { browser, mock, url, overview };
}

/** What the control in focus is called. */
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element.getAttribute("aria-label") ?? element.innerText.replace(/\s+/g, " ").trim();
  });

/** Waits until what is looked at is `wanted`, or matches it; fails with the difference after 5 seconds. */
export async function becomes(look, wanted, message) {
  const fits = (seen) => (wanted instanceof RegExp ? wanted.test(seen) : isDeepStrictEqual(seen, wanted));
  const end = Date.now() + 5000;
  let seen = await look();
  while (!fits(seen) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = await look();
  }
  if (wanted instanceof RegExp) assert.match(seen, wanted, message);
  else assert.deepEqual(seen, wanted, message);
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

/** What of it a finger would miss: name and size of all that is in sight and narrower or lower than 44 px. */
export const tooSmall = (page, selector) =>
  page
    .locator(selector)
    .filter({ visible: true })
    .evaluateAll((all) =>
      all
        .map((one) => ({ name: one.ariaLabel ?? one.innerText, box: one.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < 43.5)
        .map(({ name, box }) => `${name}: ${box.width} × ${box.height}`),
    );
