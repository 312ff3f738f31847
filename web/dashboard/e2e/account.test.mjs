// The account's settings, against the stand-in server. HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { becomes, checkAccessibility, close, open, sidewaysScroll, stage } from "./browser.mjs";

const { browser, mock, url } = await stage();
mock.now = () => Date.now(); // what is over is told by the browser's clock
const shot = async (page, name) =>
  process.env.HITKEEP_SHOTS &&
  page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${name}.png`), fullPage: true });

test("all of it is on one page, in any width, light and dark", async () => {
  for (const width of [1440, 360]) {
    const page = await open(browser, `${url}account`, { width });
    await page.waitForSelector("text=Spreadsheet");
    await page.waitForSelector("text=Safari on iOS");
    await checkAccessibility(page, `account, ${width}`);
    await becomes(() => sidewaysScroll(page), 0);
    await shot(page, `account-${width}`);
    await close(page);
  }
});

test("the name is saved, and the sidebar says it at once", async () => {
  const page = await open(browser, `${url}account`, { width: 1440 });
  await page.getByLabel("Last name").fill("Krüger");
  await page.getByText("1 change: Name").waitFor();
  await page.locator("hk-profile").getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved").waitFor();
  await becomes(() => page.locator(".side").getByRole("link").last().innerText(), "AK\nAnn Krüger");
  await close(page);
});

test("another address needs the password; without mail its link is handed over", async () => {
  const page = await open(browser, `${url}account`, { allowed: [/403/] });
  await page.locator("hk-profile").getByLabel("Email").fill("ann@birds.example");
  await page.getByText("1 change: Email").waitFor();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Is it you?" });
  await checkAccessibility(page, "proof");
  await dialog.getByLabel("Password").fill("guess");
  await page.keyboard.press("Enter");
  await page.getByText("This is not your present password.").waitFor();
  await dialog.getByLabel("Password").fill(mock.owner.password);
  await page.keyboard.press("Enter");
  await page.getByText("http://localhost/confirm-email#token=MOCK").waitFor();
  await becomes(() => page.locator("hk-profile").getByLabel("Email").inputValue(), "ann@example.com");
  await checkAccessibility(page, "link for another address");
  await close(page);
});

test("a session is ended", async () => {
  const page = await open(browser, `${url}account`);
  await page.getByRole("button", { name: "End the session of Safari on iOS" }).click();
  await page.getByText("The session has ended.").waitFor();
  await becomes(() => page.locator("hk-sessions li .name").allInnerTexts(), ["Firefox on Linux", "Chrome on Windows"]);
  await close(page);
});

test("theme, numbers, hours and the first period hold at once and after a reload", async () => {
  const page = await open(browser, `${url}account/language`);
  const paper = () => page.evaluate(() => globalThis.getComputedStyle(document.body).backgroundColor);
  await page.getByRole("radio", { name: "Dark" }).click();
  await becomes(paper, "rgb(21, 21, 20)");
  await page.reload();
  await becomes(paper, "rgb(21, 21, 20)");
  await page.getByRole("combobox", { name: /^Numbers/ }).click();
  await page.getByRole("option", { name: "1.234,56" }).click();
  await page.getByRole("combobox", { name: /^Start with/ }).click();
  await page.getByRole("option", { name: "Last 7 days" }).click();
  await becomes(() => mock.people.preferences.default_period, "7d");
  await page.getByRole("combobox", { name: /^Language/ }).click();
  await page.getByRole("option", { name: "Deutsch" }).click();
  await becomes(() => page.locator("html").getAttribute("lang"), "de");
  await page.goto(url);
  await page.waitForURL((at) => at.searchParams.get("range") === "7d");
  await becomes(() => page.locator(".kpi .v").first().innerText(), /^\d\.\d{3}$/);
  await becomes(() => page.locator("html").getAttribute("lang"), "de");
  Object.assign(mock.people.preferences, { theme: "system", number_format: "language", default_period: "" });
  delete mock.people.preferences.default_locale;
  await close(page);
});

test("an API key is made, shown once, renewed, switched off and revoked, with the keyboard", async () => {
  for (const width of [1440, 360]) {
    const page = await open(browser, `${url}account/api_keys`, { width });
    await page.getByRole("button", { name: "New key" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await page.waitForFunction(() => document.activeElement.id === "key_name");
    await page.keyboard.type("Report");
    await dialog.getByRole("radio", { name: "Only these sites" }).press("Space");
    await checkAccessibility(page, "new key");
    await becomes(() => sidewaysScroll(page), 0);
    await shot(page, `new-key-${width}`);
    await dialog.getByRole("combobox", { name: "Sites" }).fill("bird");
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Make the key" }).press("Enter");
    await dialog.getByText(/^hk_a11f/).waitFor();
    await checkAccessibility(page, "shown once");
    await shot(page, `key-once-${width}`);
    await dialog.getByRole("button", { name: "I have copied it" }).press("Enter");
    await becomes(() => page.getByText(/^hk_(a11f){4}/).count(), 0);
    assert.equal(mock.people.keys[""][0].site_roles.length, 1);

    await page.getByRole("button", { name: /Renew .*Report/ }).press("Enter");
    await dialog.getByRole("button", { name: "Renew" }).press("Enter");
    await dialog.getByText(/^hk_a11f/).waitFor();
    await dialog.getByRole("button", { name: "I have copied it" }).press("Enter");
    await page.getByText(/old one ends/).waitFor();
    await page.getByRole("button", { name: /Switch off .*Report/ }).press("Enter");
    await page.getByRole("button", { name: /Switch on .*Report/ }).waitFor();
    await checkAccessibility(page, "key that is off");
    await page.getByRole("button", { name: /Revoke .*Report/ }).press("Enter");
    await dialog.getByRole("button", { name: "Revoke" }).press("Enter");
    await becomes(() => page.locator("hk-api-keys li .name").allInnerTexts(), ["Spreadsheet"]);
    await close(page);
  }
});

test("deleting the account wants its address typed, and says why not", async () => {
  const page = await open(browser, `${url}account/data`, { allowed: [/403/, /409/] });
  await page.getByRole("button", { name: "Delete for good" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete my account" });
  await dialog.getByLabel("Email").fill("somebody@example.com");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#typed_email-error");
  await dialog.getByLabel("Email").fill("ann@example.com");
  await page.keyboard.press("Enter");
  await dialog.getByText("The last owner of the instance stays").waitFor();
  await checkAccessibility(page, "delete account");
  await close(page);
});
