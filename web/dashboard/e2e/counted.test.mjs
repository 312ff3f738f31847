// "Is everything counted?", against the stand-in server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SITE, becomes, checkAccessibility, close, open, sidewaysScroll, stage } from "./browser.mjs";

const { browser, mock, url, overview } = await stage();

const counted = async (options = {}, site = SITE) => {
  const page = await open(browser, `${url}${site}/counted`, options);
  await page.waitForSelector("hk-todo");
  return page;
};

test("it is reached by the sidebar and says what became of everything", async () => {
  const page = await overview("", { width: 1440 });
  await page.locator(".side").getByRole("link", { name: "Is everything counted?" }).click();
  await page.waitForURL(`${url}${SITE}/counted`);
  await page.waitForFunction(() => document.title === "Is everything counted? · birdwatch.example · HitKeep");
  await becomes(
    () => page.locator("hk-note").first().innerText(),
    /^Yes: what can arrive here is counted\..*86,575 hits 78,577/s,
  );
  await becomes(() => page.locator(".kpis .v").allInnerTexts(), ["86,575", "78,577", "5,236", "2,762", "12 sec ago"]);
  const drops = page.getByRole("table", { name: "Dropped, by reason" });
  await becomes(() => drops.locator("tbody th").first().innerText(), "Page left out by you\n/preview/*");
  assert.equal(
    await drops.getByRole("link", { name: "See the snippet" }).getAttribute("href"),
    `/${SITE}/settings/snippet`,
  );
  await becomes(
    () => page.getByRole("table", { name: "Bots, kept apart" }).locator("tbody tr").first().innerText(),
    /Automated browser\s+HeadlessChrome\s+811\s+2,204/,
  );
  assert.equal(
    await drops.getByRole("link", { name: "See the exclusions" }).getAttribute("href"),
    `/${SITE}/settings/exclusions`,
  );
  await becomes(() => page.getByText("A page view from here would count.").count(), 1);
  await checkAccessibility(page, "is everything counted");
  await close(page);
});

test("bots lead to their visits", async () => {
  const page = await counted({ width: 1440 });
  await page.getByRole("link", { name: "Show these visits" }).first().click();
  await page.waitForURL(`${url}${SITE}?f=visitor_kind:is:automation`);
  await page.waitForSelector(".row");
  await close(page);
});

test("what needs somebody comes first, and is done at once", async () => {
  mock.sites[0].subdomains = null;
  mock.notices = [
    {
      kind: "subdomains_asked",
      level: "warning",
      site_id: mock.sites[0].id,
      domain: "birdwatch.example",
      facts: { hosts: "staging.birdwatch.example", hits: "848" },
    },
  ];
  const page = await counted({ width: 1440 });
  const first = page.locator("hk-todo").first();
  await becomes(() => first.innerText(), /848 hits come from staging\.birdwatch\.example/);
  await becomes(() => page.getByText("2 things need you.").count(), 1, "that, and the host of no site");
  await first.getByRole("button", { name: "Leave it out" }).click();
  await becomes(() => mock.sites[0].excluded_hosts.join(), "staging.birdwatch.example");
  await becomes(() => page.getByText("848 hits come from").count(), 0);
  mock.notices = [];
  mock.sites[0].subdomains = true;
  mock.sites[0].excluded_hosts = [];
  await close(page);
});

test("a proxy that hides visitors, a wrong clock and an exclusion of one's own are said", async () => {
  mock.own = {
    ...{ address: "10.0.0.7", address_header: "", internal: true, unnamed_proxy: true, host: "stats.example" },
    ...{ counts: false, reason: "excluded_network", now: new Date(Date.now() - 90_000).toISOString() },
  };
  const page = await counted();
  await becomes(() => page.getByText("through a proxy that the server does not know").count(), 1);
  await becomes(() => page.getByText(/are (8|9|10)\d s apart/).count(), 1);
  await becomes(() => page.getByText("would not count: Network left out by you").count(), 1);
  mock.own = {};
  await close(page);
});

test("before the first view it says that nothing came", async () => {
  const page = await counted({}, "s/localhost");
  await becomes(() => page.locator("hk-note").first().innerText(), /^Nothing has been counted yet\./);
  await checkAccessibility(page, "nothing counted");
  await close(page);
});

test("it fits a phone and the longest words", async () => {
  for (const locale of ["en-GB", "de-DE"]) {
    const page = await counted({ width: 360, height: 740, hasTouch: true, locale });
    await becomes(() => sidewaysScroll(page), 0);
    await checkAccessibility(page, `is everything counted, ${locale}, phone`);
    await close(page);
  }
});
