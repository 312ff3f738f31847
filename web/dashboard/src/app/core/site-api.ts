import { Injectable, inject } from "@angular/core";

import { Api } from "./api";
import type {
  AuditPage,
  Counted,
  Exclusion,
  NewExclusion,
  OwnRequest,
  SiteErased,
  SiteLook,
  SiteRules,
  SiteRulesChange,
  Snippet,
  TabCheck,
} from "./api.generated";

export type { AuditEntry, Exclusion, NewExclusion, SiteLook, SiteRules, Snippet, TabCheck } from "./api.generated";

/** The server's API about what a site counts and keeps, and how it ends: it comes with the pages that use it. */
@Injectable({ providedIn: "root" })
export class SiteApi {
  private readonly send = inject(Api).send;

  /** What is kept of a hit. */
  rules = (site: string) => this.send<SiteRules>("GET", `${siteAt(site)}/rules`);
  changeRules = (site: string, change: SiteRulesChange) =>
    this.send<SiteRules>("PATCH", `${siteAt(site)}/rules`, change);
  /** What is not counted: by the site's own exclusions, and by those of the instance. */
  exclusions = (site: string) => this.send<Exclusion[]>("GET", `${siteAt(site)}/exclusions`);
  exclude = (site: string, exclusion: NewExclusion) =>
    this.send<Exclusion>("POST", `${siteAt(site)}/exclusions`, exclusion);
  includeAgain = (site: string, exclusion: string) =>
    this.send<undefined>("DELETE", `${siteAt(site)}/exclusions/${encodeURIComponent(exclusion)}`);
  /** What the snippet is asked to count besides. */
  snippet = (site: string) => this.send<Snippet>("GET", `${siteAt(site)}/snippet`);
  changeSnippet = (site: string, options: Snippet["options"]) =>
    this.send<Snippet>("PUT", `${siteAt(site)}/snippet`, { options });
  /** The server looks at the site's first page, now. */
  look = (site: string) => this.send<SiteLook>("POST", `${siteAt(site)}/check`);
  /** A code with which the site is opened in a tab. */
  openTab = (site: string) => this.send<TabCheck>("POST", `${siteAt(site)}/checks`);
  /** What the script in that tab told. */
  tab = (site: string, code: string) =>
    this.send<TabCheck>("GET", `${siteAt(site)}/checks/${encodeURIComponent(code)}`);
  ownRequest = (site: string) => this.send<OwnRequest>("GET", `api/request?site=${encodeURIComponent(site)}`);
  counted = (site: string) => this.send<Counted>("GET", `${siteAt(site)}/counted`);
  /** Who did something of that kind to a site, the newest first. */
  changes = (site: string, action: string) =>
    this.send<AuditPage>("GET", `${siteAt(site)}/audit?action=${encodeURIComponent(action)}&limit=200`);
  /** The domain is typed, for both. */
  reset = (site: string, domain: string) => this.send<SiteErased>("POST", `${siteAt(site)}/reset`, { domain });
  remove = (site: string, domain: string) => this.send<SiteErased>("DELETE", siteAt(site), { domain });
  /** In front of the others, for who asks; or back. */
  pin = (site: string, pinned: boolean) => this.send<undefined>(pinned ? "PUT" : "DELETE", `${siteAt(site)}/pin`);
}

const siteAt = (site: string): string => `api/sites/${encodeURIComponent(site)}`;
