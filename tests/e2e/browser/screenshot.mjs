// Makes docs/dashboard.png: the real program with demo data, in a real browser.
//   HITKEEP_BIN=build/release/hitkeep node tests/e2e/browser/screenshot.mjs [FILE]

import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { close, launch, open } from "../../../web/dashboard/e2e/browser.mjs";
import { BIN, ROOT, Server } from "./server.mjs";

const file = process.argv[2] ?? join(ROOT, "docs/dashboard.png");
const data = await mkdtemp(join(tmpdir(), "hitkeep-shot-"));
let server;
try {
  const demo = spawnSync(BIN, ["demo", "-data-path", join(data, "data"), "-hits", "400000"], { encoding: "utf8" });
  const account = /[Ss]ign in as (\S+) with (\S+)/.exec(demo.stderr);
  if (demo.status !== 0 || !account) throw new Error(demo.stderr);
  server = await Server.startOn(data);
  const browser = await launch();
  const page = await open(browser, server.url, { width: 1280, height: 850, allowed: [/401/] });
  await page.getByLabel("Email").fill(account[1]);
  await page.getByLabel("Password").fill(account[2]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector(".row");
  // The largest site was made first; a few people are on it right now.
  const sites = await page.evaluate(async () => (await fetch("api/sites")).json());
  const { domain } = sites.at(-1);
  for (let i = 0; i < 23; ++i) {
    const agent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${120 + i}.0.0.0 Safari/537.36`;
    const answer = await fetch(`${server.url}ingest`, {
      method: "POST",
      headers: { Origin: `https://${domain}`, "User-Agent": agent, "Content-Type": "text/plain" },
      body: JSON.stringify({ path: "/", vp_w: 1280, vp_h: 900, sc_w: 1280, sc_h: 900 }),
    });
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
  }
  await page.goto(`${server.url}s/${domain}`);
  // The demo's own visitors may be there as well.
  await page.waitForFunction(() => Number(document.querySelector(".live b")?.innerText) >= 23);
  const plot = await page.locator(".plot").boundingBox();
  await page.mouse.move(plot.x + plot.width * 0.6, plot.y + plot.height / 2);
  await page.waitForSelector(".tip");
  await page.screenshot({ path: file });
  await close(page);
  await browser.close();
  await server.stop();
  console.log(file);
} finally {
  await server?.kill();
  await rm(data, { recursive: true, force: true });
}
