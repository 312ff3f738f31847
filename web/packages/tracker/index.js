// For sites that are built with a bundler: adds the tracker's script to the page, and calls it. On a server, where there is
// no page, everything here does nothing. Types and options: hitkeep-tracker.d.ts.

/** Calls that came before the script, in their order; null: it is there, or will never be. */
let waiting = [];

const ATTRIBUTES = {
  endpoint: "data-endpoint",
  manual: "data-manual",
  consent: "data-consent",
  collectDnt: "data-collect-dnt",
  disableBeacon: "data-disable-beacon",
  disableSpaTracking: "data-disable-spa-tracking",
  hashRouting: "data-hash-routing",
  outbound: "data-enable-outbound-tracking",
  downloads: "data-enable-download-tracking",
  forms: "data-enable-form-tracking",
  elements: "data-enable-element-tracking",
  notFound: "data-enable-not-found-tracking",
  webVitals: "data-enable-web-vitals",
};

/** data-prop-author for "author", data-prop-page-type for "pageType". */
const hyphened = (name) => name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());

/** Loads the script once. */
export function load({ host, script = "hk.js", integrity, nonce, props = {}, ...options }) {
  if (typeof document === "undefined" || document.querySelector("script[data-hitkeep-loaded]")) return;
  const element = document.createElement("script");
  element.async = true;
  element.src = new URL(script, host.endsWith("/") ? host : host + "/").href;
  element.setAttribute("data-hitkeep-loaded", "");
  element.setAttribute("data-hitkeep-source", "npm");
  if (nonce) element.nonce = nonce;
  if (integrity) {
    element.integrity = integrity;
    element.crossOrigin = "anonymous";
  }
  for (const [name, value] of Object.entries(options)) {
    if (!ATTRIBUTES[name]) throw new TypeError(`@hitkeep/tracker: there is no option ${name}`);
    if (value) element.setAttribute(ATTRIBUTES[name], String(value));
  }
  for (const [name, value] of Object.entries(props)) element.setAttribute("data-prop-" + hyphened(name), String(value));
  element.addEventListener("load", () => {
    const calls = waiting ?? [];
    waiting = null;
    for (const [name, args] of calls) call(name, args);
  });
  // A blocker took it: nobody will ever ask for what waits.
  element.addEventListener("error", () => (waiting = null));
  document.head.append(element);
}

function call(name, args) {
  if (typeof window === "undefined") return;
  if (waiting) waiting.push([name, args]);
  else window.hk?.[name]?.(...args);
}

/** Counts an event. */
export const event = (...args) => call("event", args);
/** Counts a view of the present page, or of one that is named. */
export const pageview = (...args) => call("pageview", args);
/** The person has consented: what was held is sent. */
export const consent = () => call("consent", []);
/** The person wants not to be counted on this site, in this browser. */
export const optOut = () => call("optOut", []);
export const optIn = () => call("optIn", []);
