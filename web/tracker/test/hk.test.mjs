// Runs the built scripts in a made-up browser that writes down what is sent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test as testOne } from "node:test";
import vm from "node:vm";

const codeOf = (name) => readFileSync(new URL(`../dist/${name}`, import.meta.url), "utf8");
const WHOLE = codeOf("hk.js");
const CORE = codeOf("hk-core.js");

/** The script that the running test is about: one that says nothing else is about both. */
let running;
const testOf = (name, code) => (what, run) =>
  testOne(`${name}: ${what}`, () => {
    running = code;
    return run();
  });
const testWhole = testOf("hk.js", WHOLE);
const testCore = testOf("hk-core.js", CORE);
const test = (what, run) => {
  testWhole(what, run);
  testCore(what, run);
};

/** How long a view must have stood to count, ms. */
const STOOD = 1000;

/**
 * A page at `url` that loads the script and stands for a while (`fresh`: not yet); `sent` is what left it. `modern`: with
 * the Navigation API.
 */
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
    fresh = false,
    loading = false,
    modern = false,
    scripts,
    code = running,
    title = "Owls",
  } = options;
  const sent = [];
  const pings = []; // what is told of a view that was counted
  const out = (what) => (what.body.e === undefined ? sent : pings).push(what);
  const timers = [];
  const intervals = [];
  const seen = { time: 1000, hidden: false, focus: true };
  const added = [];
  const listeners = {};
  const listen = (name, heard) => (listeners[name] ??= []).push(heard);
  const location = new URL(url);
  const where = (to) => to != null && (location.href = new URL(to, location).href);
  const fire = (name, event = {}) => (listeners[name] ?? []).forEach((heard) => heard(event));
  const change = (navigationType) => (_, __, to) => {
    where(to);
    if (modern) fire("currententrychange", { navigationType });
  };
  const reads = [];
  const localStorage = new Proxy(stored, {
    get: (all, name) => (reads.push(name), all[name]),
    set: (all, name, value) => {
      assert.ok(options.wishes, "the tracker keeps nothing in the browser");
      all[name] = value;
      return true;
    },
  });
  const window = {
    navigator: {
      sendBeacon: (to, body) => {
        if (beacon) out({ via: "beacon", to: String(to), type: typeof body, body: JSON.parse(body) });
        return beacon;
      },
      ...nav,
    },
    document: {
      currentScript: scripts ? null : { src, dataset: attributes },
      scripts: scripts ?? [],
      querySelector: () => null,
      addEventListener: listen,
      get hidden() {
        return seen.hidden;
      },
      hasFocus: () => seen.focus,
      documentElement: { scrollHeight: 2880 },
      createElement: () => ({}),
      head: { append: (element) => added.push(element) },
      title,
      referrer,
      prerendering,
      readyState: loading ? "loading" : "interactive",
    },
    performance: { now: () => seen.time },
    scrollY: 0,
    setInterval: (run, every) => intervals.push({ run, every }),
    location,
    history: { pushState: change("push"), replaceState: change("replace") },
    screen: { width: 1920, height: 1080 },
    innerWidth: width,
    innerHeight: 720,
    localStorage,
    addEventListener: listen,
    setTimeout: (run, delay, ...rest) => {
      const timer = { delay, run: () => run(...rest) };
      timers.push(timer);
      return timer;
    },
    clearTimeout: (timer) => timers.includes(timer) && timers.splice(timers.indexOf(timer), 1),
    fetch: (to, request) => {
      out({ via: "fetch", to: String(to), ...request, body: JSON.parse(request.body) });
      const answer = answers.shift() ?? 202;
      return answer === "offline" ? Promise.reject(new TypeError("offline")) : Promise.resolve({ status: answer });
    },
    URL,
    URLSearchParams,
    JSON,
  };
  window.window = window;
  if (modern) window.navigation = { currentEntry: {}, addEventListener: listen };
  if (options.navigation) window.navigation = options.navigation;
  if (hk) window.hk = hk;
  if (options.storageOff)
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new Error("denied");
      },
    });
  vm.createContext(window);
  const load = () => vm.runInContext(code, window, { filename: src });
  load();
  const stand = () => {
    const [timer] = timers.splice(
      timers.findIndex(({ delay }) => delay == STOOD),
      1,
    );
    timer?.run();
    assert.ok(!timers.some(({ delay }) => delay == STOOD), "one at a time");
  };
  if (!fresh) stand();
  return {
    window,
    sent,
    /** [path, seconds, percent] */
    pings: () => pings.map(({ body }) => [body.path, body.e, body.sd]),
    seen,
    intervals,
    added,
    timers,
    reads,
    load,
    stand,
    go: (to) => window.history.pushState({}, "", to),
    replace: (to) => window.history.replaceState({}, "", to),
    fire,
    where,
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

test("a page view says where, from where and how large, and nothing that names a person", () => {
  const { sent } = page("https://shop.example/pricing?utm_source=News&utm_medium=email&page=2#top", {
    referrer: "https://www.google.com/search?q=private#x",
  });
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0], {
    via: "beacon",
    to: "https://stats.example/ingest",
    type: "string", // text/plain: no preflight
    body: {
      h: "shop.example",
      path: "/pricing?utm_source=News&utm_medium=email&page=2", // the server keeps of it what its owner wants
      sc_w: 1920,
      tsrc: "hk.js",
      tv: "3",
      cd: false,
      referrer: "https://www.google.com/search",
      t: "Owls",
      ...(running === WHOLE && { p: {} }),
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
    const { sent, window, go, timers } = page("https://shop.example/", { ...options, fresh: true });
    window.hk.event("x"); // still callable
    go("/b");
    assert.equal(timers.length, 0);
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

for (const modern of [false, true]) {
  const api = modern ? "Navigation API" : "History API";

  test(`single-page navigation counts when the path really changes (${api})`, () => {
    const { sent, go, replace, where, fire, stand } = page("https://shop.example/a?utm_campaign=c", {
      referrer: "https://o.example/",
      modern,
    });
    const traverse = (to) => {
      where(to);
      if (modern) fire("currententrychange", { navigationType: "traverse" });
      fire("popstate");
    };
    go("/b?x=1");
    stand();
    replace("/b?x=2");
    go("/b#part");
    go(undefined);
    replace("/c");
    stand();
    traverse("/a");
    traverse("/a");
    stand();
    assert.deepEqual(
      sent.map(({ body }) => [body.path, body.referrer]),
      [
        ["/a?utm_campaign=c", "https://o.example/"],
        ["/b?x=1", "https://shop.example/a"],
        ["/c", "https://shop.example/b"],
        ["/a", "https://shop.example/c"],
      ],
    );
  });

  test(`a redirect is no view, a person who goes on quickly has made one (${api})`, () => {
    const { sent, go, replace, stand } = page("https://shop.example/", { fresh: true, modern });
    replace("/en/");
    assert.deepEqual(sent, []);
    stand();
    go("/en/login");
    replace("/en/sign-in");
    go("/en/help");
    go("/en/about");
    stand();
    assert.deepEqual(
      sent.map(({ body }) => [body.path, body.referrer]),
      [
        ["/en/", ""],
        ["/en/sign-in", "https://shop.example/en/"],
        ["/en/help", "https://shop.example/en/sign-in"],
        ["/en/about", "https://shop.example/en/help"],
      ],
    );
  });

  test(`a redirect before the first view costs no campaign (${api})`, () => {
    const { sent, go, replace, stand } = page("https://shop.example/?utm_source=News", { fresh: true, modern });
    replace("/en/");
    stand();
    replace("/en/home");
    stand();
    go("/fr/?x=1");
    replace("/fr/home");
    stand();
    assert.deepEqual(
      sent.map(({ body }) => body.path),
      ["/en/?utm_source=News", "/en/home", "/fr/home"],
    );
  });

  test(`data-hash-routing makes routes of the hash pages (${api})`, () => {
    const attributes = { hashRouting: "true" };
    const { sent, where, fire, stand } = page("https://shop.example/app#/", { attributes, modern });
    for (const to of ["#/about?token=secret", "#part", "#!/old", "/app"]) {
      where(to);
      fire(modern ? "currententrychange" : "popstate", { navigationType: "push" });
      stand();
    }
    assert.deepEqual(
      sent.map(({ body }) => body.path),
      ["/app#/", "/app#/about", "/app", "/app#!/old", "/app"],
    );
  });
}

test("an element or a variable called navigation is no Navigation API", () => {
  for (const navigation of [{ addEventListener() {} }, "menu"]) {
    const { sent, go, stand } = page("https://shop.example/a", { navigation });
    go("/b");
    stand();
    assert.equal(sent.length, 2);
  }
});

test("a person who leaves at once is counted, as of the last path", () => {
  for (const leave of ["pagehide", "visibilitychange"]) {
    const { sent, replace, fire, window } = page("https://shop.example/", { fresh: true, loading: true });
    replace("/en/");
    window.hk.event("early");
    assert.deepEqual(sent, []);
    fire(leave);
    fire(leave);
    assert.deepEqual(
      sent.map(({ body }) => [body.path, body.n]),
      [
        ["/en/", undefined],
        ["/en/", "early"],
      ],
    );
  }
});

test("the second in which a redirect may come begins when the page is parsed", () => {
  const { sent, timers, fire, stand, window } = page("https://shop.example/", { fresh: true, loading: true });
  assert.equal(timers.length, 0);
  window.document.readyState = "interactive";
  fire("DOMContentLoaded");
  stand();
  assert.equal(sent.length, 1);
});

test("data-disable-spa-tracking leaves the History API alone", () => {
  const { sent, go, fire, timers } = page("https://shop.example/a", { attributes: { disableSpaTracking: "true" } });
  go("/b");
  fire("popstate");
  assert.equal(timers.length, 0);
  assert.equal(sent.length, 1);
});

test("a page that comes back out of the page cache is a view", () => {
  const { sent, fire, stand, timers } = page("https://shop.example/a");
  fire("pageshow", { persisted: false });
  assert.equal(timers.length, 0);
  fire("pageshow", { persisted: true });
  stand();
  assert.equal(sent.length, 2);
});

test("a prepared page counts when it is seen, with what has happened on it", () => {
  const { sent, fire, stand, replace, window } = page("https://shop.example/a", { prerendering: true, fresh: true });
  window.hk.event("prepared");
  replace("/b");
  stand();
  fire("pagehide"); // of one that is thrown away
  assert.equal(sent.length, 0);
  window.document.prerendering = false;
  fire("prerenderingchange");
  stand();
  assert.deepEqual(
    sent.map(({ body }) => [body.path, body.n]),
    [
      ["/b", undefined],
      ["/b", "prepared"],
    ],
  );
});

test("a module finds its element by its own address", () => {
  const element = (src, source) => ({ src, dataset: { hitkeepSource: source } });
  const scripts = [
    element("", "inline"),
    element("https://shop.example/js/s.js?v=2", "another"),
    element("https://shop.example/js/s.js", "right"),
    element("https://shop.example/hk.js", "also another"),
  ];
  const { sent } = page("https://shop.example/", { src: "https://shop.example/js/s.js", scripts });
  assert.deepEqual([sent[0].to, sent[0].body.tsrc], ["https://shop.example/js/ingest", "right"]);
  assert.equal(page("https://shop.example/", { scripts: [], fresh: true }).timers.length, 0);
});

test("events carry name, properties, page and referrer", () => {
  const { sent, window } = page("https://shop.example/cart", { referrer: "https://o.example/x?y" });
  window.hk.event("purchase", { value: 12.5 });
  assert.equal(sent[1].to, "https://stats.example/ingest/event");
  const { n, p, r, path, referrer } = sent[1].body;
  assert.deepEqual([n, p, r, path, referrer], ["purchase", { value: 12.5 }, "https://o.example/x", "/cart", undefined]);
});

test("an event belongs to the page where it happened", () => {
  const { sent, window, go, stand } = page("https://shop.example/cart");
  go("/thanks");
  window.hk.event("purchase");
  go("/next");
  stand();
  assert.deepEqual(
    sent.map(({ body }) => [body.path, body.n]),
    [
      ["/cart", undefined],
      ["/thanks", undefined],
      ["/thanks", "purchase"],
      ["/next", undefined],
    ],
  );
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
    sent.slice(1).map(({ body }) => [body.n, body.p]),
    [
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

testWhole("how long a page was looked at is told when it is left, hidden, or looked at for long", () => {
  const { pings, seen, fire, go, stand, window, intervals } = page("https://shop.example/a");
  seen.time += 4000;
  fire("blur"); // another window
  seen.time += 60000;
  seen.focus = false;
  fire("blur");
  seen.time += 60000;
  seen.focus = true;
  fire("focus");
  seen.time += 3000;
  window.scrollY = 1440;
  fire("scroll");
  window.scrollY = 0;
  fire("scroll");
  seen.hidden = true;
  fire("visibilitychange");
  seen.time += 60000;
  seen.hidden = false;
  fire("visibilitychange");
  assert.deepEqual(pings(), [["/a", 67, 75]], "4 + 60 + 3 seconds with focus, two and a half screens of three");
  fire("visibilitychange");
  assert.equal(pings().length, 1, "what is known is not told again");
  seen.time += 2000;
  go("/b");
  stand();
  assert.deepEqual(pings()[1], ["/a", 69, 75]);
  assert.deepEqual(
    intervals.map(({ every }) => every),
    [300_000],
    "so that a visit of somebody who reads goes on",
  );
  seen.time += 300_000;
  intervals[0].run();
  assert.deepEqual(pings()[2], ["/b", 300, 25], "begins anew with the view");
});

testWhole("engagement is told beside events, and never as one", () => {
  const { pings, seen, fire } = page("https://shop.example/a");
  seen.time += 1000;
  fire("pagehide");
  assert.deepEqual(pings(), [["/a", 1, 25]]);
});

testCore("the core tells no engagement", () => {
  const { pings, seen, fire, intervals } = page("https://shop.example/a");
  seen.time += 5000;
  fire("pagehide");
  assert.deepEqual([pings(), intervals], [[], []]);
});

testWhole("data-consent holds everything until the page may count", () => {
  const { sent, pings, window, fire, seen } = page("https://shop.example/a", { attributes: { consent: "" } });
  window.hk.event("early");
  seen.time += 9000;
  fire("pagehide");
  assert.deepEqual([sent, pings()], [[], []]);
  window.hk.consent();
  assert.deepEqual(
    sent.map(({ body }) => [body.path, body.n]),
    [
      ["/a", undefined],
      ["/a", "early"],
    ],
  );
});

testWhole("a person may opt out and in again, also where nothing is counted", () => {
  const stored = {};
  const { sent, window, go, stand, fire, pings, seen } = page("https://shop.example/a", { stored, wishes: true });
  window.hk.optOut();
  assert.equal(stored.hk_ignore, 1);
  go("/b");
  stand();
  window.hk.event("x");
  seen.time += 9000;
  fire("pagehide");
  assert.deepEqual([sent.length, pings()], [1, []]);
  const again = page("https://shop.example/", { stored: { hk_ignore: "1" }, wishes: true, fresh: true });
  again.window.hk.optIn();
  assert.equal("hk_ignore" in again.window.localStorage, false);
});

testWhole("pages may count their views themselves", () => {
  const { sent, window, go, timers } = page("https://shop.example/app", {
    attributes: { manual: "", propAuthor: "Ada" },
    fresh: true,
  });
  go("/elsewhere");
  assert.deepEqual([sent, timers], [[], []]);
  window.hk.pageview({ url: "/wizard/step-1?token=x", title: "Step 1", props: { step: 1 } });
  window.hk.event("next");
  window.hk.pageview({ url: "/wizard/step-1" });
  window.hk.pageview();
  assert.deepEqual(
    sent.map(({ body }) => [body.path, body.n, body.t, body.p, body.referrer]),
    [
      ["/wizard/step-1?token=x", undefined, "Step 1", { author: "Ada", step: 1 }, ""],
      ["/wizard/step-1?token=x", "next", undefined, undefined, undefined],
      ["/wizard/step-1", undefined, "Owls", { author: "Ada" }, ""],
      ["/elsewhere", undefined, "Owls", { author: "Ada" }, "https://shop.example/wizard/step-1"],
    ],
  );
});

testWhole("vitals wait for the view that they are of, and keep to its page", () => {
  const { sent, window, stand, go } = page("https://shop.example/list?id=7", { fresh: true });
  window.hk._page.vital({ n: "FCP", v: 800, mid: "1" });
  assert.deepEqual(sent, []);
  stand();
  go("/b");
  stand();
  window.hk._page.vital({ n: "CLS", v: 0, mid: "2" });
  assert.deepEqual(
    sent.map(({ to, body }) => [new URL(to).pathname, body.n, body.p]),
    [
      ["/ingest", undefined, {}],
      ["/ingest/web-vitals", "FCP", "/list?id=7"],
      ["/ingest", undefined, {}],
      ["/ingest/web-vitals", "CLS", "/list?id=7"],
    ],
  );
});

test("an event may say that nobody did anything", () => {
  const { sent, window } = page("https://shop.example/");
  window.hk.event("shown", { a: 1 }, { interactive: false });
  window.hk.event("clicked");
  assert.deepEqual(
    sent.slice(1).map(({ body }) => body.i),
    [false, undefined],
  );
});

test("data-endpoint names where it is sent", () => {
  const attributes = { endpoint: "https://shop.example/e/" };
  assert.equal(page("https://shop.example/", { attributes }).sent[0].to, "https://shop.example/e/ingest");
});

testWhole("more is loaded only when asked for, from where the script is, with its nonce", () => {
  const loaded = (attributes) => page("https://shop.example/", { attributes }).added.map(({ src }) => String(src));
  assert.deepEqual(loaded({}), []);
  assert.deepEqual(loaded({ enableOutboundTracking: "yes", disableFormTracking: "true", propEnable: "x" }), []);
  assert.deepEqual(loaded({ enableOutboundTracking: "true", enableFormTracking: "true" }), [
    "https://stats.example/hk-extra.js",
  ]);
  assert.deepEqual(loaded({ enableWebVitals: "true", endpoint: "https://x.example/e/" }), [
    "https://x.example/e/hk-vitals.js",
  ]);
});

testWhole("a check is loaded where the address asks, though nobody is counted", () => {
  const loaded = (url, options) => page(url, options).added.map(({ src }) => String(src));
  assert.deepEqual(loaded("https://shop.example/#hk-check=7"), ["https://stats.example/hk-check.js"]);
  const signals = { navigator: { doNotTrack: "1", globalPrivacyControl: true }, stored: { hk_ignore: "1" } };
  assert.deepEqual(loaded("https://shop.example/#hk-ignore", signals), ["https://stats.example/hk-check.js"]);
  for (const other of ["#top", "#/hk-check=7", "?hk-check=7"])
    assert.deepEqual(loaded(`https://shop.example/${other}`), []);
});

/** Runs the check on a page; `asked` is what its person was asked, `told` what was sent. */
function check(
  url,
  { stored = {}, dataset = {}, navigator: nav = {}, yes = true, src = "https://stats.example/hk.js" },
) {
  const told = [];
  const asked = [];
  const location = new URL(url);
  const window = {
    hk: { _page: { script: { src, dataset } } },
    location,
    history: { state: null, replaceState: (_state, _title, to) => (location.href = new URL(to, location).href) },
    localStorage: stored,
    navigator: { language: "de-AT", ...nav },
    confirm: (text) => (asked.push(text), yes),
    fetch: (to, request) => {
      told.push({ to: String(to), ...JSON.parse(request.body) });
      return Promise.resolve({});
    },
    URL,
    JSON,
  };
  window.window = window;
  vm.createContext(window);
  vm.runInContext(codeOf("hk-check.js"), window);
  return { asked, told, location, stored };
}

testOne("hk-check.js: tells by its code what it finds, and takes it out of the address", () => {
  const { told, location } = check("https://shop.example/a?b=1#hk-check=c0de", {
    dataset: { consent: "" },
    navigator: { doNotTrack: "1" },
    src: "http://stats.example/hk.js",
  });
  assert.equal(location.href, "https://shop.example/a?b=1");
  assert.deepEqual(told, [
    {
      to: "http://stats.example/ingest/check",
      ...{ code: "c0de", host: "shop.example", do_not_track: true, privacy_control: false, opted_out: false },
      ...{ waits: true, manual: false, insecure: true },
    },
  ]);
  const respects = { dataset: { collectDnt: "true", endpoint: "https://shop.example/e/" }, stored: { hk_ignore: "1" } };
  const [other] = check("https://shop.example/#hk-check=1", { ...respects, navigator: { doNotTrack: "1" } }).told;
  assert.deepEqual(
    [other.to, other.do_not_track, other.opted_out],
    ["https://shop.example/e/ingest/check", false, true],
  );
});

testOne("hk-check.js: a browser is left out, and counted again, only where its person says so", () => {
  const out = check("https://shop.example/#hk-ignore", {});
  assert.deepEqual(out.asked, ["shop.example: Diesen Browser aus der Statistik herauslassen?"]);
  assert.equal(out.stored.hk_ignore, 1);
  assert.deepEqual(check("https://shop.example/#hk-ignore", { yes: false }).stored, {});
  const again = check("https://shop.example/#hk-ignore", { stored: { hk_ignore: "1" } });
  assert.deepEqual(again.asked, ["shop.example: Diesen Browser wieder zählen?"]);
  assert.deepEqual(again.stored, {});
  assert.deepEqual([out.told, again.told], [[], []]);
});
