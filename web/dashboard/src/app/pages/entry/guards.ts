// Who is let in to pages outside the frame.

import { inject } from "@angular/core";
import { CanActivateFn, RedirectCommand, Router } from "@angular/router";

import { Api } from "../../core/api";
import { Session, arrival, localPath, unavailable } from "../../core/session";

/** The login: whoever is signed in already goes on to where it would have led. */
export const signedOut: CanActivateFn = async (route) => {
  const router = inject(Router);
  if (inject(Session).outside) return true;
  switch (await arrival()) {
    case "in":
      return router.parseUrl(localPath(route.queryParamMap.get("next") ?? "/"));
    case "away":
      return unavailable(router);
    case "fresh":
      return router.createUrlTree(["/setup"]);
    case "out":
      return true;
  }
};

/** The set-up exists only while there is no owner. */
export const needsSetup: CanActivateFn = async () => {
  const router = inject(Router);
  try {
    return (await inject(Api).status()).needs_setup || router.createUrlTree(["/"]);
  } catch {
    return unavailable(router);
  }
};

/** Takes the token of a link out of the address, before anything else happens with it: links get shared. */
export const takesToken: CanActivateFn = (route, state) => {
  const token = new URLSearchParams(route.fragment ?? "").get("token");
  if (!token) return true;
  inject(Session).linkToken.set(token);
  const page = state.url.split("#")[0] ?? "/";
  return new RedirectCommand(inject(Router).parseUrl(page), { replaceUrl: true });
};
