// The settings of a site, against the stand-in server. HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { becomes, checkAccessibility, close, open, sidewaysScroll, stage } from "./browser.mjs";

const { browser, mock, url } = await stage();
const shot = async (page, name) =>
  process.env.HITKEEP_SHOTS &&
  page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${name}.png`), fullPage: true });

test("a site is renamed, and its page stays", async () => {
  for (const width of [1440, 360]) {
    const page = await open(browser, `${url}s/birdwatch.example/settings/general`, { width });
    await page.getByRole("heading", { name: "General" }).waitFor();
    await checkAccessibility(page, `general, ${width}`);
    await becomes(() => sidewaysScroll(page), 0);
    await shot(page, `general-${width}`);
    await page.getByLabel("Domain", { exact: true }).fill("birds.example");
    await page.getByText("1 change: Domain").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL("**/s/birds.example/settings/general");
    assert.deepEqual(mock.sites[0].former_domains, ["birdwatch.example"]);
    Object.assign(mock.sites[0], { domain: "birdwatch.example", former_domains: [] });
    await close(page);
  }
});

test("zone, currency, week, labels and the pause are saved together", async () => {
  const page = await open(browser, `${url}s/birdwatch.example/settings/general`);
  const zone = page.getByRole("combobox", { name: "Time zone" });
  await zone.fill("auckland");
  await page.keyboard.press("Enter");
  const currency = page.getByRole("combobox", { name: "Currency" });
  await currency.fill("EUR");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: /^Week begins on/ }).click();
  await page.getByRole("option", { name: "Monday" }).click();
  await page.getByRole("combobox", { name: "Labels" }).fill("Nature");
  await page.keyboard.press("Enter");
  await page.getByRole("switch", { name: "Count visits" }).click();
  await page.getByText("5 changes").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/Counts from .*; days before that are those of Europe\/Berlin/).waitFor();
  const { zone: saved, currency: money, first_weekday, labels, paused } = mock.sites[0];
  assert.deepEqual([saved, money, first_weekday, labels, paused], ["Pacific/Auckland", "EUR", 1, ["Nature"], true]);
  await page.getByRole("switch", { name: "Pin this site" }).click();
  await becomes(() => mock.sites[0].pinned, true);
  await checkAccessibility(page, "general, saved");
  Object.assign(mock.sites[0], { zone: "Europe/Berlin", labels: [], paused: false, pinned: false });
  for (const field of ["currency", "first_weekday", "zone_from", "zone_before"]) delete mock.sites[0][field];
  await close(page);
});

test("figures are deleted, and a site, with the domain typed and where they go said", async () => {
  const gone = mock.addSite("gone.example", "UTC");
  const page = await open(browser, `${url}s/gone.example/settings/ending`);
  await page.getByRole("button", { name: "Delete figures" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/within 48 hours/).waitFor();
  await checkAccessibility(page, "delete figures");
  await dialog.getByLabel("Domain").fill("birdwatch.example");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#typed_domain-error");
  await dialog.getByLabel("Domain").fill("gone.example");
  await page.keyboard.press("Enter");
  await page.getByText("All figures are deleted.").waitFor();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await shot(page, "delete-site");
  await dialog.getByLabel("Domain").fill("https://www.gone.example/");
  await page.keyboard.press("Enter");
  await page.waitForURL((at) => !at.pathname.includes("gone.example"));
  assert.equal(mock.sites.includes(gone), false);
  await close(page);
});
