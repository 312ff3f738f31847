// The parts of ui/ on their page, which only a development build has: looks, keyboard, focus, and what axe says.
// HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Mock } from "../mock/server.mjs";
import { becomes, checkAccessibility, close, focused, launch, open, sidewaysScroll, tooSmall } from "./browser.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
let browser;
let mock;
let url;
let built;

before(async () => {
  built = await mkdtemp(join(tmpdir(), "hitkeep-parts-"));
  execFileSync("npx", ["ng", "build", "--configuration", "development", "--output-path", built], {
    cwd: ROOT,
    stdio: "pipe",
  });
  browser = await launch();
  mock = new Mock();
  mock.dist = join(built, "browser");
  url = `http://localhost:${await mock.listen()}/parts`;
});
after(async () => {
  await browser?.close();
  await mock?.close();
  await rm(built, { recursive: true });
});

async function parts(options = {}) {
  const page = await open(browser, url, options);
  await page.waitForSelector(".parts");
  return page;
}
const button = (page, name) => page.getByRole("button", { name, exact: true });
/** Waits until the control of this name has the focus. */
const focuses = (page, name) =>
  page.waitForFunction((wanted) => document.activeElement.getAttribute("aria-label") === wanted, name);
/** Waits until the focused field points at this choice of its list. */
const points = (page, text) =>
  page.waitForFunction((wanted) => {
    const id = document.activeElement.getAttribute("aria-activedescendant");
    return id && document.getElementById(id)?.querySelector("span").innerText === wanted;
  }, text);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

test("every part passes axe, closed and open, and fits the smallest phone", async () => {
  for (const width of [1440, 360]) {
    const page = await parts({ width });
    await checkAccessibility(page, `parts at ${width}`);
    await becomes(() => sidewaysScroll(page), 0);
    if (process.env.HITKEEP_SHOTS)
      await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `parts-${width}.png`), fullPage: true });
    for (const name of ["All visits", "More figures", "Note", "28d", "Daily visitors, summed"]) {
      await button(page, name).click();
      await page.waitForSelector(".pop");
      await checkAccessibility(page, `${name} at ${width}`);
      await becomes(() => sidewaysScroll(page), 0);
      await press(page, "Escape");
      await page.waitForSelector(".pop", { state: "detached" });
      await becomes(() => focused(page), name);
    }
    for (const name of ["Dialog", "Sheet"]) {
      await button(page, name).click();
      await page.waitForSelector("dialog[open]");
      await checkAccessibility(page, `${name} at ${width}`);
      await press(page, "Escape");
      await page.waitForSelector("dialog", { state: "detached" });
    }
    await close(page);
  }
});

test("the tools of a bar are one stop for Tab", async () => {
  const page = await parts();
  await button(page, "Cancel").focus();
  await press(page, "ArrowRight");
  await becomes(() => focused(page), "Save");
  await press(page, "Tab");
  await becomes(() => focused(page), "Copy");
  await page.getByRole("radio", { name: "Previous" }).first().focus();
  await press(page, "ArrowRight");
  await becomes(() => focused(page), "Year before");
  await page.getByRole("tab", { name: "Goals" }).focus();
  await press(page, "End");
  await page.getByRole("tabpanel", { name: "Outbound" }).waitFor();
  await page.getByRole("switch", { name: "Hidden" }).focus();
  await press(page, "Space");
  await page.getByRole("switch", { name: "Hidden", checked: true }).waitFor();
  await close(page);
});

test("a menu is found by arrows and letters, and many can be chosen in one", async () => {
  const page = await parts();
  await button(page, "All visits").focus();
  await press(page, "ArrowDown");
  await page.waitForSelector("[role=menu]");
  await becomes(() => focused(page), /^All visits/);
  await press(page, "r");
  await becomes(() => focused(page), /^Readers/);
  await press(page, "Enter");
  await becomes(() => focused(page), "Readers");
  await button(page, "More figures").click();
  await page.waitForSelector("[role=menuitemcheckbox]");
  await becomes(() => focused(page), /^Visits/);
  await press(page, "Home", "Enter");
  await page.getByRole("menuitemcheckbox", { name: "Daily visitors, summed", checked: true }).waitFor();
  await becomes(() => page.getByRole("menuitemcheckbox", { checked: true }).count(), 3);
  await page.mouse.click(5, 5);
  await page.waitForSelector(".pop", { state: "detached" });
  await close(page);
});

test("a choice of few and one of many are made by keyboard alone", async () => {
  const page = await parts();
  await page.locator("#parts-seen").focus();
  await press(page, "ArrowDown");
  await page.waitForSelector("[role=listbox]");
  await points(page, "Everyone of this site");
  await press(page, "ArrowDown");
  await points(page, "My team");
  await press(page, "Enter");
  await page.locator("#parts-seen", { hasText: "My team" }).waitFor();
  await press(page, "Enter");
  await page.waitForSelector("[role=listbox]");
  await press(page, "o");
  await points(page, "Only me");
  await press(page, "Escape");
  await becomes(() => page.locator("#parts-seen").innerText(), "My team");

  const zone = page.locator("#parts-zone");
  await zone.focus();
  await page.keyboard.type("new york");
  await page.waitForSelector("[role=option]");
  await press(page, "Enter");
  await becomes(() => zone.inputValue(), "America/New York");
  await page.keyboard.type("nowhere");
  await page.waitForSelector("text=No match");
  await press(page, "Escape", "Tab");
  await becomes(() => zone.inputValue(), "America/New York");
  await close(page);
});

test("a period: first day, last day, typed, and never beyond the figures", async () => {
  const page = await parts({ timezoneId: "Europe/Berlin" });
  const day = (name) => page.getByRole("button", { name });
  await button(page, "28d").click();
  await page.waitForSelector("hk-period");
  await becomes(() => page.locator("hk-period table:visible").count(), 2);
  await becomes(() => focused(page), "Last 28 days 4");
  await day("Wednesday, 4 November 2026").click();
  await page.getByText("From Wednesday, 4 November 2026: choose the last day.").waitFor();
  assert.ok(await button(page, "Apply").isDisabled());
  await day("Sunday, 1 November 2026").click();
  await page.getByText("4 days.").waitFor();
  assert.ok(await day("Monday, 23 November 2026").getAttribute("aria-disabled"));
  await day("Monday, 23 November 2026").click({ force: true });
  await page.getByText("4 days.").waitFor();
  // By days, weeks and months; the last day with figures is the end.
  await day("Sunday, 1 November 2026").focus();
  await press(page, "ArrowLeft");
  await focuses(page, "Saturday, 31 October 2026");
  await press(page, "PageUp");
  await focuses(page, "Wednesday, 30 September 2026");
  await press(page, "PageDown", "PageDown", "PageDown");
  await focuses(page, "Sunday, 22 November 2026");
  await page.getByLabel("From", { exact: true }).fill("2026-11-10");
  await page.getByLabel("To", { exact: true }).fill("2026-11-12");
  await button(page, "Apply").click();
  await page.waitForSelector(".pop", { state: "detached" });
  await becomes(() => focused(page), "2026-11-10 – 2026-11-12");
  await close(page);

  const phone = await parts({ width: 390, height: 900 });
  await button(phone, "28d").click();
  await becomes(() => phone.locator("hk-period table:visible").count(), 1);
  const box = await phone.locator(".pop").boundingBox();
  assert.deepEqual([box.x, box.width, Math.round(box.y + box.height)], [0, 390, 900]);
  await close(phone);
});

test("a table sorts, turns its pages, changes its columns, and each row has its menu", async () => {
  const page = await parts({ width: 1440 });
  const table = page.locator("table", { has: page.locator("caption", { hasText: "Pages" }) });
  const first = () => table.locator("tbody th").first().innerText();
  const heading = (name) => table.getByRole("columnheader", { name });
  await becomes(() => heading("Visitors").getAttribute("aria-sort"), "descending");
  await heading("Visitors").getByRole("button").click();
  await becomes(() => heading("Visitors").getAttribute("aria-sort"), "ascending");
  await becomes(() => first(), "/guide/white-stork");
  await heading("Page").getByRole("button").click();
  await becomes(() => first(), "/");
  await becomes(() => table.locator("tfoot td").nth(1).innerText(), "18,402");
  await becomes(() => table.locator("tbody tr.on th").innerText(), "/map");

  await button(page, "Next page").click();
  await page.getByText("21–40 of 167").waitFor();
  await button(page, "Rows: 20").click();
  await page.getByRole("menuitemradio", { name: "100" }).click();
  await page.getByText("1–100 of 167").waitFor();

  await button(page, "Columns").click();
  const columns = page.getByRole("dialog", { name: "Columns" });
  const choosable = () => columns.getByRole("checkbox").allInnerTexts();
  const headings = async () => (await table.locator("thead th").allInnerTexts()).slice(1, -1);
  await columns.getByRole("checkbox", { name: "Bounce" }).click();
  await columns.getByRole("checkbox", { name: "Share" }).click();
  await becomes(headings, ["Visitors", "Change", "Views", "Bounce"]);
  await checkAccessibility(page, "columns");
  // What is out of sight keeps its place, and comes back to it.
  await becomes(choosable, ["Visitors", "Share", "Change", "Views", "Bounce"]);
  await columns.getByRole("checkbox", { name: "Share" }).click();
  await becomes(headings, ["Visitors", "Share", "Change", "Views", "Bounce"]);
  await button(page, "Move Share").focus();
  await press(page, "ArrowDown", "ArrowDown");
  await becomes(headings, ["Visitors", "Change", "Views", "Share", "Bounce"]);
  await becomes(() => focused(page), "Move Share");
  await becomes(() => columns.getByRole("status").innerText(), "Share: 4 of 5");
  await press(page, "ArrowUp");
  await becomes(headings, ["Visitors", "Change", "Share", "Views", "Bounce"]);
  const middle = async (name) => {
    const { x, y, width, height } = await button(page, name).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  const [from, to] = [await middle("Move Bounce"), await middle("Move Visitors")];
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 8 });
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "columns.png") });
  await page.mouse.up();
  await becomes(headings, ["Bounce", "Visitors", "Change", "Share", "Views"]);
  await page.mouse.move(...from);
  await becomes(headings, ["Bounce", "Visitors", "Change", "Share", "Views"]);
  await button(page, "Usual columns").click();
  await becomes(headings, ["Visitors", "Share", "Change", "Views"]);
  await press(page, "Escape");

  await table.getByRole("row", { name: "/guide/kingfisher" }).click({ button: "right" });
  await page.getByRole("menuitem", { name: /^Is not/ }).click();
  await page.locator("output", { hasText: "is_not" }).waitFor();
  await button(page, "Menu of /map").focus();
  await press(page, ".");
  await page.getByRole("menuitem", { name: /^Compare/ }).waitFor();
  await press(page, "Escape");
  await page.getByText("No page has this word.").waitFor();
  await close(page);
});

test("what one chooses is large enough for a finger", async () => {
  const page = await parts({ width: 820, hasTouch: true });
  const small = (selector) => tooSmall(page, selector);
  await page.locator("hk-row-menu button").first().waitFor();
  for (const selector of ["hk-tabs button", "hk-seg button", "hk-row-menu button"])
    assert.deepEqual(await small(selector), [], selector);
  await page.locator("hk-row-menu button").first().tap();
  await page.waitForSelector("[role=menu]");
  assert.deepEqual(await small("[role=menu] [role=menuitem]"), []);
  await press(page, "Escape");
  await button(page, "28d").tap();
  await page.waitForSelector("hk-period");
  assert.deepEqual(await small("hk-period :is(button, input, [role=menuitemradio])"), []);
  await press(page, "Escape");
  await button(page, "Columns").tap();
  await page.getByRole("dialog", { name: "Columns" }).waitFor();
  assert.deepEqual(await small("[role=dialog] button"), []);
  await checkAccessibility(page, "parts under a finger");
  await becomes(() => sidewaysScroll(page), 0);
  await close(page);
});

test("a result can be taken back as long as one looks at it", async () => {
  const page = await parts();
  await page.clock.install();
  await button(page, "Hide page views").click();
  await page.clock.runFor(9_000);
  await button(page, "Undo").focus();
  await page.clock.runFor(60_000);
  await button(page, "Undo").click();
  await page.locator("output", { hasText: "undone" }).waitFor();
  await button(page, "Lose the connection").click();
  await page.mouse.move(0, 0);
  await page.getByText("No connection.").waitFor();
  await page.clock.runFor(11_000);
  await page.getByText("No connection.").waitFor({ state: "detached" });
  await close(page);
});

test("a sheet has its address, and Back closes it", async () => {
  const page = await parts();
  await button(page, "Sheet").click();
  await page.getByRole("dialog", { name: "All pages" }).waitFor();
  assert.match(page.url(), /\?list=pages$/);
  await page.goBack();
  await page.waitForSelector("dialog", { state: "detached" });
  await page.goto(`${url}?list=sources`);
  await page.getByRole("dialog", { name: "All sources" }).waitFor();
  await button(page, "Close").click();
  await page.waitForSelector("dialog", { state: "detached" });
  assert.equal(page.url(), url);
  await close(page);
});

test("settings say what is changed and ask before it is lost", async () => {
  const page = await parts({ allowed: [/401/] });
  const foot = page.locator("hk-save-foot");
  await page.getByText("Changed by Hanna Krüger").waitFor();
  await page.locator("#parts-site").fill("Birdwatch");
  await page.getByText("1 change: name").waitFor();
  await page.getByRole("switch", { name: "Respect Do Not Track" }).click();
  await page.getByText("2 changes: name and Do Not Track").waitFor();
  await page.getByRole("link", { name: "Another page" }).click();
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  await question.waitFor();
  await checkAccessibility(page, "the question");
  await question.getByRole("button", { name: "Stay" }).click();
  await question.waitFor({ state: "detached" });
  assert.equal(page.url(), url);
  await foot.getByRole("button", { name: "Save" }).click();
  await foot.getByText("Saved").waitFor();
  await page.locator("#parts-site").fill("Other");
  await foot.getByRole("button", { name: "Discard" }).click();
  await becomes(() => page.locator("#parts-site").inputValue(), "Birdwatch");
  await page.locator("#parts-site").fill("Other");
  await page.getByRole("link", { name: "Another page" }).click();
  await question.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL(/login/);
  await close(page);
});
