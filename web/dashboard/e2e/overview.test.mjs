// The overview in a real browser, against the stand-in server: what people see and do, with the keyboard too.
// HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { Mock } from "../mock/server.mjs";
import {
  NOW,
  SITE,
  becomes,
  checkAccessibility,
  close,
  focused,
  open,
  sidewaysScroll,
  stage,
  tooSmall,
} from "./browser.mjs";

const { browser, mock, url, overview } = await stage();
const kpi = (page, n) => page.locator(".kpi .v").nth(n).innerText();
const params = (page) => Object.fromEntries(new URL(page.url()).searchParams);

test("filters that are put together come with the address, show, and can be taken away", async () => {
  const tree = "or(country:is:DE,and(page:contains:/guide,not(source:is:Google)))";
  const page = await overview(`?f=${encodeURIComponent(tree)}&f=os:is:Linux`);
  const pills = page.locator(".pill .what");
  assert.equal(
    (await pills.first().innerText()).replace(/\s+/g, " "),
    "Country is Germany or (Page contains /guide and not (Source is Google))",
  );
  assert.deepEqual(mock.asked.at(-1).filters, [
    {
      or: [
        { dimension: "country", op: "is", values: ["DE"] },
        {
          and: [
            { dimension: "page", op: "contains", values: ["/guide"] },
            { not: { dimension: "source", op: "is", values: ["Google"] } },
          ],
        },
      ],
    },
    { dimension: "os", op: "is", values: ["Linux"] },
  ]);
  await checkAccessibility(page, "filters put together");
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "filter-tree.png") });
  await page.setViewportSize({ width: 390, height: 800 });
  await becomes(() => sidewaysScroll(page), 0);
  await page.locator(".pill .remove").first().click();
  await page.waitForFunction(() => document.querySelectorAll(".pill").length === 1);
  assert.equal(params(page).f, "os:is:Linux");
  await close(page);
});

test("places are a map and lists, devices lists with versions, pages say how they were looked at", async () => {
  const page = await overview();
  await page.waitForSelector("hk-world-map [role=button]");
  const germany = page.locator('[role=button][aria-label^="Germany, "]');
  await germany.hover();
  await becomes(() => page.locator(".tip b").innerText(), "Germany");
  await checkAccessibility(page, "map");
  // By keyboard: one stop, arrows to the next country, Enter filters.
  await page.locator("hk-world-map [role=button]").first().focus();
  await page.keyboard.press("ArrowRight");
  await becomes(() => page.locator(".tip b").innerText(), "Austria");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".pill");
  assert.equal(params(page).f, "country:is:AT");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector(".pill"));
  await page.getByRole("tab", { name: "Networks" }).click();
  await page.getByRole("button", { name: /^Deutsche Telekom AG / }).click();
  await page.waitForSelector(".pill");
  assert.equal(params(page).f, "network:is:AS3320 Deutsche Telekom AG");
  assert.equal(params(page).locations, "network");
  await page.getByRole("button", { name: "All browsers" }).click();
  await page.getByRole("radio", { name: "Versions" }).click();
  await page.waitForSelector("text=Chrome 146");
  await checkAccessibility(page, "versions");
  await page.getByRole("button", { name: "Chrome 146" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".pill").length === 2);
  await page.getByRole("button", { name: "All pages" }).click();
  await page.getByRole("columnheader", { name: "Time on page" }).waitFor();
  assert.match(await page.locator(".all-rows tbody tr").first().innerText(), /\ds\s+\d+%$/);
  await page.setViewportSize({ width: 360, height: 800 });
  await becomes(() => sidewaysScroll(page), 0);
  assert.equal(
    await page.getByRole("link", { name: "IP Geolocation by DB-IP" }).getAttribute("href"),
    "https://db-ip.com",
  );
  await close(page);
});

test("what is hidden as bots is said, and a link away", async () => {
  const page = await overview();
  await page.getByRole("link", { name: "1,912 visits hidden as bots" }).click();
  await page.waitForSelector(".pill");
  assert.equal(params(page).f, "visitor_kind:is_not:human");
  assert.equal((await page.locator(".pill .what").innerText()).replace(/\s+/g, " "), "Kind of visitor is not human");
  await becomes(() => page.getByRole("link", { name: /hidden as bots/ }).count(), 0);
  await checkAccessibility(page, "bots");
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "bots.png") });
  // The filter's form offers the kinds that the site has, people first.
  await page.locator(".pill .what").click();
  await page.waitForSelector("dialog[open]");
  await page.locator("dialog hk-chips input").fill("AI cr");
  await page.getByRole("option", { name: /AI crawler/ }).waitFor();
  await close(page);
});

test("what needs attention stands above the figures until it is hidden", async () => {
  mock.notices = [
    {
      kind: "proxy_unnamed",
      level: "alarm",
      facts: { headers: "X-Forwarded-For", peer: "127.0.0.1", setting: "HITKEEP_TRUSTED_PROXIES=127.0.0.1" },
    },
    { kind: "hosts_unknown", level: "warning", facts: { hits: "12", host: "new.example" } },
    { kind: "of_tomorrow", level: "info", facts: {} },
  ];
  const page = await overview("", { width: 390 });
  await page.waitForSelector(".note");
  await becomes(() => page.locator(".note").count(), 3);
  await checkAccessibility(page, "notices");
  await becomes(() => sidewaysScroll(page), 0);
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "notices-390.png") });
  await page.getByRole("button", { name: "Hide: All visitors seem to come from one proxy." }).click();
  await page.reload();
  await page.waitForSelector(".note");
  await becomes(() => page.locator(".note").count(), 2);
  mock.notices = [];
  await close(page);
});

test("the owner decides which hosts count, on the first page and beside the snippet", async () => {
  const site = mock.sites.find((one) => one.domain === "birdwatch.example");
  site.subdomains = null;
  mock.notices = [
    {
      kind: "subdomains_asked",
      level: "warning",
      site_id: site.id,
      domain: site.domain,
      facts: { hits: "12", hosts: "blog.birdwatch.example" },
    },
  ];
  const page = await overview();
  await page.getByRole("button", { name: "Count them", exact: true }).click();
  await page.waitForFunction(() => !document.querySelector(".note"));
  assert.equal(site.subdomains, true);
  mock.notices = [];
  await page.goto(`${url}${SITE}/settings`);
  await page.waitForURL(`${url}${SITE}/settings/general`);
  await page.getByRole("link", { name: "Domains" }).click();
  await page.waitForURL(`${url}${SITE}/settings/hosts`);
  await page.getByLabel("Left out").fill("dev.birdwatch.example");
  await checkAccessibility(page, "snippet and hosts");
  await becomes(() => sidewaysScroll(page), 0);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved. It counts from now on.").waitFor();
  assert.deepEqual(site.excluded_hosts, ["dev.birdwatch.example"]);
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "hosts.png") });
  await close(page);
});

test("while the server is behind, the page says how far its figures go and calls nothing live", async () => {
  mock.appliedUntil = "2026-11-22T13:05:07+01:00";
  const page = await overview("", { locale: "de-DE" });
  await page.waitForSelector("text=Die Zahlen enden am 22. Nov., 13:05");
  await becomes(() => page.locator(".live b").innerText(), "–");
  await checkAccessibility(page, "behind");
  mock.appliedUntil = undefined;
  await close(page);
});

test("every state passes axe", async () => {
  const page = await overview("?f=channel:is_not:paid_search&f=device:is:desktop");
  await checkAccessibility(page, "overview");
  for (const [button, opened] of [
    [".site", ".pop"],
    [".btn.range", "hk-period"],
    ["hk-choice .btn", ".pop"],
  ]) {
    await page.click(button);
    await page.waitForSelector(opened);
    await checkAccessibility(page, `${button} open`);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("f");
  await page.waitForSelector("dialog[open]");
  await checkAccessibility(page, "filter dialog");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "All pages" }).click();
  await page.waitForSelector(".all-rows tbody tr");
  await checkAccessibility(page, "all pages");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Table" }).click();
  await page.waitForSelector("table.series");
  await checkAccessibility(page, "table");
  await page.goto(`${url}account`);
  await page.waitForSelector("#language");
  await checkAccessibility(page, "account");
  await page.goto(`${url}s/localhost`);
  await page.waitForSelector(".first-run");
  await checkAccessibility(page, "no page view yet");
  await page.goto(`${url}s/no-such-site`);
  await page.waitForSelector(".message");
  await checkAccessibility(page, "not found");
  await close(page);
});

test("a day that still runs is held against as much of the day before", async () => {
  const page = await overview("?range=today");
  await page.waitForSelector("text=changes up to 14:20");
  // At 14:20 a whole day would be far ahead.
  await becomes(() => page.locator(".kpi .d").first().innerText(), /^[+−]\d\d?%$/);
  assert.notEqual(await page.locator(".row .c").first().innerText(), "");
  await page.goto(`${url}${SITE}?from=2026-11-01&to=2026-11-07`);
  await page.waitForSelector(".row");
  await page.waitForSelector("text=changes up to", { state: "detached" });
  await close(page);
});

test("nothing scrolls sideways, from a small phone to a wide screen, with long names and German words", async () => {
  for (const [width, height] of [
    [360, 740],
    [768, 1024],
    [1024, 768],
    [1440, 1000],
  ]) {
    for (const dark of [false, true]) {
      const page = await open(
        browser,
        `${url}s/a-rather-long-name-of-a-shop.example?range=12mo&f=page:is:%2Fguide%2Fowls-at-dusk-how-to-find-them-without-disturbing|%2Fmap&metric=visit_duration`,
        { width, height, dark, locale: "de-DE" },
      );
      await page.waitForSelector(".row");
      await becomes(() => sidewaysScroll(page), 0, `${width} px`);
      await page.click(".btn.range");
      await page.waitForSelector("hk-period");
      await becomes(() => sidewaysScroll(page), 0, `${width} px with the range open`);
      await page.keyboard.press("Escape");
      if (process.env.HITKEEP_SHOTS) {
        await page.screenshot({
          path: join(process.env.HITKEEP_SHOTS, `${width}-${dark ? "dark" : "light"}.png`),
          fullPage: true,
        });
      }
      await close(page);
    }
  }
});

test("every language fits a small phone", async () => {
  for (const locale of ["en-GB", "de-DE", "es-ES", "fr-FR", "it-IT", "nl-NL", "pt-BR"]) {
    const page = await overview("?metric=bounce_rate&compare=year", { width: 360, height: 740, locale });
    await becomes(() => page.locator("html").getAttribute("lang"), locale.slice(0, 2));
    await becomes(() => sidewaysScroll(page), 0, locale);
    await page.click(".btn.range");
    await page.waitForSelector("hk-period");
    await becomes(() => sidewaysScroll(page), 0, `${locale} with the range open`);
    if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${locale}.png`) });
    await close(page);
  }
});

test("the keyboard reaches and works everything", async () => {
  const page = await overview();
  /** The chosen member of a group is the one that has the focus, and Tab will leave the group. */
  const chosen = () =>
    page.waitForFunction(() =>
      document.activeElement.matches('[tabindex="0"]:is([aria-checked="true"],[aria-selected="true"])'),
    );
  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "Skip to the content");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "Site: birdwatch.example");
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector(".pop");
  await page.keyboard.press("ArrowDown");
  await becomes(() => focused(page), "localhost");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".pop", { state: "detached" });
  await becomes(() => focused(page), "Site: birdwatch.example");

  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "Filter");
  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "28 d");
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL("**?range=7d");
  await chosen();
  await becomes(() => focused(page), "7 d");

  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".pop");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/compare=year/);
  await becomes(() => focused(page), "Comparison: vs last year");

  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/metric=visits/);
  await page.keyboard.press("End");
  await page.waitForURL(/metric=visit_duration/);
  await chosen();

  await page.keyboard.press("Tab");
  await becomes(() => focused(page), /^Interval: Day/);
  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "Table");
  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "Visit duration over time");
  const value = () => page.locator(".plot").getAttribute("aria-valuetext");
  const last = await value();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((text) => document.activeElement.getAttribute("aria-valuetext") !== text, last);
  await page.waitForSelector(".tip");

  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "1,912 visits hidden as bots");
  await page.keyboard.press("Tab");
  await becomes(() => focused(page), "Sources");
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/sources=channel/);
  await page.waitForSelector("text=Organic search");
  await chosen();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/f=channel:is:organic_search/);
  await page.waitForSelector(".pill");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".pill", { state: "detached" });
  await close(page);
});

test("the address holds the view: reload keeps it, back undoes a question", async () => {
  const page = await overview();
  await page.getByRole("radio", { name: "7 d" }).click();
  await page.waitForURL("**?range=7d");
  await page.getByRole("radio", { name: /Bounce rate/ }).click();
  await page.waitForURL(/metric=bounce_rate/);
  await page.locator(".row", { hasText: "Google" }).click();
  await page.waitForURL(/f=source:is:Google/);
  await page.reload();
  await page.waitForSelector(".pill");
  await becomes(() => page.getByRole("radio", { name: "7 d" }).getAttribute("aria-checked"), "true");
  await becomes(() => page.getByRole("radio", { name: /Bounce rate/ }).getAttribute("aria-checked"), "true");
  await page.goBack();
  await page.waitForSelector(".pill", { state: "detached" });
  assert.deepEqual(params(page), { range: "7d", metric: "bounce_rate" });
  await page.goBack();
  assert.deepEqual(params(page), {});
  await close(page);
});

test("any period with figures can be chosen: from the calendar, typed, or a usual one", async () => {
  const page = await overview();
  const range = page.locator(".btn.range");
  const day = (date) => page.locator(`[data-day="${date}"]`);
  await range.click();
  await day("2026-11-03").click();
  await page.waitForSelector("text=choose the last day");
  await day("2026-11-09").click();
  await page.waitForSelector("text=7 days. In Europe/Berlin.");
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "period.png") });
  // Tomorrow has no figures yet.
  assert.equal(await day("2026-11-23").getAttribute("aria-disabled"), "true");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/from=2026-11-03&to=2026-11-09/);
  await becomes(() => range.innerText(), /^3 – 9 Nov/);

  await range.click();
  await page.getByLabel("From", { exact: true }).fill("2025-05-31");
  await page.getByLabel("To", { exact: true }).fill("2025-06-14");
  await page.waitForSelector("text=Days from 2025-06-01 to 2026-11-22 can be chosen.");
  await becomes(() => page.getByRole("button", { name: "Apply" }).isDisabled(), true);
  await page.getByLabel("From", { exact: true }).fill("2025-06-01");
  // Another comparison is there at once, and leaves what is typed.
  await page.getByRole("dialog").getByRole("radio", { name: "Year before" }).click();
  await page.waitForURL(/compare=year/);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/from=2025-06-01&to=2025-06-14/);

  await range.click();
  await page.getByRole("menuitemradio", { name: "Last 12 months" }).click();
  await page.waitForURL((at) => at.searchParams.get("range") === "12mo" && !at.searchParams.has("from"));
  await becomes(() => page.getByRole("dialog").count(), 0);
  await becomes(() => focused(page), /^Period: /);
  await close(page);
});

test("on a phone the period is one month at the lower edge", async () => {
  const page = await overview("", { width: 390, height: 800, hasTouch: true });
  await page.locator(".btn.range").tap();
  await page.locator('[data-day="2026-11-03"]').waitFor();
  await becomes(() => page.locator("hk-period table").filter({ visible: true }).count(), 1);
  await becomes(async () => {
    const { y, height } = await page.locator(".pop").boundingBox();
    return Math.round(y + height);
  }, 800);
  assert.deepEqual(await tooSmall(page, "hk-period :is(button, input, [role=menuitemradio])"), []);
  await page.setViewportSize({ width: 360, height: 740 });
  assert.deepEqual(await tooSmall(page, "hk-period td button"), []);
  await becomes(() => sidewaysScroll(page), 0);
  await checkAccessibility(page, "period on a phone");
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, "period-390.png") });
  await close(page);
});

/** Chooses in a list that opens below a button. */
const choose = async (where, list, name) => {
  await where.getByRole("combobox", { name: list }).click();
  await where.getByRole("option", { name, exact: true }).click();
};
/** Types a value and takes it. */
const give = async (where, text) => {
  const values = where.getByRole("combobox", { name: "Values" });
  await values.fill(text);
  await values.press("Enter");
  await becomes(() => values.inputValue(), "");
};
const shot = async (page, name) => {
  if (process.env.HITKEEP_SHOTS) await page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${name}.png`) });
};

test("a filter can be made, changed and removed", async () => {
  const page = await overview();
  await page.keyboard.press("f");
  const form = page.getByRole("dialog", { name: "Filter" });
  await becomes(() => focused(page), "Page");
  await choose(form, "What to filter by", "Country");
  await choose(form, "How to compare", "is not");
  // Countries are called otherwise here than by the server.
  await form.getByRole("combobox", { name: "Values" }).fill("germ");
  await page.getByRole("option", { name: /^Germany/ }).waitFor();
  await form.getByRole("combobox", { name: "Values" }).press("Enter");
  await form.getByRole("button", { name: "Remove Germany" }).waitFor();
  await becomes(() => form.getByRole("status").innerText(), /^[\d,]+ of [\d,]+ visitors match \(\d+%\)$/);
  await form.getByRole("combobox", { name: "Values" }).press("Enter");
  await page.waitForURL(/f=country:is_not:DE/);
  await page.getByRole("button", { name: "Change filter: Country is not Germany" }).click();
  await becomes(() => page.locator("hk-chips input").evaluate((one) => one === document.activeElement), true);
  await page.keyboard.type("austria");
  await page.getByRole("option", { name: /^Austria/ }).click();
  await form.getByRole("button", { name: "Apply" }).click();
  await page.waitForSelector("text=Germany or Austria");
  await page.getByRole("button", { name: "Add filter" }).click();
  await page.getByRole("group", { name: "Condition 2" }).waitFor();
  await form.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: /Remove filter/ }).click();
  await page.waitForSelector(".pill", { state: "detached" });
  await close(page);
});

test("values are offered while one types, by the keyboard too", async () => {
  const page = await overview("", { width: 1440 });
  await page.keyboard.press("f");
  const form = page.getByRole("dialog", { name: "Filter" });
  const values = form.getByRole("combobox", { name: "Values" });
  await values.focus();
  await page.keyboard.press("ArrowDown");
  await page.getByText("Page, by visitors").waitFor();
  await page.getByRole("option", { name: "/guide/kingfisher" }).waitFor();
  await page.keyboard.press("Enter");
  await form.getByRole("button", { name: "Remove /guide/kingfisher" }).waitFor();
  await page.keyboard.type("gu");
  await page.getByText("Page with “gu”, by visitors").waitFor();
  await page.getByRole("option", { name: /^Any that contains gu/ }).waitFor();
  await checkAccessibility(page, "values of a filter");
  await shot(page, "filter-values");
  // Escape closes the list, and only then the dialog.
  await page.keyboard.press("Escape");
  await becomes(() => page.getByRole("option").count(), 0);
  await form.waitFor();
  await values.fill("");
  await page.keyboard.press("Backspace");
  await becomes(() => form.getByRole("button", { name: /^Remove \// }).count(), 0);
  await values.fill("gu");
  await page.getByRole("option", { name: /^Any that contains gu/ }).click();
  await becomes(() => form.getByRole("combobox", { name: "How to compare" }).innerText(), "contains");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/f=page:contains:gu$/);
  // What is nowhere is kept, and so is what one leaves in the field.
  await page.getByRole("button", { name: "Change filter: Page contains gu" }).click();
  await give(form, "no/such page");
  await values.fill("nor this");
  await form.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL((at) => at.searchParams.get("f") === "page:contains:gu|no/such page|nor this");
  await close(page);
});

test("conditions of which any holds are one chip, made, changed and taken away as a whole", async () => {
  const page = await overview("?f=os:is:Linux", { width: 1440 });
  const filters = () => new URL(page.url()).searchParams.getAll("f");
  const condition = (n) => page.getByRole("group", { name: `Condition ${n}` });
  await page.keyboard.press("f");
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await becomes(() => focused(page), "Page");
  await choose(condition(3), "What to filter by", "Country");
  await give(condition(3), "Germany");
  await give(condition(3), "Austria");
  await page.getByRole("button", { name: "Condition", exact: true }).nth(1).click();
  await choose(condition(4), "What to filter by", "Property plan");
  await give(condition(4), "pro");
  await checkAccessibility(page, "filter of two groups");
  await shot(page, "filter-any");
  await page.setViewportSize({ width: 360, height: 740 });
  await becomes(() => sidewaysScroll(page), 0);
  await shot(page, "filter-any-360");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: "Apply" }).click();
  await becomes(filters, ["os:is:Linux", "or(country:is:DE|AT,property:plan:is:pro)"]);
  const said = "Country is Germany, Austria or Property plan is pro";
  await becomes(() => page.locator(".pill .what").nth(1).innerText(), said);
  assert.deepEqual(mock.asked.at(-1).filters[1], {
    or: [
      { dimension: "country", op: "is", values: ["DE", "AT"] },
      { dimension: "property:plan", op: "is", values: ["pro"] },
    ],
  });
  await checkAccessibility(page, "filter of two conditions in force");
  await shot(page, "filter-chips");

  // Conditions that all hold are what chips beside each other say.
  await page.getByRole("button", { name: `Change filter: ${said}` }).click();
  await page.getByRole("radio", { name: "All of" }).nth(1).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await becomes(filters, ["os:is:Linux", "country:is:DE|AT", "property:plan:is:pro"]);
  await page.goBack();
  await page.getByRole("button", { name: `Change filter: ${said}` }).click();
  await page.getByRole("button", { name: "Remove condition 2" }).click();
  await becomes(() => condition(3).count(), 0);
  await page.getByRole("button", { name: "Apply" }).click();
  await becomes(filters, ["os:is:Linux", "property:plan:is:pro"]);
  await page.goBack();
  await page.getByRole("button", { name: `Remove filter: ${said}` }).click();
  await becomes(filters, ["os:is:Linux"]);
  await close(page);
});

test("what is nested deeper than the form can say is kept in it, or taken away", async () => {
  const deep = "or(country:is:DE,and(page:contains:/guide,source:is:Google))";
  const page = await overview(`?f=not(os:is:Linux)&f=${encodeURIComponent(deep)}`);
  const filters = () => new URL(page.url()).searchParams.getAll("f");
  await page.getByRole("button", { name: /^Change filter: Country/ }).click();
  const form = page.getByRole("dialog", { name: "Filter" });
  await becomes(() => form.getByRole("combobox", { name: "How to compare" }).innerText(), "is not");
  await checkAccessibility(page, "filter with a nested part");
  await shot(page, "filter-nested");
  await form.getByRole("button", { name: "Apply" }).click();
  await becomes(filters, ["os:is_not:Linux", deep]);
  await page.keyboard.press("f");
  await form.getByRole("button", { name: /^Remove filter: Country/ }).click();
  await form.getByRole("button", { name: "Apply" }).click();
  await becomes(filters, ["os:is_not:Linux"]);
  await close(page);
});

test("what is pressed stays below the pointer while what was typed becomes one more line of chips", async () => {
  const page = await overview("?f=page:contains:gu", { width: 1440 });
  await page.getByRole("button", { name: "Change filter: Page contains gu" }).click();
  const form = page.getByRole("dialog", { name: "Filter" });
  const long = ["no such page with a long name that fills", "nor this one, whose name is as long"];
  await give(form, long[0]);
  await form.getByRole("button", { name: `Remove ${long[0]}` }).waitFor();
  await form.getByRole("combobox", { name: "Values" }).fill(long[1]);
  const place = async () => (await form.getByRole("button", { name: "Apply" }).boundingBox()).y;
  const { x, y } = await form.getByRole("button", { name: "Apply" }).boundingBox();
  await page.mouse.move(x + 20, y + 3);
  await page.mouse.down();
  await becomes(() => page.evaluate(() => document.activeElement.type), "submit");
  await page.waitForTimeout(100);
  assert.equal(await place(), y);
  await page.mouse.up();
  await page.waitForURL((at) => at.searchParams.get("f") === `page:contains:gu|${long.join("|")}`);
  await close(page);
});

test("a value that is typed before the choices have come is taken once they are there", async () => {
  const page = await overview("", { width: 1440 });
  await page.keyboard.press("f");
  const form = page.getByRole("dialog", { name: "Filter" });
  await choose(form, "What to filter by", "Country");
  mock.delay = 500;
  const values = form.getByRole("combobox", { name: "Values" });
  await values.fill("Germany");
  await values.press("Enter");
  assert.equal(await values.inputValue(), "Germany");
  await form.getByRole("button", { name: "Remove Germany" }).waitFor();
  assert.equal(await values.inputValue(), "");
  mock.delay = 0;
  await close(page);
});

test("how many match can be read while it is found out anew", async () => {
  const page = await overview("?f=os:is:Linux", { width: 1440 });
  await page.keyboard.press("f");
  const count = page.locator(".count");
  await becomes(() => count.innerText(), /match/);
  mock.delay = 3_000;
  await give(page.getByRole("group", { name: "Condition 2" }), "/guide");
  await page.locator(".count.busy").waitFor();
  await checkAccessibility(page, "filter while its visitors are counted");
  assert.match(await count.getAttribute("class"), /busy/);
  mock.delay = 0;
  await close(page);
});

test("under a finger every part of the filter form is large enough", async () => {
  const page = await overview("?f=country:is:DE&f=or(os:is:Linux,page:is:/map)", { width: 390, hasTouch: true });
  const small = (selector) => tooSmall(page, selector);
  await page.locator(".pill .what").first().waitFor();
  assert.deepEqual(await small(".filters button"), []);
  await page.getByRole("button", { name: "Add filter" }).tap();
  await page.getByRole("dialog", { name: "Filter" }).waitFor();
  assert.deepEqual(await small("dialog button, dialog input"), []);
  await becomes(() => sidewaysScroll(page), 0);
  await shot(page, "filter-390");
  // The list stands where it fits.
  await page.getByRole("combobox", { name: "Values" }).nth(3).fill("gu");
  await page.getByRole("option", { name: /^Any that contains gu/ }).waitFor();
  await becomes(async () => {
    const { y, height } = await page.getByRole("listbox").locator("..").boundingBox();
    return y >= 0 && y + height <= 900;
  }, true);
  await page.keyboard.press("Escape");
  // What does not fit scrolls above the buttons.
  await page.setViewportSize({ width: 390, height: 500 });
  const { y, height } = await page.getByRole("button", { name: "Apply" }).boundingBox();
  assert.ok(y + height <= 500);
  await close(page);
});

test("the whole list is searched on the server", async () => {
  const page = await overview();
  await page.getByRole("button", { name: "All pages" }).click();
  await page.waitForURL(/all=pages/);
  await page.waitForSelector("text=12 entries");
  await page.getByRole("searchbox").fill("GUIDE");
  await page.waitForSelector("text=5 entries");
  await page.getByRole("button", { name: "/guide/wren" }).click();
  await page.waitForURL(/f=page:is:/);
  await becomes(() => page.locator("dialog").count(), 0);
  await close(page);
});

test("figures move with a hit, without a reload, and the page asks one thing at a time", async () => {
  const page = await open(browser, `${url}s/localhost`);
  await page.waitForSelector(".first-run");
  const site = mock.sites.find((other) => other.domain === "localhost");
  const loaded = await page.evaluate(() => performance.timeOrigin);
  mock.hit(site.id, "/first");
  await page.waitForSelector(".row", { timeout: 20_000 });
  await becomes(() => kpi(page, 2), "1");
  const asked = mock.asked.length;
  for (let i = 0; i < 100; ++i) mock.hit(site.id, "/more");
  await page.waitForFunction(() => document.querySelectorAll(".kpi .v")[2].innerText === "101", null, {
    timeout: 20_000,
  });
  assert.ok(mock.asked.length - asked <= 4, `${mock.asked.length - asked} requests for a burst`);
  await becomes(() => page.evaluate(() => performance.timeOrigin), loaded);
  await close(page);
});

test("a hit between the first answer and the beginning of the stream is not missed", async () => {
  const page = await open(browser);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/realtime", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${url}s/localhost`);
  await page.waitForSelector(".row");
  const before = await kpi(page, 2);
  mock.hit(mock.sites.find((other) => other.domain === "localhost").id, "/unheard");
  release();
  await page.waitForFunction((text) => document.querySelectorAll(".kpi .v")[2].innerText !== text, before);
  await close(page);
});

test("the old content stays until the new is there, and nothing jumps", async () => {
  const page = await overview();
  // Where everything is that stays while figures change.
  const places = () =>
    page.evaluate(() =>
      [
        ...document.querySelectorAll(
          ".ctx > :not(.progress), .seg button, .kpi, .plot, .panel, .tabs button, .row, .row .c, footer > *",
        ),
      ].map((element) => Object.values(element.getBoundingClientRect().toJSON()).join()),
    );
  const placed = await places();
  const before = await kpi(page, 0);
  const rows = await page.locator(".row").count();
  // As long as it takes to look at all of the page; it is not waited for.
  mock.delay = 5_000;
  await page.getByRole("radio", { name: "12 mo" }).click();
  await page.waitForURL(/range=12mo/);
  await becomes(() => kpi(page, 0), before);
  await becomes(() => page.locator(".row").count(), rows);
  await becomes(() => places(), placed);
  mock.delay = 0;
  // A second question overtakes the first, whose answer must not come back over it.
  const overtaken = page.waitForEvent("requestfailed");
  await page.getByRole("radio", { name: "7 d" }).click();
  await overtaken;
  await page.waitForFunction((text) => document.querySelector(".kpi .v").innerText !== text, before);
  mock.delay = 700;
  await page.getByRole("radio", { name: "28 d" }).click();
  await page.waitForFunction((text) => document.querySelector(".kpi .v").innerText === text, before);
  mock.delay = 0;
  await becomes(() => places(), placed);
  await close(page);
});

test("a failure is said, the figures stay, and the next answer clears it", async () => {
  const page = await overview("", { allowed: [/503/] });
  const before = await kpi(page, 0);
  await page.route("**/query", (route) =>
    route.fulfill({ status: 503, json: { status: 503, code: "busy", message: "" } }),
  );
  await page.getByRole("radio", { name: "7 d" }).click();
  await page.waitForSelector('[role="alert"]');
  await becomes(() => kpi(page, 0), before);
  await page.unroute("**/query");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.waitForSelector('[role="alert"]', { state: "detached" });

  // Without a click it is asked again after a while.
  await page.route("**/query", (route) => route.fulfill({ status: 503, body: "" }));
  await page.getByRole("radio", { name: "28 d" }).click();
  await page.waitForSelector('[role="alert"]');
  await page.unroute("**/query");
  await page.waitForSelector('[role="alert"]', { state: "detached" });
  await close(page);
});

test("nothing moves for those who asked for less motion", async () => {
  const page = await overview("", { reducedMotion: "reduce" });
  await page.getByRole("radio", { name: "7 d" }).click();
  await becomes(() => page.evaluate(() => document.getAnimations().length), 0);
  await close(page);
});

test("languages: the browser's first, then the reader's choice", async () => {
  const page = await overview("", { locale: "de-AT" });
  await becomes(() => page.locator("html").getAttribute("lang"), "de");
  await page.waitForSelector("text=Absprungrate");
  await page.goto(`${url}account`);
  await choose(page, "Sprache Deutsch", "English");
  await page.waitForSelector("text=Language");
  await page.goto(`${url}${SITE}`);
  await page.waitForSelector("text=Bounce rate");
  await close(page);
});

test("a sign-out is one for every tab, and a sign-in leaves no form behind", async () => {
  mock.signedIn = true;
  const page = await overview("?range=7d", { allowed: [/401/] });
  const other = await page.context().newPage();
  await other.goto(`${url}account`);
  await other.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/login\?next=/);
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector("#password-error");
  await page.waitForFunction(() => document.activeElement.id === "password");
  await page.getByLabel("Password").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/s/birdwatch.example?range=7d");
  await page.goto(`${url}login`);
  await page.waitForURL("**/s/birdwatch.example");
  await close(page);
});

test("a lost connection is said without a move of the page, nothing is called live, and it heals by itself", async () => {
  const own = new Mock({ now: NOW });
  own.signedIn = true;
  const port = await own.listen();
  const page = await open(browser, `http://localhost:${port}/${SITE}`, { allowed: [/ERR_/] });
  await page.waitForSelector(".live.on");
  const top = (await page.locator(".kpis").boundingBox()).y;
  await own.close();
  await page.waitForSelector('[role="alert"]', { timeout: 20_000 });
  await checkAccessibility(page, "connection lost");
  assert.equal((await page.locator(".kpis").boundingBox()).y, top);
  await becomes(() => page.locator(".live").innerText(), /^–/);
  const again = new Mock({ now: NOW });
  again.signedIn = true;
  await again.listen(port);
  await page.waitForSelector('[role="alert"]', { state: "detached", timeout: 20_000 });
  await page.waitForSelector(".live.on");
  await close(page);
  await again.close();
});

test("the start page is the site that was looked at last", async () => {
  const page = await open(browser, `${url}s/localhost`);
  await page.waitForSelector(".ctx");
  await page.goto(`${url}account`);
  await page.waitForSelector("hk-profile");
  await page.goto(url);
  await page.waitForURL("**/s/localhost");
  await close(page);
});

test("an ended session leads to the login and back to the same view", async () => {
  const page = await overview("?range=7d", { allowed: [/401/] });
  // With the next question: what else asks (notices) would lead to the login before the click.
  const endSession = (route) => {
    mock.signedIn = false;
    return route.continue();
  };
  await page.route("**/query", endSession, { times: 1 });
  await page.getByRole("radio", { name: "12 mo" }).click();
  await page.waitForURL(/login\?next=/);
  await checkAccessibility(page, "login");
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/s/birdwatch.example?range=12mo");
  await page.waitForSelector(".row");
  await close(page);
});
