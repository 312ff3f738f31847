// The frame around all pages, against the stand-in server: navigation, keys, settings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SITE, becomes, checkAccessibility, close, open, sidewaysScroll, stage } from "./browser.mjs";

const { browser, mock, url, overview } = await stage();
const title = (page, text) => page.waitForFunction((expected) => document.title === expected, text);

test("the sidebar leads to every page, which names the window", async () => {
  const page = await overview("?range=7d&metric=visits&f=channel:is:direct", { width: 1440 });
  await title(page, "birdwatch.example · HitKeep");
  const side = page.locator(".side");
  assert.equal((await side.boundingBox()).width, 208);
  await becomes(
    () => side.getByRole("link").allInnerTexts(),
    ["HitKeep", "Overview", "Is everything counted?", "Site settings", "Team", "A\nAnn"],
  );
  await becomes(() => side.locator("[aria-current]").innerText(), "Overview");
  await side.getByRole("link", { name: "Site settings" }).click();
  await page.waitForURL(`${url}${SITE}/settings/general`);
  await title(page, "Site settings · birdwatch.example · HitKeep");
  await becomes(() => side.locator("[aria-current]").innerText(), "Site settings");
  await side.getByRole("link", { name: "Ann" }).click();
  await page.waitForURL(`${url}account/profile`);
  await title(page, "Account · HitKeep");
  // Without a site of its own, a page leads back to the one that was looked at.
  await side.getByRole("link", { name: "Overview" }).click();
  await page.waitForURL(`${url}${SITE}`);
  await page.goto(`${url}s/no-such-site/settings/hosts`);
  await title(page, "Not found · HitKeep");
  await page.waitForSelector(".message");
  await close(page);
});

test("a report keeps period and filters, as long as the site stays", async () => {
  const page = await overview("?range=7d&metric=visits&f=channel:is:direct", { width: 1440 });
  await page.locator(".side").getByRole("link", { name: "Overview" }).click();
  await page.waitForURL((at) => !at.searchParams.has("metric"));
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { range: "7d", f: "channel:is:direct" });
  await close(page);
});

test("the sidebar folds to its icons, whose words show on hover and focus", async () => {
  for (const width of [1181, 1180]) {
    const page = await overview("", { width });
    const side = page.locator(".side");
    if (width > 1180) {
      assert.equal((await side.boundingBox()).width, 208);
      await page.keyboard.press("[");
      await page.reload();
      await page.waitForSelector(".row");
    }
    assert.equal((await side.boundingBox()).width, 56);
    const word = side.locator(".word", { hasText: "Site settings" });
    const shown = () => word.evaluate((element) => globalThis.getComputedStyle(element).clipPath === "none");
    await becomes(() => shown(), false);
    await side.getByRole("link", { name: "Site settings" }).focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    await becomes(() => shown(), true);
    await page.mouse.move(600, 500);
    await side.getByRole("link", { name: "Site settings" }).hover();
    await becomes(() => shown(), true);
    await checkAccessibility(page, `sidebar of icons, ${width} px`);
    await becomes(() => sidewaysScroll(page), 0);
    await close(page);
  }
});

test("on a phone there is a bar, and More holds the rest", async () => {
  const page = await overview("", { width: 360, height: 740, hasTouch: true });
  await page.getByRole("button", { name: "More" }).click();
  await page.waitForSelector("[role=menu]");
  await checkAccessibility(page, "More");
  await becomes(() => sidewaysScroll(page), 0);
  await page.getByRole("menuitem", { name: "Ann" }).click();
  await page.waitForURL(`${url}account/profile`);
  await page.locator(".bar").getByRole("link", { name: "Overview" }).click();
  await page.waitForURL(`${url}${SITE}`);
  await close(page);
});

test("G and a letter lead to a page, but not while one types", async () => {
  const page = await open(browser, `${url}account/password`);
  await page.getByLabel("Present password").fill("go");
  assert.equal(new URL(page.url()).pathname, "/account/password");
  await page.locator("h1").click();
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await page.waitForURL(`${url}s/**`);
  await close(page);
});

test("single keys can be switched off, and stay so", async () => {
  const page = await open(browser, `${url}account/language`);
  await page.getByRole("switch", { name: "Single keys are commands" }).click();
  await checkAccessibility(page, "account with keys off");
  await page.goto(`${url}${SITE}`);
  await page.waitForSelector(".row");
  await page.keyboard.press("[");
  await page.keyboard.press("f");
  await becomes(() => page.locator("dialog").count(), 0);
  assert.equal((await page.locator(".side").boundingBox()).width, 208);
  await close(page);
});

test("Ctrl K goes to anything: by its name, another word, or as a filter", async () => {
  const page = await overview("?range=7d");
  const search = page.getByRole("combobox", { name: "Go to" });
  const chosen = page.locator('[role="option"][aria-selected="true"]');
  const gone = async (address) => {
    await page.waitForURL(address);
    await search.waitFor({ state: "detached" });
  };
  await page.keyboard.press("Control+k");
  await search.waitFor();
  await checkAccessibility(page, "command menu");
  await search.fill("subdomains");
  await becomes(() => chosen.innerText(), /^Domains/);
  await page.keyboard.press("Enter");
  await gone(`${url}${SITE}/settings/hosts`);

  await page.keyboard.press("Control+k");
  await search.fill("a");
  await page.keyboard.press("ArrowDown");
  await becomes(() => chosen.getAttribute("id"), "command-1");
  await search.fill("localhost");
  await becomes(() => chosen.getAttribute("id"), "command-0");
  await page.getByRole("option", { name: "localhost" }).last().click();
  await gone(`${url}s/localhost`);

  await page.keyboard.press("Control+k");
  await search.fill("owls-at");
  await becomes(() => page.getByRole("option").count(), 1);
  await page.keyboard.press("Enter");
  await page.waitForURL(/f=page:contains:owls-at/);
  await close(page);
});

test("a section has an address; leaving what is not saved asks", async () => {
  const page = await open(browser, `${url}${SITE}/settings/hosts`, { width: 390 });
  await page.getByText("As it was at first: nobody has changed it.").first().waitFor();
  await page.getByLabel("Left out").fill("dev.birdwatch.example");
  await page.getByText("1 change: Left out").waitFor();
  await checkAccessibility(page, "settings with a change");
  await becomes(() => sidewaysScroll(page), 0);
  const leave = () => page.getByRole("link", { name: "Tracking snippet" }).click();
  await leave();
  await page.getByRole("dialog", { name: "Leave without saving?" }).waitFor();
  await checkAccessibility(page, "question whether to leave");
  await page.getByRole("button", { name: "Stay" }).click();
  assert.equal(new URL(page.url()).pathname, `/${SITE}/settings/hosts`);
  await becomes(() => page.getByLabel("Left out").inputValue(), "dev.birdwatch.example");
  await leave();
  await page.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL(`${url}${SITE}/settings/snippet`);
  await page.goto(`${url}${SITE}/settings/nonsense`);
  await page.waitForSelector(".message");
  await close(page);
});

test("another site's settings are one choice away", async () => {
  const page = await open(browser, `${url}${SITE}/settings/hosts`);
  await page.getByRole("button", { name: "Site: birdwatch.example" }).click();
  await page.getByRole("menuitem", { name: "localhost" }).click();
  await page.waitForURL(`${url}s/localhost/settings/hosts`);
  await close(page);
});

test("who may not change a setting sees it, and is told who can", async () => {
  mock.viewer = true;
  const page = await open(browser, `${url}${SITE}/settings/hosts`);
  await page.getByText("Admins can change this.").waitFor();
  await becomes(() => page.getByLabel("Left out").isDisabled(), true);
  await becomes(() => page.getByRole("button", { name: "Save" }).isDisabled(), true);
  await checkAccessibility(page, "settings of a viewer");
  mock.viewer = false;
  await close(page);
});

test("the sections of the account stand below each other, each with its address", async () => {
  const page = await open(browser, `${url}account`, { height: 500 });
  await page.waitForURL(`${url}account/profile`);
  await page.getByRole("combobox", { name: /^Language/ }).waitFor();
  // What is to be done stands at the foot of its card.
  const card = page.locator("#section-sessions hk-section");
  assert.ok((await card.locator("button").last().boundingBox()).y > (await card.locator("h2").boundingBox()).y + 30);
  await page.getByRole("link", { name: "Language" }).click();
  await page.waitForURL(`${url}account/language`);
  await page.waitForFunction(
    () => document.getElementById("section-language").getBoundingClientRect().bottom <= globalThis.innerHeight,
  );
  await close(page);
});
