import { Type, inject } from "@angular/core";
import { CanActivateFn, RedirectCommand, Route, Router, Routes, UrlMatcher } from "@angular/router";

import { I18n } from "./core/i18n";
import { Session, signedIn, toUsualSite } from "./core/session";
import { PARTS } from "./parts/routes";
import { PAGES, Page } from "./registry";
import type { Sections, SettingsSection } from "./sections";
import { AppFrame } from "./shell/app-frame";
import { asksBeforeLeaving } from "./ui/settings/unsaved";

/** What the addresses of pages outside the frame begin with. */
const OUTSIDE = /^(accept-invite|confirm-email|forgot-password|login|reset-password|setup|unavailable)$/;

const loadSettings = () => import("./shell/settings-page").then((m) => m.SettingsPage);

/** The page and what it says, fetched at once. */
const load = (page: Page) => async (): Promise<Type<unknown>> => {
  const i18n = inject(I18n);
  const texts = [...(page.settings ? (["directory", "settings"] as const) : []), ...(page.texts ?? [])];
  const [component] = await Promise.all([(page.load ?? loadSettings)(), ...texts.map((name) => i18n.add(name))]);
  return component;
};

/** Who may not see a page finds none. */
const permitted =
  ({ permission }: Page): CanActivateFn =>
  (route) => {
    const session = inject(Session);
    const site = session.site(route.paramMap.get("domain") ?? "");
    if (permission === undefined || session.may(permission, site)) return true;
    return new RedirectCommand(inject(Router).createUrlTree(["/none"]), { skipLocationChange: true });
  };

/** The route of a page; of a settings page at `path` below it, with its sections. */
export const pageRoute = (page: Page, path = page.path, sections?: Sections, section?: SettingsSection): Route => ({
  path,
  ...(path === "**" ? {} : { pathMatch: "full" }),
  data: { page, sections, section },
  canActivate: [...(page.guards ?? []), permitted(page)],
  canDeactivate: page.settings ? [asksBeforeLeaving] : [],
  // A guard that takes something out of the address does so also when another link is opened on the same page.
  runGuardsAndResolvers: page.guards ? "always" : "paramsChange",
  loadComponent: load(page),
});

/** A settings page leads to its first section. Sections that stand together are one route, so that nothing is made anew. */
const settingsRoute = (page: Page): Route => ({
  path: page.path,
  loadChildren: async () => {
    const sections = (await import("./sections")).sectionsOf(page);
    if (!sections) throw new Error(`sections.ts knows no ${page.id}`);
    const { list, together } = sections;
    const first: Route = { path: "", pathMatch: "full", redirectTo: list[0]?.id ?? "" };
    return together
      ? [first, pageRoute(page, ":section", sections)]
      : [first, ...list.map((section) => pageRoute(page, section.id, sections, section))];
  },
});

const outside: UrlMatcher = ([first]) => (first && OUTSIDE.test(first.path) ? { consumed: [] } : null);

export const routes: Routes = [
  ...PARTS,
  { matcher: outside, loadChildren: () => import("./outside").then((m) => m.routes) },
  {
    path: "",
    component: AppFrame,
    canActivate: [signedIn],
    children: [
      { path: "", pathMatch: "full", canActivate: [toUsualSite], children: [] },
      // Where it was before there were settings.
      { path: "s/:domain/snippet", pathMatch: "full", redirectTo: "s/:domain/settings/snippet" },
      ...PAGES.map((page) => (page.settings ? settingsRoute(page) : pageRoute(page))),
    ],
  },
];
