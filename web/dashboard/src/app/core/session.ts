import { Injectable, computed, inject, signal } from "@angular/core";
import { CanActivateFn, RedirectCommand, Router } from "@angular/router";

import { Api, ApiError, Bootstrap, Permission, Site } from "./api";
import { Look } from "./look";
import { PRESETS } from "./query";

/** The first extension after the sign-in; how long a session lasts is known only from its answer. */
const FIRST_EXTENSION_MS = 20_000;

/** What a navigation to the login brings with it when a new password was set. */
export const PASSWORD_CHANGED = "password changed";

/** Who is here, what he sees and may do. */
@Injectable({ providedIn: "root" })
export class Session {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly look = inject(Look);

  /** Undefined until the server was asked. */
  readonly sites = signal<Site[] | undefined>(undefined);
  private readonly who = signal<Bootstrap | undefined>(undefined);
  readonly profile = computed(() => this.who()?.profile);
  readonly preferences = computed(() => this.who()?.preferences);
  readonly status = computed(() => this.who()?.status);
  readonly teams = computed(() => this.who()?.teams.teams ?? []);
  /** The one that its holder works in; undefined for guests of single sites. */
  readonly team = computed(() => this.teams().find(({ id }) => id === this.who()?.teams.active_team_id));
  /** The one-time code from the link that the server prints. Taken out of the address at once: links get shared. */
  readonly setupCode = signal("");
  /** The token from the link of a mail or an invitation. Empty: there was none, or it is used up. */
  readonly linkToken = signal("");

  /** The server said a moment ago that nobody is signed in. */
  outside = false;

  private static readonly kSignedOutKey = "hitkeep.signed_out";
  private static readonly kSiteKey = "hitkeep.site";
  private extension?: ReturnType<typeof setTimeout>;

  constructor() {
    // A sign-out is one for every tab of the browser.
    addEventListener("storage", (event) => {
      if (event.key === Session.kSignedOutKey && this.sites()) this.expired();
    });
    document.addEventListener("visibilitychange", () => {
      if (this.sites() && document.visibilityState === "visible") void this.extend();
    });
  }

  takeSetupCode(): void {
    const code = new URLSearchParams(location.hash.slice(1)).get("setup");
    if (!code) return;
    this.setupCode.set(code);
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  /** Asks who is here; again after a change of what he sees or may do. */
  async load(): Promise<void> {
    const who = await this.api.bootstrap();
    this.who.set(who);
    this.look.take(who.preferences);
    this.sites.set(who.sites);
    this.outside = false;
    this.extendIn(FIRST_EXTENSION_MS);
  }

  /** Whether the signed-in user may do something: to a site where the permission is one of sites. */
  may(permission: Permission, site?: Site): boolean {
    const permissions = this.who()?.permissions;
    if (!permissions) return false;
    const [scope] = permission.split(".");
    const names =
      scope === "site"
        ? permissions.site_capabilities[site?.id ?? ""]
        : scope === "team"
          ? permissions.active_team_capabilities
          : permissions.instance_capabilities;
    return names?.includes(permission) ?? false;
  }

  /** What the server says of its holder now. */
  updateSelf(changed: Partial<Pick<Bootstrap, "profile" | "preferences">>): void {
    if (changed.preferences) this.look.take(changed.preferences);
    this.who.update((who) => who && { ...who, ...changed });
  }

  /** What the server says of a site now. */
  update(changed: Site): void {
    this.sites.update((sites) => sites?.map((site) => (site.id === changed.id ? changed : site)));
  }

  /** Also by a name that it had: addresses that somebody kept go on leading to it. */
  site(domain: string): Site | undefined {
    const sites = this.sites() ?? [];
    return sites.find((site) => site.domain === domain) ?? sites.find((site) => site.former_domains?.includes(domain));
  }

  /** The site that this browser looks at, for the next time. */
  remember(site: Site): void {
    localStorage.setItem(Session.kSiteKey, site.domain);
  }

  /** The one that was looked at last, else the first. */
  usualSite(): Site | undefined {
    return this.site(localStorage.getItem(Session.kSiteKey) ?? "") ?? this.sites()?.[0];
  }

  /** After a sign-in; `next` is a path of this page. "Back" does not lead to the form again. */
  async enter(next = "/"): Promise<void> {
    await this.load();
    await this.router.navigateByUrl(localPath(next), { replaceUrl: true });
  }

  async leave(): Promise<void> {
    await this.api.logout();
    await this.left();
  }

  /** Nobody is signed in any more: the server has said so, or the account is gone. */
  async left(): Promise<void> {
    localStorage.setItem(Session.kSignedOutKey, String(Date.now()));
    this.forget();
    await this.router.navigateByUrl("/login");
  }

  /** The session has ended on the server: sign in again, then come back here. */
  expired(): void {
    this.forget();
    void this.router.navigate(["/login"], { queryParams: { next: this.router.url }, replaceUrl: true });
  }

  private forget(): void {
    clearTimeout(this.extension);
    this.sites.set(undefined);
    this.who.set(undefined);
    this.outside = true;
  }

  private extendIn(ms: number): void {
    clearTimeout(this.extension);
    this.extension = setTimeout(() => void this.extend(), ms);
  }

  /** Sessions are short on purpose; one that somebody looks at goes on. A hidden page lets it run out. */
  private async extend(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    try {
      const { duration_seconds } = await this.api.extend();
      if (this.sites()) this.extendIn((duration_seconds * 1000) / 3);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && this.sites()) this.expired();
      else this.extendIn(FIRST_EXTENSION_MS);
    }
  }
}

/** `path`, where it is one of this page. */
export const localPath = (path: string): string => (path.startsWith("/") && !path.startsWith("//") ? path : "/");

/** Who has come: somebody signed in, anybody else, the first of a fresh instance; or the server cannot say. */
export async function arrival(): Promise<"in" | "out" | "fresh" | "away"> {
  const session = inject(Session);
  const api = inject(Api);
  if (session.sites()) return "in";
  try {
    await session.load();
    return "in";
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) return "away";
  }
  session.outside = true;
  try {
    return (await api.status()).needs_setup ? "fresh" : "out";
  } catch {
    return "away";
  }
}

/** The address stays as it is, so that the same page can be tried again. */
export const unavailable = (router: Router): RedirectCommand =>
  new RedirectCommand(router.createUrlTree(["/unavailable"]), { skipLocationChange: true });

/** Lets a signed-in user in; sends everybody else to the set-up of a fresh instance or to the login. */
export const signedIn: CanActivateFn = async (_route, state) => {
  const router = inject(Router);
  switch (await arrival()) {
    case "in":
      return true;
    case "away":
      return unavailable(router);
    case "fresh":
      return router.createUrlTree(["/setup"]);
    case "out":
      return router.createUrlTree(["/login"], { queryParams: state.url === "/" ? {} : { next: state.url } });
  }
};

/** The start page: the usual site, over the period that its reader begins with, or the step of the set-up that makes the first. */
export const toUsualSite: CanActivateFn = () => {
  const session = inject(Session);
  const usual = session.usualSite();
  const range = PRESETS.find((preset) => preset === session.preferences()?.default_period);
  return inject(Router).createUrlTree(
    usual ? ["/s", usual.domain] : ["/setup/site"],
    usual && range ? { queryParams: { range } } : {},
  );
};
