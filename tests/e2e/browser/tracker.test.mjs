// The tracker in three engines against the real program: what a person sees counts once, whatever the page's referrer
// policy, router or way of loading the script. Pages walk by themselves; the site's server, through which all that they
// send passes, holds them until what they wait for has happened.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import http from "node:http";

import { ENGINES, openIn } from "./engines.mjs";
import { Server } from "./server.mjs";
import { forward, Owner } from "./site.mjs";

/** Only bounds the wait; a walk takes some seconds. */
const PATIENCE_MS = 120_000;

const POLICIES = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "origin",
  "origin-when-cross-origin",
  "same-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
];
const EARLY_EVENT = `<script>
  window.hk=window.hk||{event(){(hk.q=hk.q||[]).push(arguments)}};
  hk.event("seen");
</script>`;
const SCRIPT = `<script src="/hk.js"></script>`;

/** On every page that is opened in a frame of its own: its path, what it holds, and the [path, views, events] of it. */
function cases(port) {
  const out = [];
  for (const policy of POLICIES) {
    for (const [party, origin] of [
      ["first", ""],
      ["third", `http://127.0.0.1:${port}`],
    ]) {
      for (const [way, attribute] of [
        ["beacon", ""],
        ["fetch", `data-disable-beacon="true"`],
      ]) {
        const path = `${policy}/${party}/${way}`;
        const html = `${EARLY_EVENT}<script async src="${origin}/hk.js" ${attribute}></script>`;
        out.push({ path, policy, html, counts: [[path, 1, 1]] });
      }
    }
  }
  for (const attribute of ["", "crossorigin"]) {
    const path = `module/${attribute}`;
    const html = `${EARLY_EVENT}<script type="module" ${attribute} src="/renamed.js"></script>`;
    out.push({ path, html, counts: [[path, 1, 1]] });
  }
  for (const [way, attribute] of [
    ["beacon", ""],
    ["fetch", `data-disable-beacon="true"`],
  ]) {
    const path = `leaves-at-once/${way}`;
    const html = `${EARLY_EVENT}<script src="/hk.js" ${attribute} onload="location.replace('/blank')"></script>`;
    out.push({ path, html, counts: [[path, 1, 1]] });
  }
  out.push(
    {
      path: "redirect/",
      html: `${SCRIPT}<script>
        addEventListener("DOMContentLoaded", () => setTimeout(() => history.replaceState({}, "", "en/"), 150));
      </script>`,
      counts: [["redirect/en/", 1, 0]],
    },
    {
      path: "hash#/",
      html: `<script src="/hk.js" data-hash-routing="true"></script><script>
        addEventListener("load", () => setTimeout(() => (location.hash = "/about?id=1")));
      </script>`,
      counts: [
        ["hash#/", 1, 0],
        ["hash#/about", 1, 0],
      ],
    },
    {
      path: "history/one",
      html: `${SCRIPT}<script>history.pushState({}, "", "two")</script>`,
      counts: [
        ["history/one", 1, 0],
        ["history/two", 1, 0],
      ],
    },
    {
      path: "kept/one",
      html: `<script>const push = history.pushState.bind(history)</script>${SCRIPT}<script>push({}, "", "two")</script>`,
      counts: [["kept/one", 1, 0]],
      modern: [["kept/two", 1, 0]],
    },
    {
      path: "intercept/one",
      html: `${SCRIPT}<a href="three">three</a><script>
        const { navigation } = window;
        const go = async () => {
          navigation.addEventListener("navigate", (e) => e.canIntercept && e.intercept({ handler: async () => {} }));
          await navigation.navigate("two").finished;
          document.querySelector("a").click();
        };
        if (navigation) addEventListener("load", () => setTimeout(go));
      </script>`,
      counts: [["intercept/one", 1, 0]],
      modern: [
        ["intercept/two", 1, 0],
        ["intercept/three", 1, 0],
      ],
    },
  );
  return out;
}

/** Two pages that nobody sees, one of which sends an event and one replaces its address, and one that is opened. */
const PREPARED = ["two", "three", "four"];
const prerender = {
  one: `${SCRIPT}<script type="speculationrules">
      ${JSON.stringify({ prerender: [{ urls: PREPARED, eagerness: "immediate" }] })}
    </script>
    <script>fetch("../until/prepared").then(() => location.assign("two"))</script>`,
  ...Object.fromEntries(
    PREPARED.map((name) => [
      name,
      // Reports when a page that counted before its time would have: later than any view that has stood.
      `${SCRIPT}<script>
        if ("${name}" === "three") hk.event("unseen");
        if ("${name}" === "four") history.replaceState({}, "", "five");
        setTimeout(() => document.prerendering && fetch("../say/${name}"), 1500);
        const seen = () => fetch("../until/opened").then(() => location.assign("../fence"));
        if (document.prerendering) document.addEventListener("prerenderingchange", seen);
        else seen();
      </script>`,
    ]),
  ),
};

/** One engine's way through the pages, under a path of its own. */
class Walk {
  said = new Set();
  hits = []; // {path, event, origin, status}
  #waiting = new Set();

  constructor(engine, port) {
    this.root = `/${engine}/`;
    this.cases = cases(port);
  }

  /** [path, views, events], sorted. */
  get expected() {
    const rows = this.cases.flatMap(({ counts, modern }) => [
      ...counts,
      ...(this.said.has("modern") ? (modern ?? []) : []),
    ]);
    if (this.said.has("prerenders")) rows.push(["prerender/one", 1, 0], ["prerender/two", 1, 0]);
    rows.push(["fence", 1, 0]);
    return rows.map(([path, ...counts]) => [this.root + path, ...counts]).sort();
  }

  /** What the pages wait for. */
  stages = {
    frames: () =>
      this.expected.every(
        ([path, views, events]) =>
          /fence$|prerender/.test(path) || (this.#sent(path) >= views && this.#sent(path, true) >= events),
      ),
    prepared: () => PREPARED.every((name) => this.said.has(name)),
    opened: () => this.#sent(`${this.root}prerender/two`) > 0,
    end: () => this.#sent(`${this.root}fence`) > 0,
  };

  #sent(path, event = false) {
    return this.hits.filter((hit) => hit.path === path && hit.event === event).length;
  }

  happened() {
    for (const look of this.#waiting) look();
  }

  until(stage) {
    return new Promise((resolve) => {
      const look = () => this.stages[stage]() && resolve(this.#waiting.delete(look));
      this.#waiting.add(look);
      look();
    });
  }

  say(word) {
    this.said.add(word);
    this.happened();
  }

  page(path) {
    if (path === "walk") {
      // Several at once, as many as a browser opens connections; each waits for what the others leave it.
      const frames = this.cases.map(({ path }) => `<iframe src="${path}"></iframe>`).join("");
      return `${frames}<script>
        const walk = async () => {
          if (window.navigation?.currentEntry) await fetch("say/modern");
          if ("prerendering" in document) await fetch("say/prerenders");
          await fetch("until/frames");
          location.assign("prerendering" in document ? "prerender/one" : "fence");
        };
        walk();
      </script>`;
    }
    if (path === "fence") return SCRIPT;
    if (path.startsWith("prerender/")) return prerender[path.slice("prerender/".length)] ?? "";
    return this.cases.find((one) => one.path.replace(/#.*/, "") === path)?.html ?? "";
  }

  policy(path) {
    return this.cases.find((one) => one.path === path)?.policy;
  }
}

/** The site, and the program behind it: the same server is the first party as localhost, the third as 127.0.0.1. */
class Site {
  walks = new Map();
  preflights = 0;

  constructor(program) {
    this.program = program;
    this.server = http.createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = this.server.address().port;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    if (/^\/(hk|renamed)\.js$|^\/ingest/.test(pathname)) return this.#forward(request, response);
    const [, engine, path] = /^\/([^/]*)\/?(.*)$/.exec(pathname);
    const walk = this.walks.get(engine);
    const word = /^(say|until)\/(.*)$/.exec(path);
    if (walk && word?.[1] === "say") walk.say(word[2]);
    if (walk && word?.[1] === "until") await walk.until(word[2]);
    response.setHeader("Content-Type", "text/html");
    const policy = walk?.policy(path);
    if (policy) response.setHeader("Referrer-Policy", policy);
    response.end(`<!doctype html><title>${path}</title>${(!word && walk?.page(path)) || ""}`);
  }

  async #forward(request, response) {
    if (request.method === "OPTIONS") this.preflights++;
    const body = Buffer.concat(await request.toArray());
    const path = request.url.replace("/renamed.js", "/hk.js");
    const answer = await forward(this.program, { path, method: request.method, headers: request.headers, body });
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    if (request.method === "POST") this.#note(request, answer, JSON.parse(body));
  }

  #note(request, answer, { path, n, e }) {
    if (e !== undefined) return; // how long it was looked at belongs to a view that was noted
    const walk = this.walks.get(path.split("/")[1]);
    walk.hits.push({ path, event: n !== undefined, origin: request.headers.origin, status: answer.statusCode });
    walk.happened();
  }
}

let server, site, owner;
before(async () => {
  server = await Server.start("/", { HITKEEP_INGEST_RATE_LIMIT: "1000000", HITKEEP_INGEST_BURST: "1000000" });
  owner = new Owner(server);
  await owner.setUp("localhost");
  site = new Site(server);
  await site.start();
});
after(async () => {
  await site.stop();
  await server.stop();
  await server.kill();
});

for (const engine of ENGINES) {
  test(`what is seen in ${engine} counts once`, { timeout: 2 * PATIENCE_MS }, async (t) => {
    const walk = new Walk(engine, site.port);
    site.walks.set(engine, walk);
    const browser = await openIn(engine, `http://localhost:${site.port}/${engine}/walk`);
    t.after(() => browser.stop());
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "late").unref());
    if ((await Promise.race([walk.until("end"), late])) === "late") {
      const sent = walk.hits.map((hit) => JSON.stringify(hit)).join("\n");
      assert.fail(`the pages did not get to their end; they said ${[...walk.said]} and sent\n${sent}`);
    }
    assert.deepEqual(await owner.pages(walk.root), walk.expected);
    assert.ok(
      walk.hits.every(({ status }) => status === 202),
      "nothing had to be tried again",
    );
    assert.equal(site.preflights, 0);
  });
}
