// Second factors at the sign-in and in the account, against the stand-in server. HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { CODE } from "../mock/factors.mjs";
import { Mock } from "../mock/server.mjs";
import { checkAccessibility, close, launch, open, sidewaysScroll } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const shot = async (page, name) =>
  process.env.HITKEEP_SHOTS &&
  page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${name}.png`), fullPage: true });

const focusOn = (page, selector) => page.waitForFunction((wanted) => document.activeElement.matches(wanted), selector);

async function password(page) {
  await focusOn(page, "#email");
  await page.keyboard.type("ann@example.com");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Second factor" }).waitFor();
  await focusOn(page, "#code");
}

for (const { width, dark, locale } of [
  { width: 1440, dark: false },
  { width: 360, dark: true },
  { width: 360, dark: false, locale: "de-DE" },
])
  test(`a code of the app signs in as it is pasted, at ${width} px${locale ? " in German" : ""}`, async () => {
    const mock = new Mock();
    mock.factors.setUp();
    const url = `http://localhost:${await mock.listen()}/`;
    const page = await open(browser, `${url}login?next=/account/profile`, {
      width,
      dark,
      allowed: [/40[01]/],
      ...(locale ? { locale } : {}),
    });
    if (locale) {
      await page.locator("#email").fill("ann@example.com");
      await page.locator("#password").fill("correct horse");
      await page.keyboard.press("Enter");
      await page.locator("#code").waitFor();
    } else await password(page);
    await checkAccessibility(page, "second step");
    assert.equal(await sidewaysScroll(page), 0);
    await page.keyboard.type("111111");
    await page.locator("#code-error").waitFor();
    await checkAccessibility(page, "wrong code");
    await focusOn(page, "#code");
    await page.locator("#code").fill(`${CODE.slice(0, 3)} ${CODE.slice(3)}`);
    await page.waitForURL(`${url}account/profile`);
    await close(page);
    await mock.close();
  });

test("a recovery code signs in by the keyboard alone, and once", async () => {
  const mock = new Mock();
  mock.factors.setUp();
  const code = mock.factors.codes[0];
  const url = `http://localhost:${await mock.listen()}/`;
  for (const used of [false, true]) {
    const page = await open(browser, `${url}login`, { width: 360, allowed: [/40[01]/] });
    await password(page);
    await page.getByRole("button", { name: "Use a recovery code" }).press("Enter");
    await focusOn(page, "#code");
    await checkAccessibility(page, "recovery code");
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
    if (used) await page.locator("#code-error").waitFor();
    else await page.waitForURL(`${url}s/birdwatch.example`);
    await close(page);
    mock.signedIn = false;
  }
  await mock.close();
});

for (const { width, dark } of [
  { width: 1440, dark: false },
  { width: 360, dark: true },
])
  test(`an app is set up in the account and goes again, at ${width} px`, async () => {
    const mock = new Mock();
    mock.signedIn = true;
    const url = `http://localhost:${await mock.listen()}/`;
    const page = await open(browser, `${url}account`, { width, dark, allowed: [/40[03]/] });
    const section = page.locator("hk-factors");
    const codes = page.locator("hk-recovery-codes");
    await section.getByRole("button", { name: "Set up" }).press("Enter");
    await page.getByRole("dialog").getByLabel("Password").fill(mock.owner.password);
    await page.keyboard.press("Enter");
    await section.getByRole("img", { name: "QR code of the key" }).waitFor();
    await section.getByText("JBSW Y3DP").waitFor();
    await focusOn(page, "#code");
    await checkAccessibility(page, "set-up");
    assert.equal(await sidewaysScroll(page), 0);
    await shot(page, `factors-set-up-${width}`);
    await page.keyboard.type("111111");
    await page.locator("#code-error").waitFor();
    await page.keyboard.type(CODE);
    await codes.getByText("7fq2k-8md1a").waitFor();
    await codes.getByText("8 of 8 left").waitFor();
    await checkAccessibility(page, "codes");
    assert.equal(await sidewaysScroll(page), 0);
    await shot(page, `factors-codes-${width}`);
    assert.equal(mock.factors.on, true);

    mock.factors.takes(mock.factors.codes[0]);
    mock.factors.takes(mock.factors.codes[1]);
    await page.reload();
    await codes.getByText("6 of 8 left").waitFor();
    assert.equal(await codes.getByText("7fq2k-8md1a").count(), 0);
    await section.getByRole("button", { name: "Switch off" }).press("Enter");
    await focusOn(page, "#code");
    await page.keyboard.type(CODE);
    await page.keyboard.press("Enter");
    await section.getByRole("button", { name: "Set up" }).waitFor();
    assert.equal(mock.factors.on, false);
    await close(page);
    await mock.close();
  });
