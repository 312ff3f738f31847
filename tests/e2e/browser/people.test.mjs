// People in a real browser against the real program, without a mail server: keys, invitations by a link, roles, guests,
// sign-ins, looks, the audit log.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  becomes,
  checkAccessibility,
  close,
  launch,
  open,
  sidewaysScroll,
} from "../../../web/dashboard/e2e/browser.mjs";
import { Server } from "./server.mjs";
import { Owner } from "./site.mjs";

const PASSWORD = "correct horse battery";
/** Only bounds the wait. */
const PATIENCE = { timeout: 30_000 };

let browser, server, owner;
before(async () => {
  browser = await launch();
  server = await Server.start();
  owner = new Owner(server);
  await owner.setUp("birds.example");
});
after(async () => {
  await browser.close();
  await server.stop();
  await server.kill();
});

/** A page of its own context, where somebody signs in; `options` as of open(). */
async function signIn(email, path, options = {}) {
  const page = await open(browser, server.url + "login", { allowed: [/40[0139]/], ...options });
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login", PATIENCE);
  await page.goto(server.url + path);
  return page;
}
const asOwner = (path, options) => signIn("ada@example.com", path, options);
const dialogOf = (page) => page.getByRole("dialog");

/** Presses what invites, says whom, and gives the link that is to be passed on. */
async function invite(page, button, email, more = () => undefined) {
  await page.getByRole("button", { name: button, exact: true }).click();
  await dialogOf(page).getByLabel("Email").fill(email);
  await more();
  await dialogOf(page).getByRole("button", { name: "Make the link" }).click();
  const link = await dialogOf(page).locator("code").innerText(PATIENCE);
  await dialogOf(page).getByRole("button", { name: "Close" }).last().click();
  return link;
}

/** Follows the link in a browser of somebody's own and makes an account. */
async function accept(link, [given, last], options = {}) {
  const page = await open(browser, link, { allowed: [/40[01]/], ...options });
  await page.getByLabel("Given name").fill(given);
  await page.getByLabel("Last name").fill(last);
  await page.getByLabel("Password").fill(PASSWORD);
  await checkAccessibility(page, "accept an invitation");
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.waitForURL((url) => url.pathname !== "/accept-invite", PATIENCE);
  return page;
}

test("a key is made, shown once, works, is renewed with an overlap, and is revoked", async () => {
  const page = await asOwner("account/api_keys");
  const sites = async (token) =>
    (await fetch(server.url + "api/sites", { headers: { Authorization: `Bearer ${token}` } })).status;
  await page.getByRole("button", { name: "New key" }).click();
  await dialogOf(page).getByLabel("Name").fill("Spreadsheet");
  await dialogOf(page).getByRole("button", { name: "Make the key" }).click();
  const token = await dialogOf(page).locator("code").innerText(PATIENCE);
  assert.match(token, /^hk_[0-9a-f]{64}$/);
  assert.equal(await sites(token), 200);
  await dialogOf(page).getByRole("button", { name: "I have copied it" }).click();
  await becomes(async () => (await page.content()).includes(token), false);

  await page.getByRole("button", { name: /^Renew .*Spreadsheet/ }).click();
  await dialogOf(page).getByRole("button", { name: "Renew" }).click();
  const next = await dialogOf(page).locator("code").innerText(PATIENCE);
  await dialogOf(page).getByRole("button", { name: "I have copied it" }).click();
  await page.getByText(/old one ends/).waitFor();
  assert.deepEqual([await sites(token), await sites(next)], [200, 200]);

  await page.getByRole("button", { name: /^Switch off .*Spreadsheet/ }).click();
  await page.getByRole("button", { name: /^Switch on .*Spreadsheet/ }).click(PATIENCE);
  await page.getByRole("button", { name: /^Switch off .*Spreadsheet/ }).waitFor(PATIENCE);
  assert.equal(await sites(next), 200);
  await page.getByRole("button", { name: /^Revoke .*Spreadsheet/ }).click();
  await dialogOf(page).getByRole("button", { name: "Revoke" }).click();
  await becomes(() => page.locator("hk-api-keys li").count(), 0);
  assert.deepEqual([await sites(token), await sites(next)], [401, 401]);
  await close(page);
});

test("who is invited by a link makes an account, gets another role, and is removed", async () => {
  const page = await asOwner("team");
  const link = await invite(page, "Invite", "mira@example.com");
  await page.locator("hk-invitations").getByText("mira@example.com").waitFor();
  const mira = await accept(link, ["Mira", "Aydın"], { width: 360 });
  await becomes(() => sidewaysScroll(mira), 0);
  await mira.goto(server.url + "team");
  await mira.locator("hk-members").getByText("Mira Aydın").waitFor();
  await becomes(() => mira.locator("hk-invitations, hk-guests, hk-api-keys").count(), 0);
  // It works once.
  const again = await open(browser, link, { allowed: [/400/, /401/] });
  await again.getByText("This invitation does not work").waitFor(PATIENCE);
  await close(again);

  await page.reload();
  await page.getByRole("button", { name: /Member: change the role of .*Mira/ }).click();
  await page.getByRole("menuitemradio", { name: "Admin" }).click();
  await page.getByRole("button", { name: /Admin: change the role of .*Mira/ }).waitFor(PATIENCE);
  await mira.reload();
  await mira.locator("hk-invitations").waitFor(PATIENCE);
  await page.getByRole("button", { name: /More for .*Mira/ }).click();
  await page.getByRole("menuitem", { name: "Remove from the team" }).click();
  await dialogOf(page).getByRole("button", { name: "Remove from the team" }).click();
  await becomes(() => page.locator("hk-members li .name").allInnerTexts(), ["Ada L"]);
  await mira.reload();
  await mira.getByText("Not found").waitFor(PATIENCE);
  await close(mira);
  await close(page);
});

test("a guest sees the one site that he was given, and nothing once he is removed", async () => {
  const page = await asOwner("team");
  const link = await invite(page, "Invite a guest", "lukas@sponsor.example");
  const lukas = await accept(link, ["Lukas", "Keller"], { allowed: [/40[013]/] });
  await lukas.waitForURL(`${server.url}s/birds.example`, PATIENCE);
  await becomes(() => lukas.locator(".side").getByRole("link", { name: "Team" }).count(), 0);
  await page.reload();
  await page.locator("hk-guests").getByText("Lukas Keller").waitFor(PATIENCE);
  await page.getByRole("button", { name: /Viewer: change the role of .*Lukas/ }).click();
  await page.getByRole("menuitemradio", { name: "Editor" }).click();
  await page.getByRole("button", { name: /Editor: change the role of .*Lukas/ }).waitFor(PATIENCE);
  await page.getByRole("button", { name: /^Remove .*Lukas/ }).click();
  await dialogOf(page).getByRole("button", { name: "Remove" }).click();
  await becomes(() => page.locator("hk-guests li").count(), 0);
  assert.equal(await lukas.evaluate(async () => (await fetch("api/sites")).text()), "[]");
  // Who has an account joins with it, after a sign-in.
  const member = await invite(page, "Invite", "lukas@sponsor.example");
  await lukas.context().clearCookies();
  await lukas.goto("about:blank");
  await lukas.goto(member);
  await lukas.getByRole("link", { name: "Sign in" }).click(PATIENCE);
  await lukas.getByLabel("Email").fill("lukas@sponsor.example");
  await lukas.getByLabel("Password").fill(PASSWORD);
  await lukas.getByRole("button", { name: "Sign in" }).click();
  await lukas.getByRole("button", { name: "Join" }).click(PATIENCE);
  await lukas.waitForURL((url) => url.pathname !== "/accept-invite", PATIENCE);
  await page.reload();
  await page.locator("hk-members").getByText("Lukas Keller").waitFor(PATIENCE);
  await close(lukas);
  await close(page);
});

test("an invitation gets another link, and is withdrawn", async () => {
  const page = await asOwner("team");
  const link = await invite(page, "Invite", "paul@example.com");
  await page.getByRole("button", { name: /New link for .*paul/ }).click();
  const next = await page.locator("hk-invitations code").innerText(PATIENCE);
  assert.notEqual(next, link);
  const paul = await open(browser, link, { allowed: [/40[01]/] });
  await paul.getByText("This invitation does not work").waitFor(PATIENCE);
  await page.getByRole("button", { name: /Withdraw .*paul/ }).click();
  await page.getByText("Nobody is invited.").waitFor(PATIENCE);
  await paul.goto("about:blank");
  await paul.goto(next);
  await paul.getByText("This invitation does not work").waitFor(PATIENCE);
  await close(paul);
  await close(page);
});

test("a sign-in elsewhere is ended, and is out at once", async () => {
  const other = await asOwner("account");
  const page = await asOwner("account/sessions");
  const others = page.getByRole("button", { name: /^End the session of/ });
  await others.first().waitFor(PATIENCE);
  const before = await others.count();
  await others.first().click();
  await becomes(() => others.count(), before - 1);
  await page.getByRole("button", { name: "End all others" }).click();
  await page.getByText("All other sessions have ended.").waitFor(PATIENCE);
  await becomes(() => others.count(), 0);
  await other.reload();
  await other.waitForURL(/\/login/, PATIENCE);
  await close(other);
  await close(page);
});

test("language and theme go with the person, from one browser to another", async () => {
  const page = await asOwner("account/language");
  await page.getByRole("combobox", { name: /^Language/ }).click();
  await page.getByRole("option", { name: "Deutsch" }).click();
  await becomes(() => page.locator("html").getAttribute("lang"), "de");
  await page.locator("hk-language").getByRole("radio").last().click();
  const paper = (on) => on.evaluate(() => globalThis.getComputedStyle(document.body).backgroundColor);
  await becomes(() => paper(page), "rgb(21, 21, 20)");
  const other = await asOwner("account/language");
  await becomes(() => other.locator("html").getAttribute("lang"), "de");
  await becomes(() => paper(other), "rgb(21, 21, 20)");
  await becomes(() => sidewaysScroll(other), 0);
  await other.getByRole("combobox").first().click();
  await other.getByRole("option", { name: "English" }).click();
  await other.getByRole("radio", { name: "As the system" }).click();
  await becomes(() => paper(other), "rgb(247, 246, 243)");
  await other.reload();
  await becomes(() => paper(other), "rgb(247, 246, 243)");
  await becomes(() => other.locator("html").getAttribute("lang"), "en");
  await close(other);
  await close(page);
});

test("another address counts once its link was opened", async () => {
  const page = await asOwner("account");
  await page.locator("hk-profile").getByLabel("Email").fill("ada@birds.example");
  await page.locator("hk-profile").getByRole("button", { name: "Save" }).click();
  const link = await page.locator("hk-profile code").innerText(PATIENCE);
  const other = await open(browser, link, { allowed: [/401/] });
  await other.getByRole("button", { name: "Take it over" }).click();
  await other.getByText("This is your address now").waitFor(PATIENCE);
  await page.reload();
  await becomes(() => page.locator("hk-profile").getByLabel("Email").inputValue(), "ada@birds.example");
  // And back, for the other tests.
  await page.locator("hk-profile").getByLabel("Email").fill("ada@example.com");
  await page.locator("hk-profile").getByRole("button", { name: "Save" }).click();
  const back = await page.locator("hk-profile code").innerText(PATIENCE);
  await other.goto("about:blank");
  await other.goto(back);
  await other.getByRole("button", { name: "Take it over" }).click();
  await other.getByText("This is your address now").waitFor(PATIENCE);
  await close(other);
  await close(page);
});

test("the audit log tells who did what, by what it was and as a file", async () => {
  const page = await asOwner("audit");
  await page.locator("hk-audit-entries li").nth(5).waitFor(PATIENCE);
  await page.getByRole("combobox", { name: /^What/ }).click();
  await page.getByRole("option", { name: "invited", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("did") === "member.invited");
  await becomes(
    () =>
      page
        .locator("hk-audit-entries li")
        .first()
        .innerText()
        .then((text) => text.includes("ada@example.com invited")),
    true,
  );
  await page.getByLabel("Search").fill("mira");
  await becomes(() => page.locator("hk-audit-entries li").count(), 1);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const text = await (await (await download).createReadStream()).toArray();
  const lines = Buffer.concat(text).toString().trim().split("\r\n");
  assert.equal(lines.length, 2);
  assert.match(lines[1], /"mira@example.com"/);
  await page.getByRole("radio", { name: "Everything" }).click();
  await becomes(() => page.locator("hk-audit-entries li").count(), 1);
  await checkAccessibility(page, "audit log");
  await close(page);
});

test("all that is kept comes as a file; the last owner cannot go", async () => {
  const page = await asOwner("account/data");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const kept = JSON.parse(Buffer.concat(await (await (await download).createReadStream()).toArray()).toString());
  assert.equal(kept.profile.email, "ada@example.com");
  await page.getByRole("button", { name: "Delete for good" }).click();
  await dialogOf(page).getByLabel("Email").fill("ada@example.com");
  await dialogOf(page).getByRole("button", { name: "Delete for good" }).click();
  await dialogOf(page).getByRole("alert").or(dialogOf(page).locator(".error")).first().waitFor(PATIENCE);
  await close(page);
});
