// What pages tell the real program in a real browser: how they were looked at, what they mark, and what they call of other
// products. Nothing waits for time to pass but where time is what is told.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "../../../web/dashboard/e2e/browser.mjs";
import { Server } from "./server.mjs";
import { Front, Owner } from "./site.mjs";

const SCRIPT = `<script src="/hk.js"></script>`;
const TALL = `<p style="height: 400vh">tall</p>`;
/** Clicks are counted; nobody has to get anywhere. */
const STAYS = `<script>addEventListener("click", (e) => e.target.closest("a") && e.preventDefault())</script>`;

let browser, program, owner;
before(async () => {
  browser = await launch();
  program = await Server.start("/", { HITKEEP_INGEST_RATE_LIMIT: "1000000", HITKEEP_INGEST_BURST: "1000000" });
  owner = new Owner(program);
  await owner.setUp("localhost");
});
after(async () => {
  await browser.close();
  await program.stop();
  await program.kill();
});

/** Opens `path` of these pages, as somebody of whom nothing is known. */
async function open(t, pages, path) {
  const front = await Front.start(program, pages);
  t.after(() => front.stop());
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(front.url + path);
  return { front, page };
}

async function figures(metrics, page, enough) {
  const query = { metrics, filters: [{ dimension: "page", op: "is", values: [page] }] };
  for (;;) {
    const { results } = await owner.ask(`api/sites/${owner.site.id}/query`, { range: "2d", queries: { q: query } });
    const row = results.q.rows[0]?.metrics ?? [];
    if (enough(row)) return row;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("how long a page was looked at and how far it was scrolled arrives in the figures", async (t) => {
  const { front, page } = await open(t, { "/long": SCRIPT + TALL, "/next": SCRIPT }, "/long");
  await front.until(({ to, path }) => to === "/ingest" && path === "/long");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await page.waitForTimeout(2500); // is what is measured
  await page.goto(front.url + "/next");
  const ping = await front.until(({ e, path }) => e !== undefined && path === "/long");
  assert.equal(ping.status, 202);
  assert.ok(ping.e >= 2 && ping.e < 600, JSON.stringify(ping));
  assert.ok(ping.sd > 50 && ping.sd < 100, JSON.stringify(ping));
  const [seconds, scrolled] = await figures(["time_on_page", "scroll_depth"], "/long", ([one]) => one > 0);
  assert.ok(Math.abs(seconds - ping.e) <= 1 + ping.e * 0.09, `${seconds} of ${ping.e}`);
  assert.equal(scrolled, ping.sd - (ping.sd % 5));
});

test("a page that nobody looks at is not looked at", async (t) => {
  const { front, page } = await open(t, { "/left": SCRIPT, "/next": SCRIPT }, "/left");
  await front.until(({ to, path }) => to === "/ingest" && path === "/left");
  await page.evaluate(() => {
    document.hasFocus = () => false; // another window is in front
    dispatchEvent(new Event("blur"));
  });
  const before = await page.evaluate(() => performance.now());
  await page.waitForTimeout(2500); // is what is not measured
  await page.goto(front.url + "/next");
  const ping = await front.until(({ e, path }) => e !== undefined && path === "/left");
  assert.ok(ping.e <= Math.ceil(before / 1000), JSON.stringify(ping));
});

test("what a page asks for is counted under the original's names", async (t) => {
  const marks = ["Outbound", "Download", "Form", "Element"]
    .map((what) => `data-enable-${what}-tracking="true"`)
    .join(" ");
  const { front, page } = await open(
    t,
    {
      "/shop": `<script src="/hk.js" ${marks}></script>${STAYS}
        <a id="out" href="https://other.example/a?secret=1#x">out</a>
        <a id="file" href="/list.PDF?v=1">file</a> <a id="odd" href="/list" download>odd</a>
        <a id="own" href="/elsewhere">own</a> <a id="mail" href="mailto:a@b.example">mail</a>
        <a id="named" data-hk-event="signup" data-hk-prop-plan="pro" href="https://other.example/">named</a>
        <form id="f" action="/send" method="POST" onsubmit="return false"><input name="action">
        <a id="inside" href="https://other.example/">in</a><button id="send">send</button></form>`,
    },
    "/shop",
  );
  await page.waitForFunction(() => window.hk?._extra);
  for (const id of ["out", "file", "odd", "own", "mail", "named", "inside", "send"]) await page.click("#" + id);
  const { hostname } = new URL(front.url);
  await front.sees([
    ["outbound_click", { target_host: "other.example", target_path: "/a", target_protocol: "https" }],
    ["file_download", { file_host: hostname, file_path: "/list.PDF", file_ext: "pdf" }],
    ["file_download", { file_host: hostname, file_path: "/list", file_ext: "unknown" }],
    ["signup", { plan: "pro" }],
    ["form_submit", { action_host: hostname, action_path: "/send", method: "post", same_origin: true, form_id: "f" }],
  ]);
});

test("a page that is not there says so, and from where it was linked", async (t) => {
  const asked = `<script src="/hk.js" data-enable-not-found-tracking="true"></script>`;
  const { front, page } = await open(
    t,
    { "/from": `<a href="/gone">x</a>`, "/gone": { status: 404, html: asked } },
    "/from",
  );
  await page.click("a");
  const { p, i } = await front.until(({ n }) => n === "not_found");
  assert.deepEqual([p, i], [{ path: "/gone", from: `${front.url}/from` }, false]);
});

test("web vitals are told once a page is left, and only where they are asked for", async (t) => {
  const asked = `<script src="/hk.js" data-enable-web-vitals="true"></script><h1>Hello</h1>`;
  const { front, page } = await open(t, { "/fast": asked, "/next": SCRIPT }, "/fast");
  await page.waitForFunction(() => window.hk?._vitals);
  await front.until(({ to, n }) => to === "/ingest/web-vitals" && n === "FCP");
  await page.goto(front.url + "/next");
  for (const name of ["CLS", "LCP", "TTFB"]) await front.until(({ n }) => n === name);
  const told = front.sent.filter(({ to }) => to === "/ingest/web-vitals");
  assert.deepEqual([...new Set(told.map(({ n }) => n))].sort(), ["CLS", "FCP", "LCP", "TTFB"]);
  assert.ok(
    told.every(({ status, p, v, mid }) => status === 202 && p === "/fast" && v >= 0 && mid),
    JSON.stringify(told),
  );
});

test("a strict content security policy with a nonce lets the scripts do their work", async (t) => {
  const policy = "default-src 'none'; script-src 'nonce-abc'; connect-src 'self'";
  const html = `<script nonce="abc" src="/hk.js" data-enable-outbound-tracking="true"></script>`;
  const { front, page } = await open(t, { "/csp": { html, headers: { "Content-Security-Policy": policy } } }, "/csp");
  await page.waitForFunction(() => window.hk?._extra);
  const view = await front.until(({ to, path }) => to === "/ingest" && path === "/csp");
  assert.equal(view.status, 202);
});

/** A page with another product's snippet, whose host leads to HitKeep now. */
const OTHERS = {
  "/plausible": `<script defer data-domain="localhost" src="/js/script.tagged-events.js"></script>${STAYS}
    <script>window.plausible=window.plausible||function(){(window.plausible.q=window.plausible.q||[]).push(arguments)}
      plausible("Early", { props: { a: "b" } });</script>
    <a class="big plausible-event-name=Sign+up plausible-event-position=top" href="/x"><b id="mark">x</b></a>`,
  "/umami": `<script defer src="/script.js" data-website-id="00000000-0000-4000-8000-000000000000"></script>${STAYS}
    <button id="mark" data-umami-event="Signup button" data-umami-event-email="no">x</button>`,
  "/matomo": `<script>var _paq=window._paq=window._paq||[];_paq.push(["setDocumentTitle","T"],["trackPageView"]);
    _paq.push(["setTrackerUrl","/matomo.php"]);_paq.push(["setSiteId","1"]);
    (function(){var d=document,g=d.createElement("script"),s=d.getElementsByTagName("script")[0];
    g.async=true;g.src="/matomo.js";s.parentNode.insertBefore(g,s);})();</script>`,
};

test("Plausible's calls and classes", async (t) => {
  const { front, page } = await open(t, OTHERS, "/plausible");
  await front.until(({ n }) => n === "Early");
  await page.click("#mark");
  await page.evaluate(() => {
    window.plausible("Order", { revenue: { amount: "12.50", currency: "EUR" }, interactive: false });
    window.plausible("pageview", { u: "https://localhost/virtual?x=1", props: { author: "Ada" } });
  });
  const virtual = await front.until(({ to, path }) => to === "/ingest" && path === "/virtual?x=1");
  assert.deepEqual(virtual.p, { author: "Ada" });
  await front.sees([
    ["Early", { a: "b" }],
    ["Sign up", { position: "top" }],
    ["Order", { value: 12.5, currency: "EUR" }],
  ]);
  assert.equal(front.sent.find(({ n }) => n === "Order").i, false);
  assert.equal(front.sent.filter(({ to, path }) => to === "/ingest" && path === "/plausible").length, 1);
  assert.ok(front.sent.every(({ status }) => status === 202));
});

test("Umami's calls and attributes", async (t) => {
  const { front, page } = await open(t, OTHERS, "/umami");
  await front.until(({ to, path }) => to === "/ingest" && path === "/umami");
  await page.click("#mark");
  await page.evaluate(() => {
    window.umami.track("plan", { name: "pro" });
    window.umami.track((page) => ({ ...page, url: "/virtual", title: "V" }));
    window.umami.identify("nobody");
  });
  const virtual = await front.until(({ to, path }) => to === "/ingest" && path === "/virtual");
  assert.equal(virtual.t, "V");
  await front.sees([
    ["Signup button", { email: "no" }],
    ["plan", { name: "pro" }],
  ]);
});

test("Matomo's queue", async (t) => {
  const { front, page } = await open(t, OTHERS, "/matomo");
  const view = await front.until(({ to }) => to === "/ingest");
  assert.deepEqual([view.path, view.t], ["/matomo", "T"]);
  await page.evaluate(() => {
    const paq = window._paq;
    paq.push(["trackEvent", "Video", "play", "intro", 3]);
    paq.push(["addEcommerceItem", "sku1", "Owl", ["Birds"], 9.5, 2]);
    paq.push(["trackEcommerceOrder", "A-1", 19]);
    paq.push(["trackSiteSearch", "owls", false, 0]);
    paq.push(["somethingElse"]);
    paq.push(["setCustomUrl", "/two"], ["trackPageView"]);
  });
  await front.until(({ to, path }) => to === "/ingest" && path === "/two");
  const items = [{ item_id: "sku1", item_name: "Owl", item_category: "Birds", price: 9.5, quantity: 2 }];
  await front.sees([
    ["play", { category: "Video", name: "intro", value: 3 }],
    ["purchase", { transaction_id: "A-1", value: 19, items }],
    ["site search", { term: "owls", results: 0 }],
  ]);
  assert.equal(front.sent.filter(({ to }) => to === "/ingest").length, 2, "views are those that the page asked for");
});
