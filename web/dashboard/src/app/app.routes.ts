import { Type, inject } from "@angular/core";
import { CanActivateFn, RedirectCommand, Route, Router, Routes } from "@angular/router";

import { I18n } from "./core/i18n";
import { Session, signedIn, toUsualSite } from "./core/session";
import { PARTS } from "./parts/routes";
import { PAGES, Page, SettingsSection } from "./registry";
import { AppFrame } from "./shell/app-frame";
import { LATER_TEXTS } from "./texts";
import { asksBeforeLeaving } from "./ui/settings/unsaved";

/** The page and what it says, fetched at once. */
const load = (page: Page) => async (): Promise<Type<unknown>> => {
  const i18n = inject(I18n);
  const texts = [...(page.sections ? [LATER_TEXTS.directory, LATER_TEXTS.settings] : []), ...(page.texts ?? [])];
  const [component] = await Promise.all([page.load(), ...texts.map((folder) => i18n.add(folder))]);
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

const route = (page: Page, path = page.path, section?: SettingsSection): Route => ({
  path,
  ...(path === "**" ? {} : { pathMatch: "full" }),
  data: { page, section },
  canActivate: [...(page.guards ?? []), permitted(page)],
  canDeactivate: page.sections ? [asksBeforeLeaving] : [],
  // A guard that takes something out of the address does so also when another link is opened on the same page.
  runGuardsAndResolvers: page.guards ? "always" : "paramsChange",
  loadComponent: load(page),
});

/** A settings page leads to its first section. Sections that stand together are one route, so that nothing is made anew. */
function routesOf(page: Page): Routes {
  if (!page.sections) return [route(page)];
  const { list, together } = page.sections;
  const first: Route = { path: page.path, pathMatch: "full", redirectTo: `${page.path}/${list[0]?.id ?? ""}` };
  const sections = together
    ? [route(page, `${page.path}/:section`)]
    : list.map((section) => route(page, `${page.path}/${section.id}`, section));
  return [first, ...sections];
}

const outside = PAGES.filter((page) => page.outside);
const framed = PAGES.filter((page) => !page.outside);

export const routes: Routes = [
  ...PARTS,
  ...outside.flatMap(routesOf),
  {
    path: "",
    component: AppFrame,
    canActivate: [signedIn],
    children: [
      { path: "", pathMatch: "full", canActivate: [toUsualSite], children: [] },
      // Where it was before there were settings.
      { path: "s/:domain/snippet", pathMatch: "full", redirectTo: "s/:domain/settings/snippet" },
      ...framed.flatMap(routesOf),
    ],
  },
];
