// Web vitals of the page, for pages that ask for them (data-enable-web-vitals): hk.js loads it, and it sends through
// hk.js. Each metric is told when it is final, or when the page goes out of sight, and again under the same id where it
// has grown since. Definitions: https://web.dev/articles/vitals.

(() => {
  const hk = window.hk;
  if (!hk || !hk._page || hk._vitals || !window.PerformanceObserver) return;
  hk._vitals = 1;

  /** Shifts belong together that follow within a second, 5 seconds at most. */
  const SHIFT_GAP_MS = 1000;
  const SHIFT_SESSION_MS = 5000;
  /** Of so many interactions one may be slower. */
  const INTERACTIONS_FOR_ONE = 50;

  const page = Date.now() + "-" + Math.random().toString(36).slice(2);
  const told = {};
  const tell = (n, value) => {
    const v = Math.round(value * 1000) / 1000;
    if (!(v >= 0) || told[n] == v) return;
    told[n] = v;
    hk._page.vital({ n, v, mid: n + "-" + page });
  };

  const watch = (type, see, more) => {
    try {
      new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true, ...more });
    } catch {
      // this browser does not measure it
    }
  };

  const [load] = performance.getEntriesByType("navigation");
  // A page that was prepared begins when it is opened.
  const start = (load && load.activationStart) || 0;
  const since = (time) => Math.max(0, time - start);
  /** What is painted after the page was out of sight is nobody's waiting. */
  let hidden = document.visibilityState == "hidden" && !document.prerendering ? 0 : Infinity;

  let paint, shifts, interaction;
  watch("largest-contentful-paint", (entry) => {
    if (entry.startTime < hidden) paint = entry.startTime;
  });
  watch("paint", (entry) => {
    if (entry.name == "first-contentful-paint" && entry.startTime < hidden) tell("FCP", since(entry.startTime));
  });

  let session = 0;
  let first = 0;
  let last = 0;
  watch("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    const goesOn = entry.startTime - last < SHIFT_GAP_MS && entry.startTime - first < SHIFT_SESSION_MS;
    session = goesOn ? session + entry.value : entry.value;
    if (!goesOn) first = entry.startTime;
    last = entry.startTime;
    shifts = Math.max(shifts || 0, session);
  });

  const slowest = new Map(); // by interaction
  const interacted = (entry) => {
    if (!entry.interactionId) return;
    slowest.set(entry.interactionId, Math.max(slowest.get(entry.interactionId) || 0, entry.duration));
    const all = performance.interactionCount || slowest.size;
    const byLength = [...slowest.values()].sort((a, b) => b - a);
    interaction = byLength[Math.min(byLength.length - 1, Math.floor(all / INTERACTIONS_FOR_ONE))];
  };
  watch("event", interacted, { durationThreshold: 40 });
  watch("first-input", interacted);

  const answered = () => load && load.responseStart > 0 && tell("TTFB", since(load.responseStart));
  if (document.readyState == "complete") answered();
  else addEventListener("load", answered);

  const paints = PerformanceObserver.supportedEntryTypes || [];
  const finish = () => {
    if (paint !== undefined) tell("LCP", since(paint));
    if (paints.includes("layout-shift")) tell("CLS", shifts || 0);
    if (interaction !== undefined) tell("INP", interaction);
  };
  const leave = () => {
    if (document.visibilityState != "hidden") return;
    hidden = Math.min(hidden, performance.now());
    finish();
  };
  document.addEventListener("visibilitychange", leave);
  addEventListener("pagehide", finish);
})();
