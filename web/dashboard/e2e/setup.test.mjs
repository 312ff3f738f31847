// The first minutes with a new instance, against the stand-in server; below a path of its own, as behind a proxy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Mock } from "../mock/server.mjs";
import { becomes, checkAccessibility, close, launch, open, sidewaysScroll } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

for (const base of ["/", "/deep/hitkeep/"]) {
  test(`from the printed link to the first figure, at ${base}`, async () => {
    const mock = new Mock({ fresh: true, base });
    const origin = `http://localhost:${await mock.listen()}`;
    const url = origin + base;
    const page = await open(browser, `${url}#setup=MOCK`, { width: 360, height: 740, allowed: [/401/, /400/] });
    const outside = [];
    page.on("request", (request) => request.url().startsWith(url) || outside.push(request.url()));
    await page.waitForURL(`${url}setup`);
    await page.waitForFunction(() => document.activeElement.id === "given_name");
    await checkAccessibility(page, "account step");
    await becomes(() => page.getByLabel("Set-up code").count(), 0);
    await page.getByLabel("Email").fill("ann@example.com");
    await page.getByLabel("Password").fill("long enough");
    await page.getByRole("button", { name: "Create account" }).click();

    await page.waitForURL(`${url}setup/site`);
    await checkAccessibility(page, "site step");
    await becomes(() => page.getByLabel("Time zone").inputValue(), "Europe/Berlin");
    await page.getByLabel("Domain").fill("not a domain");
    await page.getByRole("button", { name: "Add site" }).click();
    await page.waitForSelector("#domain-error");
    await page.waitForFunction(() => document.activeElement.id === "domain");
    await page.getByLabel("Domain").fill("https://www.Example.com/start");
    await page.getByRole("button", { name: "Add site" }).click();

    await page.waitForURL(`${url}setup/snippet/example.com`);
    await page.waitForSelector("text=Waiting for the first page view");
    await checkAccessibility(page, "snippet step");
    await becomes(() => page.locator(".snippet code").innerText(), `<script async src="${url}hk.js"></script>`);
    await becomes(() => sidewaysScroll(page), 0);
    await page.reload();
    await page.waitForSelector("text=Waiting for the first page view");
    const answer = await fetch(`${url}ingest`, {
      method: "POST",
      headers: { Origin: "https://example.com" },
      body: JSON.stringify({ path: "/hello" }),
    });
    assert.equal(answer.status, 202);
    await page.waitForSelector("text=/It works: \u2068\\/hello\u2069 was seen\\./", { timeout: 20_000 });
    await page.getByRole("link", { name: "Open the dashboard" }).click();
    await page.waitForURL(`${url}s/example.com`);
    await page.waitForSelector(".row");

    // The set-up is over: its page leads to the overview.
    await page.goto(`${url}setup`);
    await page.waitForURL(`${url}s/example.com`);
    assert.deepEqual(outside, []);
    await close(page);
    await mock.close();
  });
}

/** The form of the account filled in, up to the code, and sent. */
async function createAccount(page, code) {
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByLabel("Password").fill("long enough");
  if (code) await page.getByLabel("Set-up code").fill(code);
  await page.getByRole("button", { name: "Create account" }).click();
}

for (const link of ["", "#setup=WRONG"]) {
  test(`a wrong code is refused at its field, ${link ? "of the link" : "typed"}`, async () => {
    const mock = new Mock({ fresh: true });
    const url = `http://localhost:${await mock.listen()}/`;
    const page = await open(browser, url + link, { allowed: [/401/, /403/] });
    await createAccount(page, link ? "" : "WRONG");
    await page.waitForSelector("#setup_code-error");
    await page.waitForFunction(() => document.activeElement.id === "setup_code");
    await checkAccessibility(page, "wrong code");
    await close(page);
    await mock.close();
  });
}

test("the snippet is copied also where there is no clipboard API, and what did not count is said", async () => {
  const mock = new Mock();
  mock.signedIn = true;
  mock.dropped = { bad_body: 1, bad_text: 1 };
  mock.bots = { crawler: 2 };
  const page = await open(browser);
  await page.addInitScript(() => Object.defineProperty(globalThis.navigator, "clipboard", { value: undefined }));
  await page.goto(`http://localhost:${await mock.listen()}/s/localhost/snippet`);
  await page.waitForSelector("text=did not count: unreadable 2 · bots 2");
  await checkAccessibility(page, "snippet");
  await page.getByRole("button", { name: "Copy" }).click();
  await page.waitForSelector("text=Copied");
  await close(page);
  await mock.close();
});

test("the code leaves the address and the history, and going back leaves the set-up", async () => {
  const mock = new Mock({ fresh: true });
  const url = `http://localhost:${await mock.listen()}/`;
  const page = await open(browser, "data:text/html,<title>before</title>", { allowed: [/401/] });
  await page.goto(`${url}#setup=MOCK`);
  await page.waitForURL(`${url}setup`);
  await createAccount(page);
  await page.waitForURL(`${url}setup/site`);
  // A first site is still missing: the start page goes on with it.
  await page.goto(url);
  await page.waitForURL(`${url}setup/site`);
  await page.getByLabel("Domain").fill("localhost");
  await page.getByRole("button", { name: "Add site" }).click();
  await page.waitForURL(`${url}setup/snippet/localhost`);
  const places = [];
  while (!page.url().startsWith("data:")) {
    await page.goBack();
    places.push(page.url());
  }
  assert.equal(places.filter((place) => place.includes("MOCK")).length, 0, places.join());
  assert.ok(places.length <= 2, places.join());
  await close(page);
  await mock.close();
});
