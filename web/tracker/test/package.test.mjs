// The npm package, in a made-up page, and its types with the compiler that the dashboard has.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../packages/tracker/", import.meta.url));
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

let fresh = 0;
/** The package as a page has it that was just opened. */
async function inPage(run) {
  const added = [];
  const calls = [];
  const note =
    (name) =>
    (...args) =>
      calls.push([name, ...args]);
  globalThis.window = {};
  globalThis.document = {
    head: { append: (element) => added.push(element) },
    querySelector: () => added[0] ?? null,
    createElement: () => {
      const heard = {};
      const attributes = {};
      return {
        attributes,
        setAttribute: (name, value) => (attributes[name] = value),
        addEventListener: (name, listen) => (heard[name] = listen),
        fire: (name) => heard[name](),
      };
    },
  };
  try {
    const tracker = await import(`${PACKAGE}index.js?${fresh++}`);
    const arrive = () => {
      window.hk = Object.fromEntries(["event", "pageview", "consent", "optOut", "optIn"].map((n) => [n, note(n)]));
      added[0].fire("load");
    };
    await run({ ...tracker, added, calls, arrive });
  } finally {
    delete globalThis.window;
    delete globalThis.document;
  }
}

test("it adds the script once, with what was chosen as its attributes", () =>
  inPage(({ load, added }) => {
    const options = { host: "https://stats.example/hitkeep", outbound: true, forms: false, consent: true };
    load({ ...options, integrity: "sha384-x", nonce: "n", props: { author: "Ada", pageType: "guide" } });
    load(options);
    assert.equal(added.length, 1);
    const [{ src, async, integrity, crossOrigin, nonce, attributes }] = added;
    assert.deepEqual(
      [src, async, integrity, crossOrigin, nonce],
      ["https://stats.example/hitkeep/hk.js", true, "sha384-x", "anonymous", "n"],
    );
    assert.deepEqual(attributes, {
      "data-hitkeep-loaded": "",
      "data-hitkeep-source": "npm",
      "data-enable-outbound-tracking": "true",
      "data-consent": "true",
      "data-prop-author": "Ada",
      "data-prop-page-type": "guide",
    });
  }));

test("an option that is none is told", () =>
  inPage(({ load }) => assert.throws(() => load({ host: "https://x.example", outbounds: true }), /outbounds/)));

test("calls wait for the script, in their order", () =>
  inPage(({ load, event, pageview, consent, calls, arrive }) => {
    load({ host: "https://stats.example/" });
    event("early", { a: 1 }, { interactive: false });
    pageview({ url: "/x" });
    assert.deepEqual(calls, []);
    arrive();
    consent();
    assert.deepEqual(calls, [
      ["event", "early", { a: 1 }, { interactive: false }],
      ["pageview", { url: "/x" }],
      ["consent"],
    ]);
  }));

test("what a blocker keeps away is not waited for", () =>
  inPage(({ load, event, added }) => {
    load({ host: "https://stats.example/" });
    added[0].fire("error");
    event("x");
  }));

test("on a server nothing happens", async () => {
  const { load, event } = await import(`${PACKAGE}index.js?server`);
  load({ host: "https://stats.example/" });
  event("x");
});

let directory;
before(() => (directory = mkdtempSync(join(tmpdir(), "hitkeep-types-"))));
after(() => rmSync(directory, { recursive: true }));

test("its types take what is right and nothing else", () => {
  const compile = (code) => {
    const file = join(directory, "use.ts");
    writeFileSync(
      file,
      `import { load, event, pageview } from ${JSON.stringify(PACKAGE + "hitkeep-tracker")};\n${code}\n`,
    );
    const flags = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"];
    execFileSync(process.execPath, [TSC, ...flags, "--typeRoots", directory, file], { stdio: "pipe" });
  };
  compile(`load({ host: "https://x.example", outbound: true }); event("a", { n: 1 }, { interactive: false });
    pageview({ url: "/x", title: "T" }); window.hk?.optOut();`);
  assert.throws(() => compile(`load({ outbound: true });`));
  assert.throws(() => compile(`event("a", {}, { interactiv: false });`));
});
