import { Type } from "@angular/core";
import { CanActivateFn } from "@angular/router";

import { Permission } from "./core/api";
import { LaterTexts } from "./core/i18n";
import { Overview } from "./overview/overview";
import { IconName } from "./ui/icon";

/** A page, for the router, the navigation, the command menu and the window's title alike. */
export interface Page {
  id: string;
  /** The address; below "s/:domain" the page is about a site. */
  path: string;
  /** Key of its name. */
  text: string;
  /** Key of more words by which the command menu finds it; without, the menu does not offer it. */
  words?: string;
  /** Where the navigation has it; nowhere without. */
  place?: "reports" | "settings" | "person";
  icon?: IconName;
  /** G and then this letter lead there. */
  key?: string;
  /** Who lacks it finds no such page. */
  permission?: Permission;
  guards?: CanActivateFn[];
  /** Makes it a settings page; what it is made of stands in sections.ts. */
  settings?: true;
  /** What it says besides what is always there. */
  texts?: readonly LaterTexts[];
  /** None of a settings page. */
  load?: () => Type<unknown> | Promise<Type<unknown>>;
}

/**
 * All pages of those who are signed in. This is part of the first file, since the navigation is: what can wait stands elsewhere
 * (sections.ts, outside.ts).
 */
export const PAGES: readonly Page[] = [
  {
    id: "overview",
    path: "s/:domain",
    text: "page.overview.name",
    words: "words.overview",
    place: "reports",
    icon: "chart",
    key: "o",
    // Part of the first file: it is what people come for. The rest comes when it is needed.
    load: () => Overview,
  },
  {
    id: "counted",
    path: "s/:domain/counted",
    text: "page.counted.name",
    words: "words.counted",
    place: "settings",
    icon: "check",
    key: "i",
    texts: ["counted", "report", "settings"],
    load: () => import("./counted/counted").then((m) => m.CountedPage),
  },
  {
    id: "site_settings",
    path: "s/:domain/settings",
    text: "page.site_settings.name",
    words: "words.site_settings",
    place: "settings",
    icon: "sliders",
    texts: ["site", "install"],
    settings: true,
  },
  {
    id: "new_site",
    path: "sites/new",
    text: "site.add",
    words: "words.new_site",
    permission: "team.create_sites",
    texts: ["site"],
    load: () => import("./pages/site/new-site").then((m) => m.NewSite),
  },
  {
    id: "team",
    path: "team",
    text: "page.team.name",
    words: "words.team",
    place: "settings",
    icon: "people",
    key: "t",
    permission: "team.view_members",
    texts: ["team", "keys", "audit"],
    settings: true,
  },
  {
    id: "audit",
    path: "audit",
    text: "page.audit.name",
    words: "words.audit",
    permission: "team.view_audit",
    texts: ["audit", "report"],
    load: () => import("./pages/audit/audit-page").then((m) => m.AuditPage),
  },
  {
    id: "account",
    path: "account",
    text: "page.account.name",
    words: "words.account",
    place: "person",
    icon: "person",
    texts: ["account", "keys"],
    settings: true,
  },
  {
    id: "not_found",
    path: "**",
    text: "not_found.heading",
    load: () => import("./shell/not-found").then((m) => m.NotFound),
  },
];

/** Whether a page is about a site. */
export const isOfSite = (page: Page): boolean => page.path.startsWith("s/:domain");

/** Where a page is; `domain` for those of a site. */
export const linkOf = (page: Page, domain = "", section?: { id: string }): string[] => [
  "/",
  ...page.path.split("/").map((part) => (part === ":domain" ? domain : part)),
  ...(section ? [section.id] : []),
];
