// A site's settings: what counts and what is kept, against the stand-in server. HITKEEP_SHOTS=folder keeps the pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { SITE, becomes, checkAccessibility, close, open, sidewaysScroll, stage } from "./browser.mjs";

const { browser, mock, url } = await stage();
const site = mock.sites[0];
const shot = async (page, name) =>
  process.env.HITKEEP_SHOTS &&
  page.screenshot({ path: join(process.env.HITKEEP_SHOTS, `${name}.png`), fullPage: true });
const at = (section, options) => open(browser, `${url}${SITE}/settings/${section}`, options);
const NOBODY = "As it was at first: nobody has changed it.";

test("every section fits any width, light and dark", async () => {
  mock.rules.exclusions = [
    { id: "x", type: "country", country_code: "AQ", description: "", created_at: "2026-11-01T00:00:00Z" },
  ];
  site.former_domains = ["vogelbuch.example"];
  for (const width of [1440, 360]) {
    for (const [section, words] of [
      ["hosts", "vogelbuch.example"],
      ["say-less", "Munich, Bavaria, Germany"],
      ["exclusions", "Country AQ"],
      ["addresses", NOBODY],
    ]) {
      const page = await at(section, { width });
      await page.getByText(words).first().waitFor();
      await checkAccessibility(page, `${section}, ${width}`);
      await becomes(() => sidewaysScroll(page), 0, `${section}, ${width}`);
      await shot(page, `site-${section}-${width}`);
      await close(page);
    }
  }
});

test("a further domain is added, refused where another site has it, and taken out", async () => {
  site.former_domains = [];
  const page = await at("hosts");
  const list = page.locator("hk-hosts li .name");
  await becomes(() => list.allInnerTexts(), ["birdwatch.example"]);
  await page.getByLabel("A further domain").fill("vogelbuch.example");
  await page.keyboard.press("Enter");
  await becomes(() => list.allInnerTexts(), ["birdwatch.example", "vogelbuch.example"]);
  assert.deepEqual(site.former_domains, ["vogelbuch.example"]);
  await page.getByRole("button", { name: /^Take out/ }).click();
  await becomes(() => list.count(), 1);
  assert.deepEqual(site.former_domains, []);
  await close(page);
});

test("what is said less is not kept; the paragraph for the privacy page says so in any language", async () => {
  const page = await at("say-less");
  const stored = page.locator("hk-key-values");
  const paragraph = page.locator("#privacy-panel");
  await page.getByText(NOBODY).waitFor();
  await page.getByRole("radio", { name: "Region" }).click();
  await page.getByRole("switch", { name: "Network" }).click();
  await page.getByText("2 changes: Place and Network").waitFor();
  await becomes(() => stored.innerText(), /Bavaria, Germany[\s\S]*not stored/);
  await becomes(() => paragraph.innerText(), /country and region/);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.deepEqual([mock.rules.of(site.id).location, mock.rules.of(site.id).network], ["region", false]);
  await page.reload();
  await page.getByText(/^Place and Network: changed by .*ann@example\.com/).waitFor();
  await page.getByRole("tab", { name: "Deutsch" }).click();
  await becomes(() => paragraph.innerText(), /Land und Region/);
  assert.equal(await paragraph.getAttribute("lang"), "de");
  assert.doesNotMatch(await paragraph.innerText(), /Anbieter/);
  await checkAccessibility(page, "privacy paragraph");
  await page.getByRole("switch", { name: "Screen" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByText(/^Place and Network: changed by/).waitFor();
  await close(page);
});

test("a network is left out and counted again; what is wrong is said at its field", async () => {
  mock.rules.exclusions = [];
  const page = await at("exclusions", { allowed: [/400/] });
  await page.getByText("Nothing is left out.", { exact: true }).waitFor();
  await page.getByLabel("Address or network").fill("the office");
  await page.keyboard.press("Enter");
  await page.getByText("An IP address or a network, for example").waitFor();
  await page.getByLabel("Address or network").fill("203.0.113.0/24");
  await page.getByLabel("What for").fill("the office");
  await page.keyboard.press("Enter");
  await page.getByText("Address 203.0.113.0/24").waitFor();
  assert.equal(mock.rules.exclusions[0].description, "the office");
  await page.getByRole("combobox", { name: "What" }).click();
  await page.getByRole("option", { name: "Page" }).click();
  await page.getByLabel("Path of the page").fill("/preview/*");
  await page.keyboard.press("Enter");
  await page.getByText("1,592 hits kept out in 28 days").waitFor();
  await page.getByRole("button", { name: /^Count again: .*203/ }).click();
  await becomes(() => page.locator("hk-exclusions li .name").allInnerTexts(), ["Page /preview/*"]);
  await page.locator("hk-trusted-networks").getByLabel("Networks").fill("198.51.100.0/24");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.deepEqual(mock.rules.of(site.id).trusted_networks, ["198.51.100.0/24"]);
  await close(page);
});

test("parameters that stay are words; a wrong one is said at its field", async () => {
  const page = await at("addresses", { allowed: [/400/] });
  const kept = page.getByLabel("Parameters that stay");
  await page.getByText(NOBODY).waitFor();
  await kept.fill("id=7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Names of parameters alone, for example id, page.").waitFor();
  await kept.fill("id, page");
  await page.getByText("1 change: Parameters that stay").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.deepEqual(mock.rules.of(site.id).kept_query, ["id", "page"]);
  await close(page);
});

test("whoever may not change a site reads its settings", async () => {
  mock.viewer = true;
  const page = await at("say-less");
  await page.getByText("Admins can change this.").first().waitFor();
  await becomes(() => page.getByRole("switch", { name: "Network" }).isDisabled(), true);
  mock.viewer = false;
  await close(page);
});

test("the snippet is shown for each kind of site, with what is asked for, which is kept", async () => {
  const page = await at("snippet", { width: 1440 });
  const code = page.locator(".snippet code");
  await becomes(() => code.innerText(), `<script async src="${url}hk.js"></script>`);
  await page.getByRole("checkbox", { name: "Outbound clicks" }).check();
  await becomes(() => code.innerText(), /data-enable-outbound-tracking="true"/);
  await becomes(() => mock.rules.snippets.get(site.id), ["outbound"]);
  await page.getByRole("tab", { name: "Next.js" }).click();
  await becomes(() => code.innerText(), /next\/script[\s\S]*data-enable-outbound-tracking="true"/);
  await checkAccessibility(page, "snippet");
  await shot(page, "site-snippet-1440");
  await page.reload();
  await page.getByRole("checkbox", { name: "Outbound clicks", checked: true }).waitFor();
  await close(page);
});

test("where nothing comes, the server's look and the script in a tab say why", async () => {
  const page = await open(browser, `${url}s/localhost/settings/snippet`, { width: 360, allowed: [/403/] });
  await page.getByRole("button", { name: "Look at the page from here" }).click();
  await page.getByText("The script is not in the page").first().waitFor();
  mock.rules.look = {
    page: "https://localhost/",
    script: `${url}hk.js`,
    found: [{ what: "csp_script", detail: "stats.example" }],
  };
  await page.getByRole("button", { name: "Look at the page from here" }).click();
  await page.getByText("The browser may not load the script").waitFor();
  await page.getByText("to script-src of the page").waitFor();
  mock.rules.look = null;
  await page.getByRole("button", { name: "Look at the page from here" }).click();
  await page.getByText("This server does not look at pages").waitFor();
  mock.rules.tab = `${url}favicon.svg`;
  const tab = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Open the page and ask its script" }).click();
  await (await tab).waitForURL(`${url}favicon.svg#hk-check=CODE`);
  await page.getByText("The page is open; its script is waited for").waitFor();
  mock.rules.report = {
    ...{ host: "blog.example", do_not_track: true, privacy_control: false, opted_out: false },
    ...{ waits: false, manual: false, insecure: false },
  };
  await page.getByText("This browser sends Do Not Track").waitFor();
  await page.getByText("is not a host of this site").waitFor();
  await checkAccessibility(page, "live check");
  await becomes(() => sidewaysScroll(page), 0);
  await shot(page, "site-check-360");
  await close(page);
});

test("one leaves oneself out by a link of the site, or by one's network", async () => {
  mock.rules.exclusions = [];
  const page = await open(browser, `${url}s/localhost/settings/snippet`, { width: 1440 });
  const link = page.getByRole("link", { name: "Not from this browser" });
  assert.equal(await link.getAttribute("href"), "http://localhost/#hk-ignore");
  await page.getByRole("button", { name: /^Not from .*203\.0\.113\.24/ }).click();
  await page.getByText("Visits from your address are not counted from now on.").waitFor();
  assert.equal(mock.rules.exclusions[0].cidr, "203.0.113.24");
  await close(page);
});
