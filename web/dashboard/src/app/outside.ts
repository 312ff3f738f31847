import { pageRoute } from "./app.routes";
import { signedIn } from "./core/session";
import { needsSetup, signedOut, takesToken } from "./pages/entry/guards";
import type { Page } from "./registry";

/**
 * Pages outside the frame: for those who are not signed in yet, or have no site. Their addresses begin with a word of
 * `OUTSIDE` (app.routes.ts). This file comes with the first of them.
 */
const PAGES: readonly Page[] = [
  {
    id: "setup",
    path: "setup",
    text: "setup.heading",
    guards: [needsSetup],
    texts: ["entry"],
    load: () => import("./pages/entry/setup").then((m) => m.Setup),
  },
  {
    id: "setup_site",
    path: "setup/site",
    text: "site.first",
    guards: [signedIn],
    texts: ["entry"],
    load: () => import("./pages/entry/setup-site").then((m) => m.SetupSite),
  },
  {
    id: "setup_snippet",
    path: "setup/snippet/:domain",
    text: "install.heading",
    guards: [signedIn],
    texts: ["entry", "install"],
    load: () => import("./pages/entry/setup-snippet").then((m) => m.SetupSnippet),
  },
  {
    id: "login",
    path: "login",
    text: "login.heading",
    guards: [signedOut],
    texts: ["entry"],
    load: () => import("./pages/entry/login").then((m) => m.Login),
  },
  {
    id: "forgot_password",
    path: "forgot-password",
    text: "forgot.heading",
    texts: ["entry"],
    load: () => import("./pages/entry/forgot-password").then((m) => m.ForgotPassword),
  },
  {
    id: "reset_password",
    path: "reset-password",
    text: "reset.heading",
    guards: [takesToken],
    texts: ["entry"],
    load: () => import("./pages/entry/reset-password").then((m) => m.ResetPassword),
  },
  {
    id: "accept_invite",
    path: "accept-invite",
    text: "accept.heading",
    guards: [takesToken],
    texts: ["entry"],
    load: () => import("./pages/entry/accept-invite").then((m) => m.AcceptInvite),
  },
  {
    id: "confirm_email",
    path: "confirm-email",
    text: "confirm_email.heading",
    guards: [takesToken],
    texts: ["entry"],
    load: () => import("./pages/entry/confirm-email").then((m) => m.ConfirmEmail),
  },
  {
    id: "unavailable",
    path: "unavailable",
    text: "unavailable.heading",
    texts: ["entry"],
    load: () => import("./pages/entry/unavailable").then((m) => m.Unavailable),
  },
];

export const routes = PAGES.map((page) => pageRoute(page));
