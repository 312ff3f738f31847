// The team's page, its invitations and the audit log, against the stand-in server. HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { becomes, checkAccessibility, close, open, sidewaysScroll, stage } from "./browser.mjs";

const { browser, mock, url } = await stage();
mock.now = () => Date.now(); // what is over is told by the browser's clock
mock.mail = false;
const shot = async (page, name) =>
  process.env.HITKEEP_SHOTS &&
  page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${name}.png`), fullPage: true });
const LINK = "http://localhost/accept-invite#token=MOCK";

test("all of the team is on one page, in any width, light and dark", async () => {
  for (const width of [1440, 360]) {
    const page = await open(browser, `${url}team`, { width });
    for (const text of ["Mira Aydın", "Lukas Keller", "lena@example.com", "Shop backend", "The newest 6 of 45"])
      await page.getByText(text).first().waitFor();
    await checkAccessibility(page, `team, ${width}`);
    await becomes(() => sidewaysScroll(page), 0);
    await shot(page, `team-${width}`);
    await close(page);
  }
});

test("a member is invited by a link, invited again and withdrawn", async () => {
  const page = await open(browser, `${url}team`, { allowed: [/409/] });
  const dialog = page.getByRole("dialog", { name: "Invite into the team" });
  await page.getByRole("button", { name: "Invite", exact: true }).press("Enter");
  await dialog.getByLabel("Email").fill("lena@example.com");
  await checkAccessibility(page, "invite");
  await page.keyboard.press("Enter");
  await dialog.locator("#invited_email-error, [role=alert]").first().waitFor();
  await dialog.getByLabel("Email").fill("paul@example.com");
  await dialog.getByRole("radio", { name: "Admin" }).click();
  await shot(page, "invite");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  await dialog.getByText(LINK).waitFor();
  await checkAccessibility(page, "invited");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.locator("hk-invitations").getByText("paul@example.com").waitFor();
  assert.equal(mock.people.invitations.at(-1).role, "admin");
  await page.getByRole("button", { name: /New link for .*paul/ }).click();
  await page.locator("hk-invitations").getByText(LINK).waitFor();
  await page.getByRole("button", { name: /Withdraw .*paul/ }).click();
  await becomes(() => page.locator("hk-invitations li .name").allInnerTexts(), ["lena@example.com"]);
  await close(page);
});

test("another role, and the end of a membership", async () => {
  const page = await open(browser, `${url}team`);
  await page.getByRole("button", { name: /Member: change the role of .*Mira/ }).click();
  await page.getByRole("menuitemradio", { name: "Admin" }).click();
  await page.getByRole("button", { name: /Admin: change the role of .*Mira/ }).waitFor();
  assert.equal(mock.people.members[2].role, "admin");
  await page.getByRole("button", { name: /More for .*Mira/ }).click();
  await page.getByRole("menuitem", { name: "Remove from the team" }).click();
  const dialog = page.getByRole("dialog", { name: /Remove .*Mira/ });
  await checkAccessibility(page, "remove a member");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(mock.people.members.length, 3);
  await page.getByRole("button", { name: /More for .*Mira/ }).click();
  await page.getByRole("menuitem", { name: "Remove from the team" }).click();
  await dialog.getByRole("button", { name: "Remove from the team" }).click();
  await becomes(() => page.locator("hk-members li .name").allInnerTexts(), ["Ann", "Jonas Weber"]);
  await close(page);
});

test("a guest is invited to one site, and removed from it", async () => {
  const page = await open(browser, `${url}team`);
  await page.getByRole("button", { name: "Invite a guest" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite a guest" });
  await dialog.getByLabel("Email").fill("press@zeitung.example");
  await checkAccessibility(page, "invite a guest");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  await dialog.getByText(LINK).waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByText("Viewer · birdwatch.example").waitFor();
  await page.getByRole("button", { name: /Remove .*Lukas.* from/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await becomes(() => page.locator("hk-guests li").count(), 0);
  await close(page);
});

test("a team is made, renamed and left for another; the last owner cannot leave", async () => {
  const page = await open(browser, `${url}team`, { allowed: [/400/] });
  await page.getByRole("button", { name: "Birdwatchers" }).click();
  await page.getByRole("menuitem", { name: "New team" }).click();
  await page.getByRole("dialog", { name: "New team" }).getByLabel("Name of the team").fill("Shop");
  await page.keyboard.press("Enter");
  await page.locator("hk-team-bar").getByRole("button", { name: "Shop" }).waitFor();
  await becomes(() => page.locator("hk-members li .name").allInnerTexts(), ["Ann"]);
  await page.locator("hk-team-settings").getByLabel("Name of the team").fill("Shops");
  await page.locator("hk-team-settings").getByRole("button", { name: "Save" }).click();
  await page.locator("hk-team-bar").getByRole("button", { name: "Shops" }).click();
  await page.getByRole("menuitemradio", { name: "Birdwatchers" }).click();
  await page.locator("hk-members").getByText("Jonas Weber").waitFor();
  await page.getByRole("button", { name: "Leave", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await page.getByText("The last owner cannot leave the team").waitFor();
  await checkAccessibility(page, "last owner");
  await close(page);
});

test("who manages nothing sees who is there, and nothing that is not his", async () => {
  mock.viewer = true;
  const page = await open(browser, `${url}team`);
  await page.locator("hk-members").getByText("Jonas Weber").waitFor();
  await becomes(() => page.locator("h2").allInnerTexts(), ["Members", "Roles", "Team settings"]);
  await becomes(() => page.locator("hk-members button").count(), 0);
  await page.goto(`${url}audit`);
  await page.getByText("Not found").waitFor();
  await close(page);
  mock.viewer = false;
});

test("the audit log is filtered by person, action and text, and turned", async () => {
  for (const width of [1440, 360]) {
    const page = await open(browser, `${url}audit`, { width });
    await becomes(() => page.locator("hk-audit-entries li").count(), 45);
    await checkAccessibility(page, `audit log, ${width}`);
    await becomes(() => sidewaysScroll(page), 0);
    await shot(page, `audit-${width}`);
    await page.getByRole("combobox", { name: /^What/ }).click();
    await page.getByRole("option", { name: "changed the role", exact: true }).click();
    await page.waitForURL((at) => at.searchParams.get("did") === "member.role_updated");
    await becomes(() => page.locator("hk-audit-entries li").count(), 11);
    await page.getByRole("combobox", { name: /^Who/ }).click();
    await page.getByRole("option", { name: "ann@example.com" }).click();
    await becomes(() => page.locator("hk-audit-entries").innerText(), "Nothing was changed.");
    await page.goto(`${url}audit?text=jonas`);
    await becomes(() => page.locator("hk-audit-entries li").count(), 22);
    await page.getByLabel("Search").fill("lena");
    await page.waitForURL((at) => at.searchParams.get("text") === "lena");
    await becomes(() => page.locator("hk-audit-entries li").count(), 11);
    const file = await page.getByRole("link", { name: "Export" }).getAttribute("href");
    assert.equal(file, `api/user/teams/${mock.people.active}/audit/export?query=lena&format=csv`);
    await close(page);
  }
});

test("an invitation: a new account, one that is there, another address, and a used link", async () => {
  mock.signedIn = false;
  const page = await open(browser, `${url}accept-invite#token=MOCK`, { width: 360, allowed: [/40[013]/] });
  await page.waitForURL(`${url}accept-invite`);
  await page.getByLabel("Password").fill("short");
  await checkAccessibility(page, "accept with a new account");
  await becomes(() => sidewaysScroll(page), 0);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#password-error");
  await page.getByLabel("Password").fill("long enough words");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${url}s/birdwatch.example`);

  // Signed in as somebody else.
  await page.goto(`${url}accept-invite#token=MOCK`);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByText("This invitation is for another address").waitFor();
  await page.getByRole("button", { name: "Sign out, then go on" }).click();
  await page.getByLabel("Password").waitFor();

  await page.goto(`${url}accept-invite#token=KNOWN`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Email").fill(mock.owner.email);
  await page.getByLabel("Password").fill(mock.owner.password);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Join" }).click();
  await page.waitForURL(`${url}s/birdwatch.example`);
  await page.goto(`${url}accept-invite`);
  await page.getByText("This invitation does not work").waitFor();
  await checkAccessibility(page, "used invitation");
  await close(page);
});

test("the settings of people fit a small phone in German", async () => {
  mock.signedIn = true;
  for (const path of ["account", "team", "audit"]) {
    const page = await open(browser, url + path, { width: 360, locale: "de-DE" });
    await becomes(() => page.locator("html").getAttribute("lang"), "de");
    await page.locator("hk-audit-entries li, hk-api-keys li").first().waitFor();
    await becomes(() => sidewaysScroll(page), 0, path);
    await shot(page, `${path}-de-360`);
    await close(page);
  }
});
