// A stand-in for the server, for working on the dashboard and for its browser tests: the same API (e2e/api.test.mjs holds it
// against docs/openapi.json), the same content security policy, made-up figures. Not part of anything that is shipped.
//
//   node mock/server.mjs [--port=8090] [--base=/hitkeep/] [--fresh] [--now=2026-11-22T14:20:00Z]
//
// --fresh: a new instance that wants its set-up (code: MOCK). Otherwise one owner (ann@example.com, "correct horse")
// and three sites. POST /ingest counts a page view of the site named by Origin, as the tracker's would. Mail is not sent:
// after POST /api/auth/forgot-password for the owner, reset-password#token=MOCK works once.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { Factors } from "./factors.mjs";
import { People } from "./people.mjs";
import { Rules } from "./rules.mjs";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "../../dist");
const DAY = 86_400_000;
const HOUR = 3_600_000;
const OWNER = "00000000-0000-4000-9000-000000000001";
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
const MIME = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".txt": "text/plain",
};

/** Of an owner. */
const TEAM_PERMISSIONS = [
  "team.create_sites",
  "team.view_members",
  "team.manage_members",
  "team.manage_settings",
  "team.transfer_ownership",
  "team.delete",
  "team.view_audit",
  "team.manage_api_clients",
];

/** What the pages of a site with figures tell with their events. */
const PROPERTIES = ["plan", "species"];

const LISTS = {
  "property:plan": ["free", "pro"],
  page: [
    "/guide/kingfisher",
    "/guide",
    "/",
    "/guide/owls-at-dusk-how-to-find-them-without-disturbing",
    "/sightings/2026-11-02",
    "/map",
    "/about",
    "/newsletter",
    "/guide/heron",
    "/guide/wren",
    "/imprint",
    "/privacy",
  ],
  entry_page: [
    "/guide/kingfisher",
    "/",
    "/guide/owls-at-dusk-how-to-find-them-without-disturbing",
    "/guide",
    "/map",
    "/about",
  ],
  exit_page: ["/newsletter", "/guide/kingfisher", "/map", "/", "/guide", "/about", "/imprint"],
  channel: ["organic_search", "direct", "ai_assistant", "referral", "organic_social", "email", "paid_search"],
  source: [
    "Google",
    "",
    "ChatGPT",
    "Hacker News",
    "DuckDuckGo",
    "Mastodon",
    "Bing",
    "Perplexity",
    "Reddit",
    "birdclub.example",
  ],
  referrer: [
    "google.com",
    "",
    "chatgpt.com",
    "news.ycombinator.com/item",
    "duckduckgo.com",
    "mastodon.social/@birds",
    "bing.com",
  ],
  utm_campaign: ["", "autumn-migration", "newsletter-44", "garden-birds-2026"],
  utm_source: ["", "newsletter", "mastodon"],
  utm_medium: ["", "email", "social"],
  country: ["DE", "AT", "CH", "GB", "NL", "FR", "DK", "PL", "SE", "US", "ES", "IT", "JP", "SG"],
  region: ["Bavaria, DE", "State of Berlin, DE", "Vienna, AT", "Upper Austria, AT", "England, GB"],
  city: ["Munich, Bavaria, DE", "Berlin, State of Berlin, DE", "Vienna, Vienna, AT", "Linz, Upper Austria, AT", ""],
  network: ["AS3320 Deutsche Telekom AG", "AS8447 A1 Telekom Austria AG", "AS3209 Vodafone GmbH", "AS64512"],
  browser: ["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet", "Opera"],
  browser_version: ["Chrome 146", "Safari 26.1", "Firefox 147", "Chrome 145", "Edge 146"],
  os_version: ["Windows", "Android", "iOS 26.1", "macOS 15", "iOS 18.6"],
  screen: ["xs", "l", "m", "xl", "s", "unknown"],
  visitor_kind: ["ai_crawler", "search", "monitor", "preview"],
  os: ["Android", "Windows", "iOS", "macOS", "Linux"],
  device: ["mobile", "desktop", "tablet"],
  language: ["de", "en", "de-AT", "fr", "nl"],
  hostname: ["birdwatch.example", "www.birdwatch.example"],
};
const PRESET_DAYS = { today: 1, "7d": 7, "28d": 28 };

/** A number in [0, 1) that depends on the text alone. */
function noise(text) {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  h = Math.imul(h ^ (h >>> 15), 2246822507);
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296;
}

const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
const dayOf = (text) => Date.parse(`${text}T00:00:00Z`);

export class Mock {
  constructor({ fresh = false, now = undefined, base = "/", delay = 0, mail = true } = {}) {
    this.base = base;
    this.mail = mail;
    this.resetToken = null;
    this.delay = delay;
    this.now = now ? () => Date.parse(now) : () => Date.now();
    this.owner = fresh ? null : { email: "ann@example.com", password: "correct horse" };
    this.people = new People(this);
    this.rules = new Rules(this);
    this.sites = [];
    this.notices = [];
    this.appliedUntil = undefined; // local time, while the server is behind
    this.signedIn = false;
    this.factors = new Factors(this.people);
    this.hits = new Map();
    this.streams = new Set();
    /** What did not count, by reason. */
    this.dropped = {};
    this.bots = {};
    /** Bodies of all queries so far, for tests. */
    this.asked = [];
    if (!fresh)
      for (const domain of ["birdwatch.example", "localhost", "a-rather-long-name-of-a-shop.example"])
        this.addSite(domain, "Europe/Berlin", domain !== "localhost");
    this.server = createServer(
      (request, response) =>
        void this.answer(request, response).catch((error) => {
          console.error(error);
          response.destroy();
        }),
    );
  }

  /** Keeps no process alive: a test that fails before close() must end all the same. */
  listen(port = 0) {
    this.server.unref();
    return new Promise((resolve) => this.server.listen(port, "127.0.0.1", () => resolve(this.server.address().port)));
  }

  close() {
    for (const stream of this.streams) stream.response.end();
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  addSite(domain, zone, demo = false) {
    const site = {
      id: `00000000-0000-4000-8000-${String(this.sites.length + 1).padStart(12, "0")}`,
      user_id: OWNER,
      domain,
      zone,
      created_at: "2025-06-01T00:00:00Z",
      data_retention_days: 0,
      subdomains: true,
      excluded_hosts: [],
      labels: [],
      demo,
    };
    this.sites.push(site);
    this.hits.set(site.id, []);
    return site;
  }

  async answer(request, response) {
    const url = new URL(request.url, "http://x");
    response.setHeader("Content-Security-Policy", POLICY);
    if (!url.pathname.startsWith(this.base)) return this.problem(response, 404, "not_found", "Not here");
    const path = url.pathname.slice(this.base.length - 1);
    let body = "";
    for await (const chunk of request) body += chunk;
    if (path === "/ingest") return this.ingest(request, response, body);
    if (!path.startsWith("/api/")) return this.file(response, path);
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    const json = body ? JSON.parse(body) : {};
    const route = `${request.method} ${path}`;
    const site = /^\/api\/sites\/([^/]+)\/(query|realtime|ingest-status|counted|events\/properties)$/.exec(path);
    if (route === "GET /api/status") return this.json(response, 200, this.status());
    if (route === "POST /api/initial-user") return this.setUp(response, json);
    if (route === "POST /api/login") {
      if (json.email !== this.owner?.email || json.password !== this.owner?.password)
        return this.problem(response, 401, "unauthenticated", "Invalid email or password");
      if (this.factors.on) return this.json(response, 200, this.factors.challenge());
      this.signedIn = true;
      return this.json(response, 200, { status: "ok" });
    }
    const factor = this.factors.answer(route, json, this.signedIn);
    if (factor) {
      if (path.startsWith("/api/auth/") && factor[0] === 200) this.signedIn = true;
      return this.json(response, ...factor);
    }
    if (route === "POST /api/auth/forgot-password") return this.forgot(response, json);
    if (route === "POST /api/auth/reset-password") return this.reset(response, json);
    if (!this.signedIn && route !== "POST /api/auth/accept-invite")
      return this.problem(response, 401, "unauthenticated", "Sign in first");
    if (route === "POST /api/logout") {
      this.signedIn = false;
      return this.json(response, 200, { status: "ok" });
    }
    if (route === "POST /api/user/password") return this.changePassword(response, json);
    if (route === "POST /api/auth/session/extend") return this.json(response, 200, this.session());
    if (route === "GET /api/user/bootstrap") {
      const spoken = /^[a-z]{2}/.exec(request.headers["accept-language"] ?? "")?.[0] ?? "en";
      return this.json(response, 200, this.bootstrap(spoken));
    }
    const about = this.people.answer(request.method, path, url.searchParams, json);
    if (about?.problem) return this.problem(response, about.status, ...about.problem);
    if (about?.status === 204) return response.writeHead(204).end();
    if (about) return this.json(response, about.status, about.body);
    const ruled = this.rules.answer(request.method, path, url.searchParams, json);
    if (ruled?.[0] === 204) return response.writeHead(204).end();
    if (ruled) return this.json(response, ...ruled);
    const changed = /^PATCH \/api\/sites\/([^/]+)$/.exec(route);
    if (changed) {
      const one = this.sites.find((other) => other.id === changed[1]);
      const { zone, domain } = one;
      Object.assign(one, json);
      if (one.zone !== zone) Object.assign(one, { zone_from: iso(this.now() + 86_400_000), zone_before: zone });
      if (one.domain !== domain) one.former_domains = [...(one.former_domains ?? []), domain];
      return this.json(response, 200, this.shown(one));
    }
    const life = /^(POST|PUT|DELETE) \/api\/sites\/([^/]+)(\/reset|\/pin|)$/.exec(route);
    if (life) {
      const one = this.sites.find((other) => other.id === life[2]);
      if (life[3] === "/pin") {
        one.pinned = life[1] === "PUT";
        return response.writeHead(204).end();
      }
      if (json.domain !== one.domain)
        return this.problem(response, 400, "invalid", `must be the site's domain, ${one.domain}`, "domain");
      if (life[3]) this.hits.set(one.id, []);
      else this.sites = this.sites.filter((other) => other !== one);
      return this.json(response, 200, { status: "ok" });
    }
    if (route === "GET /api/notices") return this.json(response, 200, this.notices);
    if (route === "GET /api/request") return this.json(response, 200, this.ownRequest());
    if (route === "GET /api/admin/counted") return this.json(response, 200, this.counted(undefined, url.searchParams));
    if (route === "GET /api/sites") return this.json(response, 200, this.sites.map(this.shown));
    if (route === "POST /api/sites") {
      if (!/^[a-z0-9.-]+$/.test(json.domain))
        return this.problem(response, 400, "invalid", "Use a domain such as example.com", "domain");
      if (this.sites.some((other) => other.domain === json.domain))
        return this.problem(response, 409, "conflict", "This domain is there already", "domain");
      return this.json(response, 200, this.shown(this.addSite(json.domain, json.zone)));
    }
    const known = site && this.sites.find((other) => other.id === site[1]);
    if (known && site[2] === "query") {
      this.asked.push(json);
      return this.json(response, 200, this.query(known, json));
    }
    if (known && site[2] === "events/properties") return this.json(response, 200, known.demo ? PROPERTIES : []);
    if (known && site[2] === "counted") return this.json(response, 200, this.counted(known, url.searchParams));
    if (known && site[2] === "ingest-status") return this.json(response, 200, this.ingestStatus(known));
    if (known) return this.realtime(response, known);
    return this.problem(response, 404, "not_found", "No such path");
  }

  /** A site as the server shows it. */
  shown(site) {
    const shown = { ...site };
    delete shown.demo; // whose figures are made up
    return shown;
  }

  status() {
    return {
      needs_setup: !this.owner,
      version: "0.1.0-mock",
      mail: this.mail,
      passkeys: false,
      public_url: this.publicUrl ?? "",
    };
  }

  session() {
    const now = this.now();
    return {
      expires_at: new Date(now + 900_000).toISOString(),
      issued_at: new Date(now).toISOString(),
      duration_seconds: 900,
      warning_seconds: 120,
      extendable: true,
      timing_adjustable: true,
      remembered: false,
      remember_me_duration_days: 30,
    };
  }

  bootstrap(spoken = "en") {
    return {
      session: this.session(),
      profile: this.people.profile(),
      preferences: { default_locale: spoken, ...this.people.preferences },
      teams: { active_team_id: this.people.active, recent_team_ids: [], teams: this.people.teams },
      permissions: {
        instance_role: "owner",
        permissions: Object.fromEntries(this.sites.map((site) => [site.id, "owner"])),
        instance_permissions: ["instance.manage_sites", "instance.manage_system", "instance.view_audit"],
        instance_capabilities: ["instance.manage_sites", "instance.manage_system", "instance.view_audit"],
        active_team_capabilities: this.viewer ? ["team.create_sites", "team.view_members"] : TEAM_PERMISSIONS,
        site_capabilities: Object.fromEntries(
          this.sites.map(({ id }) => [
            id,
            this.viewer
              ? ["site.view"]
              : ["site.view", "site.manage_data", "site.manage_team", "site.view_audit", "site.delete"],
          ]),
        ),
      },
      sites: this.sites.map(this.shown),
      status: this.status(),
    };
  }

  ingestStatus(site) {
    return {
      site_id: site.id,
      since: new Date(this.now()).toISOString(),
      dropped: this.dropped,
      bots: this.bots,
      hosts: [],
    };
  }

  /** What became of the hits of a site, or of those that are of none. */
  counted(site, params) {
    const now = this.now();
    const before = (seconds) => new Date(now - seconds * 1000).toISOString();
    const name = (of, hits) => ({ name: of, hits });
    const empty = {
      from: params.get("from") ?? iso(now),
      to: params.get("to") ?? iso(now),
      first_day: null,
      now: before(0),
      ...{ received: 0, counted: 0, pageviews: 0, events: 0, reports: 0, ai_fetches: 0 },
      ...{ kept_apart: 0, dropped: 0, not_kept: 0 },
      ...{ last_pageview: null, last_event: null, last_server_hit: null },
      hits_per_minute: Array.from({ length: 60 }, () => 0),
      dropped_by: [],
      machines: [],
    };
    const drop = (reason, remedy, hits, last, ...names) => ({ reason, remedy, hits, last: before(last), names });
    if (!site) {
      const strangers = drop("unknown_site", "add_site", 31, 300, name("birdwatch-preview.example", 31));
      return { ...empty, received: 31, dropped: 31, dropped_by: [strangers] };
    }
    if (!site.demo) return { ...empty, site_id: site.id };
    const below = site.subdomains
      ? []
      : [drop("subdomain", "count_hosts", 848, 120, name(`staging.${site.domain}`, 848))];
    const machine = (of, hits, ...names) => ({ class: of, hits, last: before(60), names, example: "/guide" });
    return {
      ...empty,
      site_id: site.id,
      first_day: "2026-10-26",
      received: 86_575,
      counted: 78_577,
      pageviews: 61_037,
      events: 17_540,
      kept_apart: 5_236,
      dropped: 2_762,
      not_kept: 12,
      last_pageview: before(12),
      last_event: before(65),
      last_server_hit: before(7_300),
      hits_per_minute: Array.from({ length: 60 }, (_, i) => 4 + ((i * 7) % 5)),
      dropped_by: [
        drop("excluded_path", "exclusions", 1_592, 720, name("/preview/*", 1_592)),
        ...below,
        drop("spam", "none", 96, 86_400, name("buttons-for-website.example", 96)),
        drop("event_unnamed", "snippet", 12, 172_800),
      ],
      machines: [
        machine("automation", 2_204, name("HeadlessChrome", 2_204)),
        machine("search", 1_418, name("Googlebot", 1_000), name("Bingbot", 418)),
      ],
    };
  }

  ownRequest() {
    return {
      ...{ address: "203.0.113.24", address_header: "x-forwarded-for", internal: false, unnamed_proxy: false },
      ...{ scheme: "http", host: "localhost", counts: true },
      ...{ country: "DE", city: "Berlin, State of Berlin, DE", asn: 3320, network: "Deutsche Telekom AG" },
      ...{ browser: "Firefox", os: "Linux", device: "desktop", language: "de", do_not_track: false },
      privacy_control: false,
      now: new Date(Date.now()).toISOString(),
      ...this.own,
    };
  }

  setUp(response, json) {
    if (this.owner) return this.problem(response, 403, "forbidden", "Setup has already been completed.");
    if (json.setup_code !== "MOCK")
      return this.problem(response, 403, "forbidden", "The setup code is wrong", "setup_code");
    this.owner = { email: json.email, password: json.password };
    this.signedIn = true;
    return this.json(response, 201, { status: "ok" });
  }

  forgot(response, json) {
    if (!this.mail) return this.problem(response, 503, "unavailable", "This server sends no mail");
    if (json.email === this.owner?.email) this.resetToken = "MOCK";
    return this.json(response, 200, { status: "ok", message: "If the account exists, a mail is on its way." });
  }

  reset(response, json) {
    if (!this.resetToken || json.token !== this.resetToken)
      return this.problem(response, 400, "invalid", "Invalid or expired link; ask for a new one", "token");
    this.resetToken = null;
    this.owner.password = json.password;
    this.signedIn = false;
    return this.json(response, 200, { status: "ok", message: "Password changed" });
  }

  changePassword(response, json) {
    if (json.current_password !== this.owner.password)
      return this.problem(response, 403, "forbidden", "Current password is incorrect", "current_password");
    if (/^password/.test(json.new_password))
      return this.problem(response, 400, "invalid", "password is one of the commonest", "new_password");
    this.owner.password = json.new_password;
    return this.json(response, 200, { status: "ok" });
  }

  ingest(request, response, body) {
    const host = new URL(request.headers.origin ?? "http://localhost").hostname;
    const site = this.sites.find((other) => other.domain === host);
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (!site) return this.problem(response, 404, "not_found", "Site not found");
    this.hit(site.id, JSON.parse(body || "{}").path ?? "/");
    response.writeHead(202).end();
  }

  hit(siteId, path) {
    this.hits.get(siteId).push({ at: this.now(), path });
    for (const stream of this.streams) {
      if (stream.site === siteId)
        stream.response.write(
          `id: ${Date.now()}\nevent: analytics.changed\ndata: {"site_id":"${siteId}","kinds":["hits"],"counts":{"hits":1}}\n\n`,
        );
    }
  }

  realtime(response, site) {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    response.write(": connected\nretry: 3000\n\n");
    const stream = { site: site.id, response };
    this.streams.add(stream);
    response.on("close", () => this.streams.delete(stream));
  }

  // --- figures -------------------------------------------------------------------------------

  range(name) {
    const today = dayOf(iso(this.now()));
    if (typeof name === "object") return { from: dayOf(name.from), to: dayOf(name.to), months: 0 };
    if (name === "12mo") {
      const date = new Date(today);
      return { from: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 11, 1), to: today, months: 12 };
    }
    return { from: today - (PRESET_DAYS[name] - 1) * DAY, to: today, months: 0 };
  }

  before(range, kind) {
    const shift = (ms, months) => {
      const date = new Date(ms);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate());
    };
    const length = range.to - range.from;
    if (kind === "year") return { from: shift(range.from, -12), to: shift(range.from, -12) + length };
    if (range.months) return { from: shift(range.from, -range.months), to: shift(range.to, -range.months) };
    return { from: range.from - length - DAY, to: range.from - DAY };
  }

  query(site, body) {
    const range = this.range(body.range);
    const before = body.compare ? this.before(range, body.compare) : undefined;
    // A period that is still running is compared with as much of the other one.
    if (before && range.to + DAY > this.now()) before.until = this.now() - (range.to - before.to);
    const own = this.hits.get(site.id);
    const results = {};
    for (const [name, query] of Object.entries(body.queries)) {
      if (body.machines) {
        const kinds = [
          ["automation", 811],
          ["search", 502],
        ].map(([kind, visits]) => ({ dimensions: [kind], metrics: [visits] }));
        results[name] = { rows: site.demo ? kinds : [], more: 0 };
        continue;
      }
      const filters = [...(body.filters ?? []), ...(query.filters ?? [])];
      results[name] = this.result(site, query, filters, range, before);
    }
    const live = own.filter((hit) => hit.at > this.now() - 5 * 60_000).length ? 1 : 0;
    return {
      site_id: site.id,
      zone: site.zone,
      now: new Date(this.now()).toISOString(),
      range: { from: iso(range.from), to: iso(range.to) },
      compare: before ? this.period(before) : null,
      first_day: site.demo ? "2025-06-01" : own.length ? iso(own[0].at) : null,
      ...(this.appliedUntil ? { applied_until: this.appliedUntil } : {}),
      live_visitors: live + (site.demo ? 23 : 0),
      ...(body.include?.includes("machine_visits") ? { machine_visits: site.demo ? 1912 : 0 } : {}),
      results,
    };
  }

  period({ from, to, until }) {
    return {
      from: iso(from),
      to: iso(to),
      ...(until ? { until: `${new Date(until).toISOString().slice(0, 19)}+01:00` } : {}),
    };
  }

  result(site, query, filters, range, before) {
    const time = query.dimensions?.find((name) => name.startsWith("time_"));
    if (!query.dimensions?.length) {
      return {
        rows: [
          {
            dimensions: [],
            ...this.figures(query, site, filters, range, before),
            partial: range.to + DAY > this.now(),
          },
        ],
        more: 0,
      };
    }
    if (time) {
      const then = before && this.buckets(time, before);
      const rows = this.buckets(time, range).map((bucket, i) => ({
        dimensions: [bucket.name],
        ...this.figures(query, site, filters, bucket, then?.[i]),
        ...(bucket.from <= this.now() && this.now() < bucket.end ? { partial: true } : {}),
      }));
      if (then) for (const row of rows) row.compare ??= query.metrics.map(() => null);
      return { rows, more: 0 };
    }
    return this.list(site, query, filters, range, before);
  }

  buckets(time, range) {
    const out = [];
    for (let at = range.from; at <= range.to + DAY - 1;) {
      const date = new Date(at);
      const end =
        time === "time_hour"
          ? at + HOUR
          : time === "time_day"
            ? at + DAY
            : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
      out.push({
        from: at,
        to: Math.min(end - DAY, range.to),
        end: Math.min(end, range.to + DAY),
        hour: time === "time_hour",
        name: time === "time_hour" ? `${date.toISOString().slice(0, 19)}+01:00` : iso(at),
      });
      at = end;
    }
    return out;
  }

  list(site, query, filters, range, all) {
    const dimension = query.dimensions[0];
    const before = query.compare === false ? undefined : all;
    // Of means the visitors would be too many.
    const figure = (metric, name, visitors) =>
      metric === "time_on_page" ? 20 + 90 * noise(name) : metric === "scroll_depth" ? 40 + 50 * noise(name) : visitors;
    const own = new Map();
    if (dimension === "page") for (const hit of this.hits.get(site.id)) own.set(hit.path, (own.get(hit.path) ?? 0) + 1);
    const names = new Set([...(site.demo ? (LISTS[dimension] ?? []) : []), ...own.keys()]);
    const total = site.demo ? this.sum(site, filters, range) : 0;
    let rows = [...names].map((name, i) => {
      const share = 0.4 / (1 + i * 0.75);
      const now = Math.round(total * share) + (own.get(name) ?? 0);
      const then = before ? Math.round(now / (1 + (noise(name) - 0.35) * 0.7)) : 0;
      return {
        dimensions: [name],
        metrics: query.metrics.map((metric) => figure(metric, name, now)),
        ...(before ? { compare: query.metrics.map((metric) => figure(metric, name, then)) } : {}),
      };
    });
    for (const { dimension: by, op, values } of filters) {
      if (by !== dimension) continue;
      const has = (text) =>
        values.some((value) =>
          op.startsWith("contains") ? text.toLowerCase().includes(value.toLowerCase()) : text === value,
        );
      rows = rows.filter((row) => has(row.dimensions[0]) !== op.endsWith("not"));
    }
    rows = rows.filter((row) => row.metrics[0] > 0).sort((a, b) => b.metrics[0] - a.metrics[0]);
    const limit = query.limit ?? 10;
    return { rows: rows.slice(0, limit), more: Math.max(0, rows.length - limit) };
  }

  /** Visitors in a span of days (or one hour), as far as it has passed. */
  sum(site, filters, span) {
    let sum = 0;
    const part = filters.reduce((all, filter) => all * (filter.op?.endsWith("not") ? 0.8 : 0.4), 1);
    for (let day = dayOf(iso(span.from)); day <= span.to || (span.hour && day === dayOf(iso(span.from))); day += DAY) {
      const n = day / DAY;
      const weekend = [0, 6].includes(new Date(day).getUTCDay()) ? 0.72 : 1;
      const full =
        (520 + 190 * Math.sin(n / 4.4) + 90 * Math.sin(n * 0.9) + (n % 365) * 0.4) *
        weekend *
        (0.9 + 0.2 * noise(site.domain + n));
      if (span.hour) {
        const hour = (span.from - day) / HOUR;
        return Math.round((full * part * (1.4 + Math.sin(((hour - 9) / 24) * 2 * Math.PI) * 1.1)) / 30);
      }
      const passed = Math.min(1, Math.max(0, ((span.until ?? this.now()) - day) / DAY));
      sum += Math.round(full * part * passed);
    }
    return sum;
  }

  figures(query, site, filters, span, before) {
    const end = span.end ?? span.to + DAY;
    const value = (range, future) => {
      if (future) return query.metrics.map(() => null);
      const own = this.hits
        .get(site.id)
        .filter((hit) => hit.at >= range.from && hit.at < (range.end ?? range.to + DAY)).length;
      const visitors = (site.demo ? this.sum(site, filters, range) : 0) + (own ? 1 : 0);
      const wave = noise(`${range.from}`);
      const all = {
        visitors,
        visits: Math.round((visitors - (own ? 1 : 0)) * 1.3) + (own ? 1 : 0),
        pageviews: Math.round((visitors - (own ? 1 : 0)) * (3.2 + 0.3 * wave)) + own,
        events: 0,
      };
      all.views_per_visit = all.visits ? all.pageviews / all.visits : null;
      all.bounce_rate = all.visits ? (site.demo ? 36 + 6 * wave : own > 1 ? 0 : 100) : null;
      all.visit_duration = all.visits ? (site.demo ? 95 + 30 * wave : 0) : null;
      return query.metrics.map((name) => (Object.hasOwn(all, name) ? all[name] : null));
    };
    const out = { metrics: value(span, span.from > this.now()) };
    if (before && end) out.compare = value(before, false);
    return out;
  }

  // --- files ---------------------------------------------------------------------------------

  /** Where the built page lies. */
  dist = DIST;

  async file(response, path) {
    const asset = extname(path) in MIME && !path.startsWith("/s/");
    const name = asset ? normalize(path) : "/index.html";
    try {
      let data = await readFile(join(this.dist, name));
      if (name === "/index.html") data = data.toString().replace('<base href="/"', `<base href="${this.base}"`);
      response.writeHead(200, { "Content-Type": MIME[extname(name)], "Cache-Control": "no-cache" }).end(data);
    } catch {
      this.problem(response, 404, "not_found", "No such file");
    }
  }

  json(response, status, value) {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  }

  problem(response, status, code, message, field) {
    this.json(response, status, { status, code, message, ...(field ? { field } : {}) });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, usual) =>
    process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? usual;
  const mock = new Mock({
    fresh: process.argv.includes("--fresh"),
    now: option("now", undefined),
    base: option("base", "/"),
  });
  const port = await mock.listen(Number(option("port", "8090")));
  mock.server.ref();
  console.log(`http://localhost:${port}${option("base", "/")}${mock.owner ? "" : "#setup=MOCK"}`);
}
