// Debian's Chromium, Firefox and WebKitGTK as plain processes that open one address: no driver stands between page and
// test, so the page is what any visitor's would be.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

// A browser that calls itself headless is counted as a bot.
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";
const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-component-update",
  "--disable-sync",
  `--user-agent=${CHROME}`,
];
/** Nothing that is not the test's own leaves the machine, and no page of the browser's own is opened. */
const FIREFOX_SETTINGS = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.ipc.processCount": 1,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};
const MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
/** Only bounds the wait for a display. */
const DISPLAY_MS = 60_000;

export const ENGINES = ["chromium", "firefox", "webkit"];

/** A process group, because browsers are many processes. */
function start(command, flags, { signal = "SIGKILL", ...options }) {
  const child = spawn(command, flags, { detached: true, ...options });
  const ended = new Promise((resolve) => child.on("exit", resolve).on("error", resolve));
  return {
    child,
    ended,
    async stop() {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // it has ended by itself
      }
      await ended;
    },
  };
}

/** An X server without a screen, for the engine that has no headless mode. It chooses its own number. */
async function startDisplay() {
  const server = start("Xvfb", ["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1024x768x24"], {
    stdio: ["ignore", "pipe", "ignore"],
    signal: "SIGTERM", // it takes its socket and lock with it
  });
  const number = new Promise((resolve) => createInterface({ input: server.child.stdout }).on("line", resolve));
  const late = new Promise((resolve) => setTimeout(resolve, DISPLAY_MS).unref());
  server.name = `:${await Promise.race([number, server.ended.then(() => ""), late])}`;
  assert.match(server.name, /^:\d+$/, "Xvfb did not start");
  return server;
}

/** Opens `url` in a fresh profile; `stop` ends everything and leaves nothing behind. */
export async function openIn(engine, url) {
  const home = await mkdtemp(join(tmpdir(), `hitkeep-${engine}-`));
  const running = [];
  const env = { ...process.env, HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const run = (command, flags) => running.push(start(command, flags, { cwd: home, env, stdio: "ignore" }));
  if (engine === "chromium") {
    run("/usr/bin/chromium", [...CHROMIUM_FLAGS, `--user-data-dir=${join(home, "profile")}`, url]);
  } else if (engine === "firefox") {
    const profile = join(home, "profile");
    await mkdir(profile);
    const line = ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`;
    await writeFile(join(profile, "user.js"), Object.entries(FIREFOX_SETTINGS).map(line).join(""));
    run("firefox-esr", ["--headless", "--no-remote", "--profile", profile, url]);
  } else {
    const display = await startDisplay();
    running.push(display);
    env.DISPLAY = display.name;
    run(MINI_BROWSER, [url]);
  }
  return {
    async stop() {
      for (const one of running.reverse()) await one.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
