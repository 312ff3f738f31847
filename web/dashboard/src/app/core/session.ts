import { Injectable, inject, signal } from "@angular/core";
import { CanActivateFn, Router } from "@angular/router";

import { Api, ApiError, Site } from "./api";

/** The first extension after the sign-in; how long a session lasts is known only from its answer. */
const FIRST_EXTENSION_MS = 20_000;

/** Who is here, as far as the page needs to know: the sites that the signed-in user sees. */
@Injectable({ providedIn: "root" })
export class Session {
  private readonly api = inject(Api);
  private readonly router = inject(Router);

  /** Undefined until the server was asked. */
  readonly sites = signal<Site[] | undefined>(undefined);
  /** The one-time code from the link that the server prints. Taken out of the address at once: links get shared. */
  readonly setupCode = signal("");

  private extension?: ReturnType<typeof setTimeout>;

  constructor() {
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

  async load(): Promise<Site[]> {
    const sites = await this.api.sites();
    this.sites.set(sites);
    this.extendIn(FIRST_EXTENSION_MS);
    return sites;
  }

  /** A site that was made here a moment ago. */
  add(site: Site): void {
    this.sites.update((sites = []) => [site, ...sites.filter((other) => other.id !== site.id)]);
  }

  site(domain: string): Site | undefined {
    return this.sites()?.find((site) => site.domain === domain);
  }

  /** After a sign-in; `next` is a path of this page. */
  async enter(next = "/"): Promise<void> {
    await this.load();
    await this.router.navigateByUrl(next.startsWith("/") && !next.startsWith("//") ? next : "/");
  }

  async leave(): Promise<void> {
    await this.api.logout();
    this.forget();
    await this.router.navigateByUrl("/login");
  }

  /** The session has ended on the server: sign in again, then come back here. */
  expired(): void {
    this.forget();
    void this.router.navigate(["/login"], { queryParams: { next: this.router.url } });
  }

  private forget(): void {
    clearTimeout(this.extension);
    this.sites.set(undefined);
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

/** Lets a signed-in user in; sends everybody else to the set-up of a fresh instance or to the login. */
export const signedIn: CanActivateFn = async (_route, state) => {
  const session = inject(Session);
  const router = inject(Router);
  const api = inject(Api);
  if (session.sites()) return true;
  try {
    await session.load();
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) return router.createUrlTree(["/unavailable"]);
  }
  const status = await api.status();
  if (status.needs_setup) return router.createUrlTree(["/setup"]);
  return router.createUrlTree(["/login"], { queryParams: state.url === "/" ? {} : { next: state.url } });
};

/** The set-up exists only while there is no owner. */
export const needsSetup: CanActivateFn = async () => {
  const router = inject(Router);
  const status = await inject(Api).status();
  return status.needs_setup || router.createUrlTree(["/"]);
};

/** The start page: the first site, or the form that makes one. */
export const toFirstSite: CanActivateFn = () => {
  const first = inject(Session).sites()?.[0];
  return inject(Router).createUrlTree(first ? ["/s", first.domain] : ["/sites/new"]);
};
