// HitKeep's tracker. Runs on other people's pages: small, quiet, and it keeps nothing in the browser.
// What it sends: docs/tracker-protocol.md. WHOLE (build.mjs) tells hk.js from hk-core.js, which leaves out what is behind
// it; both have a budget.

(() => {
  const stack = new Error().stack + "";
  const script =
    document.currentScript ||
    // A module has no currentScript, but its address stands in its own stack.
    [...document.scripts].find(({ src }) => src && stack.includes(src + ":"));
  const hk = (window.hk = window.hk || {});
  if (!script || hk._bootstrapped) return;
  hk._bootstrapped = 1;

  const { dataset } = script;
  const yes = (attribute) => attribute == "true";
  const queue = hk.q || [];
  let held, load;
  hk.event = () => {};
  if (WHOLE) {
    hk.pageview = hk.consent = hk.event;
    held = "consent" in dataset; // until the page says that it may
    // A person's own wish, and the only thing that is ever written.
    hk.optOut = () => (localStorage.hk_ignore = held = 1);
    hk.optIn = () => delete localStorage.hk_ignore;
    hk._page = { script };
    load = (name) => {
      const more = document.createElement("script");
      more.src = new URL(name, dataset.endpoint || script.src);
      more.nonce = script.nonce;
      document.head.append(more);
    };
    // A check from the dashboard, or a link by which a person leaves this browser out.
    if (location.hash.match("#hk-")) load("hk-check.js");
  }
  let ignored;
  try {
    ignored = localStorage.hk_ignore; // the only thing that is read
  } catch {
    // storage is switched off
  }
  if (ignored || navigator.globalPrivacyControl || (navigator.doNotTrack == "1" && !yes(dataset.collectDnt))) return;

  let referrer = document.referrer.split(/[?#]/)[0]; // queries of other people's pages are none of our business
  let path; // where the page is
  let query = location.search; // how it was come to: parameters that make pages, and campaigns
  let counted; // the path that was counted last
  let page; // the same, with its query
  let timer;
  let said; // what the page says of its view itself
  let landed; // the page that the browser loaded
  const vitals = []; // of that page; they belong to its view, so they wait for it

  const send = (endpoint, fields) => {
    try {
      // A string goes out as text/plain, which needs no preflight.
      const body = JSON.stringify({
        h: location.hostname, // some referrer policies withhold Origin
        path: page,
        sc_w: screen.width,
        tsrc: dataset.hitkeepSource || "hk.js",
        tv: dataset.hitkeepVersion || "3",
        cd: yes(dataset.collectDnt),
        ...fields,
      });
      const url = new URL("ingest" + endpoint, dataset.endpoint || script.src);
      const post = (delay) => {
        const again = () => delay < 2e4 && setTimeout(post, delay, delay * 3);
        fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" }).then(
          // Too many or too much just now: later. Whatever else is wrong stays wrong.
          ({ status }) => (status == 429 || status > 499) && again(),
          again,
        );
      };
      if (yes(dataset.disableBeacon) || !navigator.sendBeacon || !navigator.sendBeacon(url, body)) post(2e3);
    } catch {
      // A page must never break because of its statistics.
    }
  };

  // How long the page was looked at since its view, in ms, and how far it was scrolled, in percent.
  let begin, report;
  if (WHOLE) {
    let engaged, depth, told;
    let since; // when somebody began to look; 0: nobody does
    const look = () => {
      const now = performance.now();
      if (since) engaged += now - since;
      since = !document.hidden && document.hasFocus() && now;
      const { scrollHeight } = document.documentElement;
      depth = Math.max(depth, Math.round(((scrollY + innerHeight) * 100) / scrollHeight) || 0);
    };
    begin = () => {
      look();
      engaged = depth = told = 0;
    };
    report = () => {
      look();
      const e = Math.round(engaged / 1e3);
      if (counted && !held && e + depth > told) {
        told = e + depth;
        send("/event", { e, sd: depth });
      }
    };
    for (const name of ["focus", "blur", "scroll"]) addEventListener(name, look);
  }

  // Sends what has happened. A page that is only prepared has not been seen yet.
  const flush = () => {
    if (document.prerendering || (WHOLE && held)) return;
    if (path != counted) {
      if (counted) {
        if (WHOLE) report();
        referrer = location.origin + counted;
      }
      counted = path;
      page = path + query;
      if (WHOLE) begin();
      send("", { referrer, t: document.title, ...(WHOLE && said) });
    }
    queue.splice(0).forEach(([n, p, { interactive: i } = {}]) => send("/event", { n, p, i, r: referrer }));
    if (WHOLE && counted) {
      landed = landed || page;
      vitals.splice(0).forEach((fields) => send("/web-vitals", { p: landed, ...fields }));
    }
  };

  // A view counts when it has stood for a second, or its person goes on or away: a redirect is no view.
  const wait = () => {
    clearTimeout(timer);
    if (document.readyState != "loading") timer = setTimeout(flush, 1e3);
  };

  const where = ({ pathname, hash }) => pathname + ((yes(dataset.hashRouting) && /^#!?\/[^?]*/.exec(hash)) || "");
  const moved = (replaced) => {
    const now = where(location);
    if (now == path || (WHOLE && "manual" in dataset)) return;
    if (!replaced) flush();
    path = now;
    // Where nothing has counted yet this is still the landing: a redirect must not cost its campaign.
    query = location.search || (counted ? "" : query);
    wait();
  };

  if (!yes(dataset.disableSpaTracking)) {
    const { navigation } = window;
    if (navigation && navigation.currentEntry)
      // not an element with this id
      navigation.addEventListener("currententrychange", ({ navigationType }) => moved(navigationType == "replace"));
    else {
      for (const name of ["pushState", "replaceState"]) {
        const original = history[name];
        history[name] = function () {
          original.apply(this, arguments);
          moved(name == "replaceState");
        };
      }
      addEventListener("popstate", () => moved());
    }
  }
  // Back out of the browser's page cache is a view like any other.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      counted = 0;
      wait();
    }
  });
  addEventListener("DOMContentLoaded", wait);
  document.addEventListener("prerenderingchange", wait);

  // Goes away, as far as anybody can tell: many pages hear nothing after that.
  const leave = WHOLE
    ? () => {
        flush();
        report();
      }
    : flush;
  addEventListener("pagehide", leave);
  addEventListener("visibilitychange", leave);
  if (WHOLE) {
    // Who reads for long is still there.
    setInterval(report, 3e5);
    hk._page.vital = (fields) => {
      vitals.push(fields);
      if (counted) flush();
    };
    const props = {};
    let extra;
    for (const name in dataset) {
      const [, asked, prop] = /^(?:enable(.+)|prop(.+))$/.exec(name) || [];
      if (prop) props[prop[0].toLowerCase() + prop.slice(1)] = dataset[name];
      if (asked == "WebVitals") yes(dataset[name]) && load("hk-vitals.js");
      else if (asked) extra = extra || yes(dataset[name]);
    }
    if (extra) load("hk-extra.js");
    said = { p: props };
    hk.pageview = ({ url, title, props: own } = {}) => {
      flush();
      said = { p: { ...props, ...own }, ...(title && { t: title }) };
      const to = new URL(url || "", location);
      path = where(to);
      query = to.search;
      if (path == counted) counted = 0;
      flush();
      said = { p: props };
    };
    hk.consent = () => {
      held = 0;
      flush();
    };
  }

  hk.event = (...call) => {
    queue.push(call);
    if (path == counted) flush();
  };
  moved(true);
})();
