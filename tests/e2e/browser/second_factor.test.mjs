// A second factor in a real browser against the real program: the app is made of node:crypto.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { checkAccessibility, close, launch, open } from "../../../web/dashboard/e2e/browser.mjs";
import { Server } from "./server.mjs";

const PASSWORD = "correct horse battery";
/** Only bounds the wait. */
const PATIENCE = { timeout: 30_000 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** What an authenticator app shows of a key, so many steps from now. */
function codeOf(key, steps = 0) {
  let bits = "";
  for (const sign of key) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0");
  const seed = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", seed).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

for (const base of ["/", "/stats/hitkeep/"])
  test(`signing in with an app, then with a recovery code, at ${base}`, async (t) => {
    const server = await Server.start(base);
    t.after(() => server.kill());
    const page = await open(browser, server.link, { allowed: [/40[01]/] });
    await page.waitForURL(`${server.url}setup`);
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);
    const ask = (path, body) =>
      page.evaluate(
        async ([path, body]) =>
          (
            await fetch(`api/user/security/${path}`, {
              method: "POST",
              ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
            })
          ).json(),
        [path, body],
      );
    const { secret } = await ask("totp/setup/start");
    assert.equal((await ask("totp/setup/verify", { code: codeOf(secret) })).totp_enabled, true);
    const { codes } = await ask("recovery-codes/regenerate");
    assert.equal(codes.length, 8);

    const signIn = async () => {
      await page.goto(`${server.url}account`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(`${server.url}login`, PATIENCE);
      await page.getByLabel("Email").fill("ada@example.com");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Second factor" }).waitFor(PATIENCE);
      await page.waitForFunction(() => document.activeElement.id === "code");
    };
    await signIn();
    await checkAccessibility(page, "second step");
    await page.keyboard.type(codeOf(secret, 5));
    await page.waitForSelector("#code-error", PATIENCE);
    // The code of the set-up is used; the next one is taken a little early.
    await page.keyboard.type(codeOf(secret, 1));
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);

    await signIn();
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.waitForFunction(() => document.activeElement.id === "code");
    await page.keyboard.type(codes[3].toUpperCase());
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);
    assert.deepEqual(
      server.lines.filter((line) => line.includes(secret) || codes.some((code) => line.includes(code))),
      [],
    );
    await close(page);
    await server.stop();
  });
