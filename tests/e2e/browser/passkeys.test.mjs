// Passkeys in a real browser against the real program; the device is Chromium's virtual authenticator.

import assert from "node:assert/strict";
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

/** A device that knows its holder by a finger, and answers at once. */
async function device(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const { send } = client;
  return {
    known: async (yes) => send.call(client, "WebAuthn.setUserVerified", { authenticatorId, isUserVerified: yes }),
    held: async () => (await send.call(client, "WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
}

for (const base of ["/", "/stats/hitkeep/"])
  test(`a passkey is made, signs in, is the second step, and is removed at ${base}`, async (t) => {
    const server = await Server.start(base);
    t.after(() => server.kill());
    const page = await open(browser, server.link, { allowed: [/40[013]/] });
    const key = await device(page);
    await page.waitForURL(`${server.url}setup`);
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);

    await page.goto(`${server.url}account`);
    await page.getByRole("button", { name: "Add passkey" }).click();
    const section = page.locator("hk-passkeys");
    await section.getByText("not used yet").waitFor(PATIENCE);
    await page.locator("hk-recovery-codes").getByText("8 of 8 left").waitFor(PATIENCE);
    assert.equal((await key.held()).length, 1);
    assert.equal((await key.held())[0].rpId, "localhost");
    await checkAccessibility(page, "passkeys");

    await section.getByRole("button", { name: /^Rename / }).click();
    await page.getByLabel("Name", { exact: true }).last().fill("Ada's laptop");
    await section.getByRole("button", { name: "Save" }).click();
    await section.getByText("Ada's laptop").waitFor(PATIENCE);

    const signOut = async () => {
      await page.goto(`${server.url}account`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(`${server.url}login`, PATIENCE);
    };
    // The field for the address offers it by itself, and this device says yes at once: either way no password is typed.
    await signOut();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);

    await key.known(false);
    await signOut();
    await page.getByRole("button", { name: "Continue with a passkey" }).waitFor(PATIENCE);
    await checkAccessibility(page, "sign-in");
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Second factor" }).waitFor(PATIENCE);
    await key.known(true);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL(`${server.url}setup/site`, PATIENCE);

    await page.goto(`${server.url}account`);
    await section.getByRole("button", { name: "Remove Ada's laptop" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await section.getByText("Ada's laptop").waitFor({ state: "detached", ...PATIENCE });
    await close(page);
    await server.stop();
  });
