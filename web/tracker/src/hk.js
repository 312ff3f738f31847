// HitKeep's tracker. Runs on other people's pages: small, quiet, and it keeps nothing in the browser.
// What it sends: reference of the protocol in README.md. Its size has a budget (build.mjs).

(() => {
  const stack = new Error().stack + "";
  const script =
    document.currentScript ||
    // A module has no currentScript, but its address stands in its own stack.
    [...document.scripts].find(({ src }) => src && stack.includes(src + ":")) ||
    document.querySelector('script[src*="hk.js"]');
  const hk = (window.hk = window.hk || {});
  if (!script || hk._bootstrapped) return;
  hk._bootstrapped = 1;

  const { collectDnt, disableBeacon, disableSpaTracking, hashRouting, hitkeepSource, hitkeepVersion } = script.dataset;
  const yes = (attribute) => attribute == "true";
  const queue = hk.q || [];
  hk.event = () => {};
  let ignored;
  try {
    ignored = localStorage.hk_ignore; // set by a person who doesn't want to be counted; the only thing that is read
  } catch {
    // storage is switched off
  }
  if (ignored || navigator.globalPrivacyControl || (navigator.doNotTrack == "1" && !yes(collectDnt))) return;

  let referrer = document.referrer.split(/[?#]/)[0]; // queries of other people's pages are none of our business
  let path; // where the page is
  let counted; // the path that was counted last
  let timer;
  const landing = new URLSearchParams(location.search);

  const send = (endpoint, fields) => {
    try {
      // A string goes out as text/plain, which needs no preflight.
      const body = JSON.stringify({
        h: location.hostname, // some referrer policies withhold Origin
        path,
        vp_w: innerWidth,
        vp_h: innerHeight,
        sc_w: screen.width,
        sc_h: screen.height,
        u_src: landing.get("utm_source"),
        u_med: landing.get("utm_medium"),
        u_cmp: landing.get("utm_campaign"),
        u_trm: landing.get("utm_term"),
        u_cnt: landing.get("utm_content"),
        qr: landing.get("hk_qr"),
        tsrc: hitkeepSource || "hk.js",
        tv: hitkeepVersion || "2",
        cd: yes(collectDnt),
        ...fields,
      });
      const url = new URL(endpoint, script.src);
      const post = (delay) => {
        const again = () => delay < 2e4 && setTimeout(post, delay, delay * 3);
        fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" }).then(
          // Too many or too much just now: later. Whatever else is wrong stays wrong.
          ({ status }) => (status == 429 || status > 499) && again(),
          again,
        );
      };
      if (yes(disableBeacon) || !navigator.sendBeacon || !navigator.sendBeacon(url, body)) post(2e3);
    } catch {
      // A page must never break because of its statistics.
    }
  };

  // Sends what has happened. A page that is only prepared has not been seen yet.
  const flush = () => {
    if (document.prerendering) return;
    if (path != counted) {
      if (counted) referrer = location.origin + counted;
      counted = path;
      send("ingest", { referrer });
    }
    queue.splice(0).forEach(([n, p]) => send("ingest/event", { n, p, r: referrer }));
  };

  // A view counts when it has stood for a second, or its person goes on or away: a redirect is no view.
  const wait = () => {
    clearTimeout(timer);
    if (document.readyState != "loading") timer = setTimeout(flush, 1e3);
  };

  const look = (replaced) => {
    const now = location.pathname + ((yes(hashRouting) && /^#!?\/[^?]*/.exec(location.hash)) || "");
    if (now == path) return;
    if (!replaced) flush();
    path = now;
    wait();
  };

  if (!yes(disableSpaTracking)) {
    const { navigation } = window;
    if (navigation && navigation.currentEntry)
      // not an element with this id
      navigation.addEventListener("currententrychange", ({ navigationType }) => look(navigationType == "replace"));
    else {
      for (const name of ["pushState", "replaceState"]) {
        const original = history[name];
        history[name] = function () {
          original.apply(this, arguments);
          look(name == "replaceState");
        };
      }
      addEventListener("popstate", () => look());
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
  addEventListener("pagehide", flush);
  addEventListener("visibilitychange", flush);

  hk.event = (...call) => {
    queue.push(call);
    if (path == counted) flush();
  };
  look(true);
})();
