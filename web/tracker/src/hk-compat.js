// The tracker for pages that were made for another product: what they call and mark becomes HitKeep's events, so that a
// host moves without touching a page. It holds hk.js; docs/tracker-protocol.md has the table.

import "./compat-setup.js";
import "./tracker.js";

const hk = window.hk || {};
const event = (...call) => hk.event && hk.event(...call);
const pageview = (view) => hk.pageview && hk.pageview(view);

// --- Plausible ---------------------------------------------------------------------------------------

const early = (window.plausible && window.plausible.q) || [];
window.plausible = (name, { u, url = u, props, revenue, interactive, callback } = {}) => {
  const paid = revenue && { value: Number(revenue.amount), currency: revenue.currency };
  if (name == "pageview") pageview({ url, props });
  else event(name, { ...props, ...paid }, { interactive });
  if (callback) callback({ status: 202 });
};
window.plausible.init = () => {};
for (const call of early) window.plausible(...call);

/** The event that classes name, "plausible-event-name=Sign+up" or with two hyphens for the equals sign. */
const named = (element) => {
  const props = {};
  for (const name of element.classList) {
    const [, key, value] = /^plausible-event-(.+?)(?:=|--)(.+)$/.exec(name) || [];
    if (key) props[key] = value.replace(/\+/g, " ");
  }
  const { name, ...others } = props;
  if (name) event(name, others);
};

// --- Umami -------------------------------------------------------------------------------------------

const tell = ({ name, data, url, title }) => (name ? event(name, data) : pageview({ url, title }));
window.umami = {
  track(what, data) {
    if (typeof what == "string") return event(what, data);
    const { pathname, search, hostname } = location;
    const page = { url: pathname + search, title: document.title, hostname, referrer: document.referrer };
    tell(typeof what == "function" ? what(page) : { ...page, ...what });
  },
  identify() {}, // nobody is followed
};

// --- Matomo ------------------------------------------------------------------------------------------

let url, title;
let items = [];
const number = (value) => (value === undefined || value === false ? undefined : Number(value));
const PAQ = {
  trackPageView: (name) => pageview({ url, title: name || title }),
  trackEvent: (category, action, name, value) => event(action, { category, name, value: number(value) }),
  trackGoal: (id, value) => event("goal " + id, { value: number(value) }),
  trackSiteSearch: (term, category, results) =>
    event("site search", { term, category: category || undefined, results: number(results) }),
  trackLink: (to, type) => {
    const { hostname, pathname, protocol } = new URL(to, location.href);
    if (type == "download") event("file_download", { file_host: hostname, file_path: pathname });
    else
      event("outbound_click", {
        target_host: hostname,
        target_path: pathname,
        target_protocol: protocol.slice(0, -1),
      });
  },
  addEcommerceItem: (item_id, item_name, category, price, quantity = 1) =>
    items.push({ item_id, item_name, item_category: [category].flat()[0], price: number(price), quantity }),
  trackEcommerceOrder: (transaction_id, value) => {
    event("purchase", { transaction_id: String(transaction_id), value: number(value), items });
    items = [];
  },
  setCustomUrl: (to) => (url = to),
  setDocumentTitle: (name) => (title = name),
  setConsentGiven: () => hk.consent && hk.consent(),
  rememberConsentGiven: () => hk.consent && hk.consent(),
  optUserOut: () => hk.optOut && hk.optOut(),
  forgetUserOptOut: () => hk.optIn && hk.optIn(),
};
const paq = ([command, ...args] = []) => {
  try {
    if (typeof command == "function") command(...args);
    else if (PAQ[command]) PAQ[command](...args);
  } catch {
    // A page must never break because of its statistics.
  }
};
const calls = Array.isArray(window._paq) ? window._paq.splice(0) : [];
window._paq = { push: (...more) => more.forEach(paq) };
calls.forEach(paq);

// --- Marks of elements -------------------------------------------------------------------------------

const MARKED = '[data-umami-event],[class*="plausible-event-name"]';
const marked = (target) => {
  const element = target instanceof Element && target.closest(MARKED);
  if (!element) return;
  const { umamiEvent } = element.dataset;
  if (!umamiEvent) return named(element);
  const data = {};
  for (const { name, value } of element.attributes) {
    const [, key] = /^data-umami-event-(.+)$/.exec(name) || [];
    if (key) data[key] = value;
  }
  event(umamiEvent, data);
};
document.addEventListener(
  "click",
  ({ target }) => {
    // A form that is marked is counted when it is sent.
    const form = target instanceof Element && target.closest("form");
    if (!form || !form.matches(MARKED) || target.closest(MARKED) != form) marked(target);
  },
  true,
);
document.addEventListener("submit", ({ target }) => target.matches(MARKED) && marked(target), true);
