import { Injectable, inject } from "@angular/core";

import { Api } from "./api";
import type {
  AuditPage,
  Counted,
  Exclusion,
  NewExclusion,
  OwnRequest,
  SiteRules,
  SiteRulesChange,
} from "./api.generated";

export type { AuditEntry, Exclusion, NewExclusion, SiteRules } from "./api.generated";

/** The server's API about what a site counts and keeps: it comes with the pages that use it. */
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
  ownRequest = (site: string) => this.send<OwnRequest>("GET", `api/request?site=${encodeURIComponent(site)}`);
  counted = (site: string) => this.send<Counted>("GET", `${siteAt(site)}/counted`);
  /** Who did something of that kind to a site, the newest first. */
  changes = (site: string, action: string) =>
    this.send<AuditPage>("GET", `${siteAt(site)}/audit?action=${encodeURIComponent(action)}&limit=200`);
}

const siteAt = (site: string): string => `api/sites/${encodeURIComponent(site)}`;
