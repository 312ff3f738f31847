// A forgotten password in a real browser against the real program and a real mail server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { checkAccessibility, close, launch, open } from "../../../web/dashboard/e2e/browser.mjs";
import { MailServer, Server } from "./server.mjs";

const OLD = "correct horse battery";
const NEW = "a staple of new words";
/** Only bounds the wait. */
const PATIENCE = { timeout: 30_000 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

for (const base of ["/", "/stats/hitkeep/"]) {
  test(`a new password by mail, at ${base}`, async (t) => {
    const post = await MailServer.start();
    t.after(() => post.stop());
    const server = await Server.start(base, {
      HITKEEP_MAIL_HOST: "127.0.0.1",
      HITKEEP_MAIL_PORT: String(post.port),
      HITKEEP_MAIL_ENCRYPTION: "none",
      HITKEEP_MAIL_FROM_ADDRESS: "stats@example.com",
    });
    t.after(() => server.kill());
    const page = await open(browser, server.link, { allowed: [/40[01]/] });
    await page.waitForURL(`${server.url}setup`);
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password").fill(OLD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);
    await page.goto(`${server.url}account`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${server.url}login`, PATIENCE);

    // The answer is the same for an address without an account; only the other one gets a mail.
    for (const email of ["nobody@example.com", "ada@example.com"]) {
      await page.goto(`${server.url}login`);
      await page.getByRole("link", { name: "Forgot password?" }).click();
      await page.waitForURL(`${server.url}forgot-password`);
      await page.getByLabel("Email").fill(email);
      await page.getByRole("button", { name: "Send the link" }).click();
      await page.waitForSelector("text=If an account exists for this address", PATIENCE);
    }
    const mail = await post.first();
    assert.deepEqual([mail.from, mail.to], ["stats@example.com", ["ada@example.com"]]);
    assert.equal(mail.subject, "HitKeep: set a new password");
    const link = /^http\S+$/m.exec(mail.text)?.[0] ?? "";
    assert.ok(link.startsWith(`${server.url}reset-password#token=`), mail.text);
    assert.doesNotMatch(mail.text + mail.html, /\{\{/);

    // The link is read from the page of the mail, as a person would follow it.
    const reader = await open(browser);
    await reader.setContent(mail.html);
    const button = reader.getByRole("link", { name: "Set a new password" });
    assert.equal(await button.getAttribute("href"), link);
    await close(reader);

    await page.goto(link);
    await page.waitForURL(`${server.url}reset-password`);
    await page.getByLabel("New password").fill(NEW);
    await checkAccessibility(page, "new password");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.waitForURL(`${server.url}login`, PATIENCE);
    await page.waitForSelector("text=Password changed. Sign in with it.");
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password").fill(OLD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForSelector("#password-error", PATIENCE);
    await page.getByLabel("Password").fill(NEW);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);

    await page.goto(link);
    await page.waitForURL(`${server.url}reset-password`);
    await page.getByLabel("New password").fill(OLD);
    await page.getByRole("button", { name: "Set password" }).click();
    await page.waitForSelector("text=This link does not work", PATIENCE);
    await checkAccessibility(page, "used link");
    await close(page);

    assert.equal(post.mails.length, 1);
    const token = link.replace(/.*=/, "");
    assert.deepEqual(
      server.lines.filter((line) => line.includes(token)),
      [],
    );
    await server.stop();
  });
}
