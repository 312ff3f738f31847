// The stand-in server's part about what a site counts and keeps, and who changed that.

const FIRST = {
  ...{ location: "city", referrer: "path", network: true, screen: true, language: true, title: true, utm: true },
  ...{ engagement: true, kept_query: [], search_query: [], trusted_networks: [] },
};
const VALUES = { cidr: /^[\d.:a-f]+(\/\d+)?$/, country: /^[A-Z]{2}$/, path: /^\//, host: /^[a-z.*-]+$/, query: /^\w+/ };

export class Rules {
  constructor(mock) {
    this.mock = mock;
    /** By site. */
    this.rules = new Map();
    this.exclusions = [];
    this.changes = [];
    /** What the snippet is asked to count besides, by site. */
    this.snippets = new Map();
    /** What a look at a site's page finds; null: looks are switched off. */
    this.look = { page: "https://birdwatch.example/", found: [{ what: "no_script" }] };
    /** What the script in a tab tells; undefined: it keeps silent. */
    this.report = undefined;
  }

  of(site) {
    return this.rules.get(site) ?? FIRST;
  }

  note(action, changes) {
    const at = new Date(this.mock.now()).toISOString();
    this.changes.unshift({
      ...{ id: `change-${this.changes.length}`, created_at: at, actor_type: "person" },
      ...{ actor_email_snapshot: this.mock.owner.email, action, target_type: "site", outcome: "success", changes },
    });
  }

  /** A status and what is answered; undefined: not of here. */
  answer(method, path, params, json) {
    const [, of, kind] = /^\/api\/sites\/([^/]+)\/(snippet|checks?)(?:\/|$)/.exec(path) ?? [];
    if (kind === "snippet") {
      if (method === "PUT") this.snippets.set(of, json.options);
      return [200, { options: this.snippets.get(of) ?? [] }];
    }
    if (kind === "check")
      return this.look ? [200, this.look] : [403, { status: 403, code: "forbidden", message: "switched off" }];
    if (kind === "checks") {
      const report = this.report ? { report: { code: "CODE", ...this.report } } : {};
      return [200, { code: "CODE", address: `${this.tab ?? "about:blank"}#hk-check=CODE`, ...report }];
    }
    const [, site, what, id] = /^\/api\/sites\/([^/]+)\/(rules|exclusions|audit)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (!what) return undefined;
    if (what === "rules") {
      if (method === "PATCH") {
        const wrong = (json.kept_query ?? []).find((name) => /[=?&]/.test(name));
        if (wrong) return this.refused("kept_query");
        const before = this.of(site);
        const changes = Object.keys(json).map((field) => ({
          ...{ field, before: String(before[field]), after: String(json[field]) },
        }));
        this.note("site.rules_updated", changes);
        this.rules.set(site, { ...before, ...json });
      }
      return [200, this.of(site)];
    }
    if (what === "exclusions") {
      if (method === "POST") {
        const field = json.type === "country" ? "country_code" : json.type;
        if (!VALUES[json.type].test(json[field])) return this.refused(field);
        const made = { id: `exclusion-${this.exclusions.length + 1}`, site_id: site, description: "", ...json };
        this.exclusions.push({ ...made, created_at: new Date(this.mock.now()).toISOString() });
        return [201, this.exclusions.at(-1)];
      }
      if (method === "DELETE") {
        this.exclusions = this.exclusions.filter((one) => one.id !== id);
        return [204];
      }
      return [200, this.exclusions.filter((one) => !one.site_id || one.site_id === site)];
    }
    const entries = this.changes.filter(({ action }) => action === params.get("action"));
    return [200, { entries, total: entries.length, limit: 200, offset: 0, has_more: false }];
  }

  refused(field) {
    return [400, { status: 400, code: "invalid", message: "is wrong", field }];
  }
}
