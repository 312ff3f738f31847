// Runs the built script in a made-up browser that writes down what is sent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const CODE = readFileSync(new URL("../dist/hk.js", import.meta.url), "utf8");

/** A page at `url` that loads the script; `sent` is what left it. */
function page(url, options = {}) {
  const {
    attributes = {},
    navigator: nav = {},
    stored = {},
    referrer = "",
    src = "https://stats.example/hk.js",
    beacon = true,
    answers = [],
    hk,
    prerendering = false,
    width = 1280,
  } = options;
  const sent = [];
  const timers = [];
  const listeners = {};
  const listen = (name, heard) => (listeners[name] ??= []).push(heard);
  const location = new URL(url);
  const where = (to) => to != null && (location.href = new URL(to, location).href);
  const reads = [];
  const localStorage = new Proxy(stored, {
    get: (all, name) => (reads.push(name), all[name]),
    set: () => assert.fail("the tracker keeps nothing in the browser"),
  });
  const window = {
    navigator: {
      sendBeacon: (to, body) => {
        if (beacon) sent.push({ via: "beacon", to: String(to), type: typeof body, body: JSON.parse(body) });
        return beacon;
      },
      ...nav,
    },
    document: {
      currentScript: { src, dataset: attributes },
      querySelector: () => null,
      addEventListener: listen,
      referrer,
      prerendering,
    },
    location,
    history: { pushState: (_, __, to) => where(to), replaceState: (_, __, to) => where(to) },
    screen: { width: 1920, height: 1080 },
    innerWidth: width,
    innerHeight: 720,
    localStorage,
    addEventListener: listen,
    setTimeout: (run, delay, ...rest) => timers.push({ delay, run: () => run(...rest) }),
    fetch: (to, request) => {
      sent.push({ via: "fetch", to: String(to), ...request, body: JSON.parse(request.body) });
      const answer = answers.shift() ?? 202;
      return answer === "offline" ? Promise.reject(new TypeError("offline")) : Promise.resolve({ status: answer });
    },
    URL,
    URLSearchParams,
    JSON,
  };
  window.window = window;
  if (hk) window.hk = hk;
  if (options.storageOff)
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new Error("denied");
      },
    });
  vm.createContext(window);
  const load = () => vm.runInContext(CODE, window);
  load();
  return {
    window,
    sent,
    timers,
    reads,
    load,
    go: (to) => window.history.pushState({}, "", to),
    fire: (name, event = {}) => (listeners[name] ?? []).forEach((heard) => heard(event)),
    where,
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

test("a page view says where, from where and how large, and nothing that names a person", () => {
  const { sent } = page("https://shop.example/pricing?utm_source=News&utm_medium=email&secret=1#top", {
    referrer: "https://www.google.com/search?q=private#x",
  });
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0], {
    via: "beacon",
    to: "https://stats.example/ingest",
    type: "string", // text/plain: no preflight
    body: {
      path: "/pricing",
      vp_w: 1280,
      vp_h: 720,
      sc_w: 1920,
      sc_h: 1080,
      u_src: "News",
      u_med: "email",
      u_cmp: null,
      u_trm: null,
      u_cnt: null,
      qr: null,
      tsrc: "hk.js",
      tv: "2",
      cd: false,
      referrer: "https://www.google.com/search",
    },
  });
});

test("nothing is kept in the browser, and only the opt-out is read", () => {
  const { reads, window, go } = page("https://shop.example/");
  window.hk.event("a");
  go("/b");
  assert.deepEqual(reads, ["hk_ignore"]);
});

test("localhost counts, so that the first try works", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    assert.equal(page(`http://${host}:3000/`).sent.length, 1);
  }
});

test("a browser without storage counts", () => {
  assert.equal(page("https://shop.example/", { storageOff: true }).sent.length, 1);
});

test("people who don't want to be counted are not", () => {
  for (const options of [
    { navigator: { doNotTrack: "1" } },
    { navigator: { globalPrivacyControl: true } },
    { navigator: { globalPrivacyControl: true }, attributes: { collectDnt: "true" } },
    { stored: { hk_ignore: "true" } },
  ]) {
    const { sent, window, go } = page("https://shop.example/", options);
    window.hk.event("x"); // still callable
    go("/b");
    assert.deepEqual(sent, [], JSON.stringify(options));
  }
});

test("data-collect-dnt overrides Do Not Track, and says so to the server", () => {
  const { sent } = page("https://shop.example/", {
    navigator: { doNotTrack: "1" },
    attributes: { collectDnt: "true" },
  });
  assert.equal(sent[0].body.cd, true);
  assert.equal(
    page("https://shop.example/", { navigator: { doNotTrack: "1" }, attributes: { collectDnt: "1" } }).sent.length,
    0,
    "only the literal true switches on, as the original's",
  );
});

test("single-page navigation counts when the path really changes", () => {
  const { sent, go, where, fire, window } = page("https://shop.example/a?utm_campaign=c", {
    referrer: "https://o.example/",
  });
  go("/b?x=1");
  window.history.replaceState({}, "", "/b?x=2");
  go("/b#part");
  go(undefined);
  window.history.replaceState({}, "", "/c");
  where("/a");
  fire("popstate");
  fire("popstate");
  assert.deepEqual(
    sent.map(({ body }) => [body.path, body.referrer, body.u_cmp]),
    [
      ["/a", "https://o.example/", "c"],
      ["/b", "https://shop.example/a", "c"],
      ["/c", "https://shop.example/b", "c"],
      ["/a", "https://shop.example/c", "c"],
    ],
  );
});

test("data-disable-spa-tracking leaves the History API alone", () => {
  const { sent, go, fire } = page("https://shop.example/a", { attributes: { disableSpaTracking: "true" } });
  go("/b");
  fire("popstate");
  assert.equal(sent.length, 1);
});

test("a page that comes back out of the page cache is a view", () => {
  const { sent, fire } = page("https://shop.example/a");
  fire("pageshow", { persisted: false });
  assert.equal(sent.length, 1);
  fire("pageshow", { persisted: true });
  assert.equal(sent.length, 2);
});

test("a prepared page counts when it is seen", () => {
  const { sent, fire } = page("https://shop.example/a", { prerendering: true });
  assert.equal(sent.length, 0);
  fire("prerenderingchange");
  assert.equal(sent.length, 1);
});

test("events carry name, properties, page and referrer", () => {
  const { sent, window } = page("https://shop.example/cart", { referrer: "https://o.example/x?y" });
  window.hk.event("purchase", { value: 12.5 });
  assert.equal(sent[1].to, "https://stats.example/ingest/event");
  const { n, p, r, path, referrer } = sent[1].body;
  assert.deepEqual([n, p, r, path, referrer], ["purchase", { value: 12.5 }, "https://o.example/x", "/cart", undefined]);
});

test("events that can't be written as JSON don't break the page", () => {
  const { sent, window } = page("https://shop.example/");
  const loop = {};
  loop.loop = loop;
  window.hk.event("x", loop);
  window.hk.event("y");
  assert.deepEqual(
    sent.map(({ body }) => body.n),
    [undefined, "y"],
  );
});

test("events before the script wait, after the page view", () => {
  // The snippet of README.md, word for word.
  const window = {};
  vm.runInNewContext("window.hk=window.hk||{event(){(hk.q=hk.q||[]).push(arguments)}}", {
    window,
    get hk() {
      return window.hk;
    },
  });
  window.hk.event("early", { a: 1 });
  window.hk.event("second");
  const { sent } = page("https://shop.example/", { hk: window.hk });
  assert.deepEqual(
    sent.map(({ body }) => [body.n, body.p]),
    [
      [undefined, undefined],
      ["early", { a: 1 }],
      ["second", undefined],
    ],
  );
});

test("a second copy of the script does nothing", () => {
  const { sent, load } = page("https://shop.example/");
  load();
  assert.equal(sent.length, 1);
});

test("endpoints stand beside the script", () => {
  for (const [src, ingest] of [
    ["https://stats.example/hk.js?v=a/b", "https://stats.example/ingest"],
    ["https://stats.example/hitkeep/hk.js", "https://stats.example/hitkeep/ingest"],
    ["http://localhost:8080/a/b/hk.js#x", "http://localhost:8080/a/b/ingest"],
  ])
    assert.equal(page("https://shop.example/", { src }).sent[0].to, ingest);
});

test("source and version can be named by a plugin", () => {
  const { sent } = page("https://shop.example/", {
    attributes: { hitkeepSource: "wordpress", hitkeepVersion: "1.4" },
  });
  assert.deepEqual([sent[0].body.tsrc, sent[0].body.tv], ["wordpress", "1.4"]);
});

test("without a beacon it fetches, without credentials and without a preflight", async () => {
  for (const options of [
    { beacon: false },
    { attributes: { disableBeacon: "true" } },
    { navigator: { sendBeacon: 0 } },
  ]) {
    const { sent, timers, settled } = page("https://shop.example/", options);
    await settled();
    assert.equal(sent.length, 1);
    assert.deepEqual(
      [sent[0].via, sent[0].method, sent[0].keepalive, sent[0].credentials, sent[0].headers],
      ["fetch", "POST", true, "omit", undefined],
    );
    assert.equal(timers.length, 0);
  }
});

test("what may get better is tried again, three times at most, later each time", async () => {
  for (const answer of [503, 500, 429, "offline"]) {
    const { sent, timers, settled } = page("https://shop.example/", {
      beacon: false,
      answers: Array(10).fill(answer),
    });
    const delays = [];
    for (let i = 0; i < 10; i++) {
      await settled();
      const timer = timers.shift();
      if (!timer) break;
      delays.push(timer.delay);
      timer.run();
    }
    assert.deepEqual(delays, [2000, 6000, 18000], `${answer}`);
    assert.equal(sent.length, 4);
    assert.deepEqual(sent[3].body, sent[0].body, "the hit that happened, not the page of now");
  }
});

test("what stays wrong is not tried again", async () => {
  for (const answer of [400, 404, 413]) {
    const { timers, settled } = page("https://shop.example/", { beacon: false, answers: [answer] });
    await settled();
    assert.equal(timers.length, 0);
  }
});
