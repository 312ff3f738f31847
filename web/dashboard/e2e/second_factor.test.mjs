// The second step of a sign-in, against the stand-in server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { CODE } from "../mock/factors.mjs";
import { Mock } from "../mock/server.mjs";
import { checkAccessibility, close, launch, open, sidewaysScroll } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

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
    await page.evaluate(
      (text) => {
        const field = document.querySelector("#code");
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
      },
      `${CODE.slice(0, 3)} ${CODE.slice(3)}`,
    );
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
