// HitKeep's tracker. Runs on other people's pages: small, quiet, and it keeps nothing in the browser.
// What it sends: reference of the protocol in README.md. Budget: 900 bytes after brotli (build.mjs checks it).

(() => {
  const script = document.currentScript || document.querySelector('script[src*="hk.js"]');
  const hk = (window.hk = window.hk || {});
  if (!script || hk._bootstrapped) return;
  hk._bootstrapped = 1;

  const { collectDnt, disableBeacon, disableSpaTracking, hitkeepSource, hitkeepVersion } = script.dataset;
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
  let counted; // the path that was counted last
  const landing = new URLSearchParams(location.search);

  const send = (endpoint, fields) => {
    try {
      // A string goes out as text/plain, which needs no preflight.
      const body = JSON.stringify({
        path: location.pathname,
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

  const view = () => {
    const path = location.pathname;
    if (path == counted) return;
    if (counted) referrer = location.origin + counted;
    counted = path;
    send("ingest", { referrer });
  };

  if (!yes(disableSpaTracking)) {
    for (const name of ["pushState", "replaceState"]) {
      const original = history[name];
      history[name] = function () {
        original.apply(this, arguments);
        view();
      };
    }
    addEventListener("popstate", view);
  }
  // Back out of the browser's page cache is a view like any other.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      counted = 0;
      view();
    }
  });

  hk.event = (name, properties) => send("ingest/event", { n: name, p: properties, r: referrer });
  const start = () => {
    view();
    queue.forEach((call) => hk.event(...call));
  };
  // A page that is only prepared has not been seen yet.
  if (document.prerendering) document.addEventListener("prerenderingchange", start);
  else start();
})();
