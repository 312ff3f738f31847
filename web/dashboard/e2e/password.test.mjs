// A forgotten password, against the stand-in server. HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Mock } from "../mock/server.mjs";
import { becomes, checkAccessibility, close, launch, open, sidewaysScroll } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const focusOn = (page, selector) => page.waitForFunction((wanted) => document.activeElement.matches(wanted), selector);

for (const base of ["/", "/deep/hitkeep/"]) {
  test(`from the login to a new password with the keyboard alone, at ${base}`, async () => {
    const mock = new Mock({ base });
    const url = `http://localhost:${await mock.listen()}${base}`;
    const page = await open(browser, `${url}login`, { width: 360, height: 740, allowed: [/40[01]/] });
    await page.getByRole("link", { name: "Forgot password?" }).waitFor();
    await checkAccessibility(page, "login");
    await page.getByRole("link", { name: "Forgot password?" }).press("Enter");
    await page.waitForURL(`${url}forgot-password`);
    await focusOn(page, "#email");
    await checkAccessibility(page, "forgot");
    await page.keyboard.type("ann");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#email-error");
    await page.keyboard.type("@example.com");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=If an account exists for this address");
    await focusOn(page, "h1");
    await checkAccessibility(page, "sent");

    await page.goto(`${url}reset-password#token=MOCK`);
    await page.waitForURL(`${url}reset-password`);
    await focusOn(page, "#password");
    await checkAccessibility(page, "new password");
    await page.keyboard.type("short");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#password-error");
    await page.keyboard.type(" no more");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}login`);
    await page.waitForSelector("text=Password changed. Sign in with it.");
    await checkAccessibility(page, "login after the change");
    await focusOn(page, "#email");
    await page.keyboard.type("ann@example.com");
    await page.keyboard.press("Tab");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#password-error");
    await page.getByLabel("Password").fill("short no more");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}s/birdwatch.example`);
    await close(page);
    await mock.close();
  });
}

test("the token leaves the address and the history, and works once", async () => {
  const mock = new Mock();
  const url = `http://localhost:${await mock.listen()}/`;
  await fetch(`${url}api/auth/forgot-password`, {
    method: "POST",
    body: JSON.stringify({ email: mock.owner.email }),
  });
  const page = await open(browser, `${url}login`, { allowed: [/40[01]/] });
  const outside = [];
  page.on("request", (request) => request.url().includes("MOCK") && outside.push(request.url()));
  await page.goto(`${url}reset-password#token=WRONG`);
  await page.waitForURL(`${url}reset-password`);
  // Another link on the same page: only the fragment changes.
  await page.goto(`${url}reset-password#token=MOCK`);
  await page.waitForURL(`${url}reset-password`);
  await page.getByLabel("New password").fill("long enough");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.waitForURL(`${url}login`);
  await page.waitForSelector(".notice");
  await page.reload();
  await page.getByLabel("Email").waitFor();
  await becomes(() => page.locator(".notice").count(), 0);
  assert.deepEqual(outside, []);
  for (let steps = 0; steps < 3; ++steps) {
    await page.evaluate(() => void setTimeout(() => globalThis.history.back()));
    await page.waitForTimeout(200);
    await page.waitForLoadState();
    assert.ok(!/MOCK|WRONG/.test(page.url()), page.url());
  }

  await page.goto(`${url}reset-password#token=MOCK`);
  await page.getByLabel("New password").fill("long enough");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.waitForSelector("text=This link does not work");
  await checkAccessibility(page, "used link");
  await page.getByRole("link", { name: "Ask for a new link" }).click();
  await page.waitForURL(`${url}forgot-password`);
  await close(page);
  await mock.close();
});

test("without mail the login offers no link, and the page says whom to ask", async () => {
  const mock = new Mock({ mail: false });
  const url = `http://localhost:${await mock.listen()}/`;
  const page = await open(browser, `${url}login`, { allowed: [/401/, /503/] });
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.waitForLoadState("networkidle");
  await becomes(() => page.getByRole("link").count(), 0);
  await page.goto(`${url}forgot-password`);
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.waitForSelector("text=This server sends no mail");
  await checkAccessibility(page, "no mail");
  await close(page);
  await mock.close();
});

test("the account page changes the password and ends other sessions", async () => {
  const mock = new Mock();
  const url = `http://localhost:${await mock.listen()}/`;
  mock.signedIn = true;
  const page = await open(browser, `${url}account`, { width: 360, height: 740, allowed: [/40[03]/] });
  await page.getByLabel("Present password").fill("guess");
  await page.getByLabel("New password").fill("password123");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.waitForSelector("#current_password-error");
  await focusOn(page, "#current_password");
  await page.getByLabel("Present password").fill("correct horse");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.waitForSelector("text=This is too easy to guess");
  await checkAccessibility(page, "account with an error");
  await page.getByLabel("New password").fill("a better password");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.waitForSelector("text=Password changed.");
  assert.equal(mock.owner.password, "a better password");
  await page.getByRole("button", { name: "End all others" }).click();
  await page.waitForSelector("text=All other sessions have ended.");
  await checkAccessibility(page, "account");
  await becomes(() => sidewaysScroll(page), 0);
  await close(page);
  await mock.close();
});

test("every language fits a small phone", async () => {
  const mock = new Mock();
  const url = `http://localhost:${await mock.listen()}/`;
  for (const locale of ["en-GB", "de-DE", "es-ES", "fr-FR", "it-IT", "nl-NL", "pt-BR"]) {
    // One language is enough to look at the colours and at a wide page.
    const english = locale === "en-GB";
    for (const dark of english ? [false, true] : [false]) {
      for (const width of english ? [360, 1280] : [360]) {
        const page = await open(browser, undefined, { width, height: 740, dark, locale, allowed: [/401/] });
        const look = async (name) => {
          await becomes(() => page.locator("html").getAttribute("lang"), locale.slice(0, 2));
          await becomes(() => sidewaysScroll(page), 0, `${name}, ${locale}`);
          if (!process.env.HITKEEP_SHOTS) return;
          const file = `password-${name}-${locale.slice(0, 2)}-${width}-${dark ? "dark" : "light"}.png`;
          await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, file) });
        };
        await page.goto(`${url}login`);
        await page.locator("a.link").waitFor();
        await look("login");
        await page.goto(`${url}forgot-password`);
        await page.locator("#email").fill("ann@example.com");
        await look("forgot");
        await page.locator("[type=submit]").click();
        await page.locator("hk-message").waitFor();
        await look("sent");
        await page.goto(`${url}reset-password#token=MOCK`);
        await page.locator("#password").fill("long enough");
        await look("reset");
        await page.locator("[type=submit]").click();
        await page.locator(".notice").waitFor();
        await look("changed");
        await page.goto(`${url}reset-password`);
        await page.locator("hk-message").waitFor();
        await look("invalid");
        mock.signedIn = true;
        await page.goto(`${url}account`);
        await page.locator("#new_password").waitFor();
        await look("account");
        mock.signedIn = false;
        await close(page);
      }
    }
  }
  await mock.close();
});
