// The main job in a real browser against the real program: from the printed link to figures that move.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { checkAccessibility, close, launch, open, sidewaysScroll } from "../../../web/dashboard/e2e/browser.mjs";
import { Server, startSite } from "./server.mjs";

// A browser that calls itself headless is counted as a bot.
const CHROME_ON_LINUX =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
const CHROME_ON_WINDOWS =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
/** A figure moves within two seconds of its hit. Tests assert no speed: this only bounds the wait. */
const PATIENCE = { timeout: 30_000 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const figures = (page) => page.locator(".kpi .v").allInnerTexts();
const waitForFigure = (page, n, text) =>
  page.waitForFunction(
    ([i, wanted]) => document.querySelectorAll(".kpi .v")[i]?.innerText === wanted,
    [n, text],
    PATIENCE,
  );

/** The set-up from the printed link to its last step, for the site "localhost"; gives the owner's page. */
async function setUp(server, allowed = [/401/]) {
  const owner = await open(browser, server.link, { allowed });
  await owner.waitForURL(`${server.url}setup`);
  await owner.getByLabel("Given name").fill("Ada");
  await owner.getByLabel("Email").fill("ada@example.com");
  await owner.getByLabel("Password").fill("correct horse battery");
  await owner.getByRole("button", { name: "Create account" }).click();

  await owner.waitForURL(`${server.url}setup/site`, PATIENCE);
  await owner.getByLabel("Domain").fill("localhost");
  await owner.getByRole("button", { name: "Add site" }).click();
  await owner.waitForURL(`${server.url}setup/snippet/localhost`, PATIENCE);
  return owner;
}

for (const base of ["/", "/stats/hitkeep/"]) {
  test(`from the printed link to figures that move, at ${base}`, async (t) => {
    const server = await Server.start(base);
    t.after(() => server.kill());
    assert.ok(server.link.startsWith(server.url), server.link);
    // 401 is how the page learns that nobody is signed in.
    const owner = await setUp(server);
    const snippet = await owner.locator(".snippet code").innerText();
    assert.equal(snippet, `<script async src="${server.url}hk.js"></script>`);
    await owner.waitForSelector("text=Waiting for the first page view");

    // A visitor comes, with the snippet on the page.
    const site = await startSite(snippet);
    t.after(() => site.stop());
    const visitor = await open(browser, site.url, { userAgent: CHROME_ON_LINUX });
    await owner.waitForSelector("text=/It works: \u2068\\/\u2069 was seen\\./", PATIENCE);
    await owner.getByRole("link", { name: "Open the dashboard" }).click();
    await owner.waitForURL(`${server.url}s/localhost`);
    await waitForFigure(owner, 2, "1");
    const loaded = await owner.evaluate(() => performance.timeOrigin);

    await visitor.getByRole("link", { name: "Guide" }).click();
    await waitForFigure(owner, 2, "2");
    await visitor.getByRole("link", { name: "About" }).click();
    await waitForFigure(owner, 2, "3");
    const [visitors, visits, views, perVisit, bounces] = await figures(owner);
    assert.deepEqual([visitors, visits, views, perVisit, bounces], ["1", "1", "3", "3.00", "0%"]);
    assert.match(await owner.locator(".live").innerText(), /^1\s+now$/);
    await owner.waitForSelector(".row >> text=/guide");
    assert.equal(await owner.evaluate(() => performance.timeOrigin), loaded, "nothing was reloaded");

    // Somebody else comes from another place.
    const second = await open(browser, undefined, {
      userAgent: CHROME_ON_WINDOWS,
    });
    await second.goto(`${site.url}about`, {
      referer: "https://www.google.com/",
    });
    await waitForFigure(owner, 0, "2");
    await owner.waitForSelector(".row >> text=Google", PATIENCE);

    await owner.locator(".row", { hasText: "Google" }).click();
    await owner.waitForURL(/f=source:is:Google/);
    await waitForFigure(owner, 0, "1");
    await owner.reload();
    await waitForFigure(owner, 0, "1");
    await owner.keyboard.press("Escape");
    await waitForFigure(owner, 0, "2");
    for (const range of ["today", "7d", "12mo"]) {
      await owner.goto(`${server.url}s/localhost?range=${range}&compare=year`);
      await waitForFigure(owner, 0, "2");
    }

    for (const width of [360, 768, 1440]) {
      await owner.setViewportSize({ width, height: 900 });
      assert.equal(await sidewaysScroll(owner), 0, `${width} px`);
    }
    await checkAccessibility(owner, "overview with real figures");

    await owner.goto(`${server.url}account`);
    await owner.getByRole("button", { name: "Sign out" }).click();
    await owner.waitForURL(`${server.url}login`);
    await owner.goto(`${server.url}s/localhost`);
    await owner.waitForURL(/login\?next=/);
    await owner.getByLabel("Email").fill("ada@example.com");
    await owner.getByLabel("Password").fill("correct horse battery");
    await owner.getByRole("button", { name: "Sign in" }).click();
    await owner.waitForURL(`${server.url}s/localhost`, PATIENCE);
    await waitForFigure(owner, 0, "2");

    for (const page of [owner, visitor, second]) await close(page);
    await server.stop();
  });
}

test("slips at the set-up are answered at their field, and a second site gets its snippet", async (t) => {
  const server = await Server.start();
  t.after(() => server.kill());
  const owner = await open(browser, server.link.replace(/=.*/, "=WRONG"), { allowed: [/40[0139]/] });
  const answered = async (button, field) => {
    await owner.getByRole("button", { name: button }).click();
    await owner.waitForSelector(`#${field}-error`, PATIENCE);
    await owner.waitForFunction((id) => document.activeElement.id === id, field);
  };
  await owner.getByLabel("Email").fill("ada@example.com");
  await owner.getByLabel("Password").fill("short");
  await answered("Create account", "password");
  await owner.getByLabel("Password").fill("correct horse battery");
  await answered("Create account", "setup_code");
  await checkAccessibility(owner, "wrong code");
  await owner.getByLabel("Set-up code").fill(server.link.replace(/.*=/, ""));
  await owner.getByRole("button", { name: "Create account" }).click();

  await owner.waitForURL(`${server.url}setup/site`, PATIENCE);
  await owner.getByLabel("Domain").fill("not a domain");
  await answered("Add site", "domain");
  await checkAccessibility(owner, "wrong domain");
  await owner.getByLabel("Domain").fill("localhost");
  await owner.getByRole("button", { name: "Add site" }).click();
  await owner.waitForURL(`${server.url}setup/snippet/localhost`, PATIENCE);
  // What comes and does not count is said where one waits for it.
  const bot = await fetch(`${server.url}ingest`, {
    method: "POST",
    headers: { Origin: "http://localhost", "User-Agent": "Googlebot/2.1" },
    body: JSON.stringify({ path: "/" }),
  });
  assert.ok(bot.ok, `${bot.status}`);
  await owner.waitForSelector("text=did not count: bots 1", PATIENCE);
  await checkAccessibility(owner, "snippet");
  await owner.getByRole("link", { name: "Open the dashboard" }).click();
  await owner.waitForSelector(".first-run");
  await checkAccessibility(owner, "no page view yet");

  await owner.getByRole("button", { name: "Site: localhost" }).click();
  await owner.getByRole("menuitem", { name: "Add a site" }).click();
  await owner.getByLabel("Domain").fill("localhost");
  await answered("Add site", "domain");
  await owner.getByLabel("Domain").fill("www.München.example");
  await owner.getByRole("button", { name: "Add site" }).click();
  await owner.waitForURL(`${server.url}s/xn--mnchen-3ya.example/settings/snippet`, PATIENCE);
  const snippet = owner.locator(".snippet code", { hasText: "hk.js" });
  await snippet.waitFor(PATIENCE);
  assert.equal(await snippet.innerText(), `<script async src="${server.url}hk.js"></script>`);

  // A sign-out in one tab is one for the other.
  const tab = await owner.context().newPage();
  await tab.goto(`${server.url}account`);
  await tab.getByRole("button", { name: "Sign out" }).click();
  await owner.waitForURL(/login\?next=/, PATIENCE);
  await checkAccessibility(owner, "login");
  await close(owner);
  await server.stop();
});

test("an open page outlives a crash of the server and goes on by itself", async (t) => {
  const server = await Server.start();
  t.after(() => server.kill());
  const owner = await setUp(server, [
    /401/,
    /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/,
  ]);
  const site = await startSite(await owner.locator(".snippet code").innerText());
  t.after(() => site.stop());
  const visitor = await open(browser, site.url, { userAgent: CHROME_ON_LINUX });
  await owner.getByRole("link", { name: "Open the dashboard" }).click();
  await waitForFigure(owner, 2, "1");
  await server.crashAndRestart();
  await visitor.getByRole("link", { name: "Guide" }).click();
  await waitForFigure(owner, 2, "2");
  for (const page of [owner, visitor]) await close(page);
  await server.stop();
});
