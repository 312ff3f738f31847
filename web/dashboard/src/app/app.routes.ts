import { Routes } from "@angular/router";

import { needsSetup, signedIn, signedOut, takesResetToken, toUsualSite } from "./core/session";
import { Overview } from "./overview/overview";
import { Shell } from "./shell/shell";

/** The overview is part of the first file: it is what people come for. The rest comes when it is needed. */
export const routes: Routes = [
  {
    path: "setup",
    pathMatch: "full",
    canActivate: [needsSetup],
    loadComponent: () => import("./pages/setup").then((m) => m.Setup),
  },
  {
    path: "setup/site",
    canActivate: [signedIn],
    loadComponent: () => import("./pages/setup-site").then((m) => m.SetupSite),
  },
  {
    path: "setup/snippet/:domain",
    canActivate: [signedIn],
    loadComponent: () => import("./pages/setup-snippet").then((m) => m.SetupSnippet),
  },
  { path: "login", canActivate: [signedOut], loadComponent: () => import("./pages/login").then((m) => m.Login) },
  {
    path: "forgot-password",
    loadComponent: () => import("./pages/forgot-password").then((m) => m.ForgotPassword),
  },
  {
    path: "reset-password",
    canActivate: [takesResetToken],
    // Also when another link is opened on the same page.
    runGuardsAndResolvers: "always",
    loadComponent: () => import("./pages/reset-password").then((m) => m.ResetPassword),
  },
  { path: "unavailable", loadComponent: () => import("./pages/unavailable").then((m) => m.Unavailable) },
  {
    path: "",
    component: Shell,
    canActivate: [signedIn],
    children: [
      { path: "", pathMatch: "full", canActivate: [toUsualSite], children: [] },
      { path: "s/:domain", pathMatch: "full", component: Overview },
      { path: "s/:domain/snippet", loadComponent: () => import("./pages/snippet").then((m) => m.SnippetPage) },
      { path: "sites/new", loadComponent: () => import("./pages/new-site").then((m) => m.NewSite) },
      { path: "account", loadComponent: () => import("./pages/account").then((m) => m.Account) },
      { path: "**", loadComponent: () => import("./pages/not-found").then((m) => m.NotFound) },
    ],
  },
];
