import { ApplicationRef, Injectable, computed, effect, inject } from "@angular/core";
import { toSignal } from "@angular/core/rxjs-interop";
import { Title } from "@angular/platform-browser";
import { ActivatedRouteSnapshot, NavigationEnd, Router } from "@angular/router";
import { filter, map } from "rxjs";

import { Site } from "../core/api";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { hostText } from "../core/text";
import type { Page } from "../registry";
import type { Sections, SettingsSection } from "../sections";

function deepest(route: ActivatedRouteSnapshot): ActivatedRouteSnapshot {
  return route.firstChild ? deepest(route.firstChild) : route;
}

/** Which page is open, of which site; and the window's title, which follows from that. */
@Injectable({ providedIn: "root" })
export class Here {
  private readonly app = inject(ApplicationRef);
  private readonly session = inject(Session);
  private readonly i18n = inject(I18n);
  private readonly router = inject(Router);
  private readonly route = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map(() => deepest(this.router.routerState.snapshot.root)),
    ),
    { initialValue: deepest(this.router.routerState.snapshot.root) },
  );

  readonly page = computed(() => this.route().data["page"] as Page | undefined);
  /** Of a settings page. */
  readonly sections = computed(() => this.route().data["sections"] as Sections | undefined);
  readonly section = computed(() => {
    const { data, paramMap } = this.route();
    const id = paramMap.get("section");
    return id === null
      ? (data["section"] as SettingsSection | undefined)
      : this.sections()?.list.find((one) => one.id === id);
  });
  readonly params = computed(() => this.route().queryParamMap);
  /** The site of the page; undefined on pages without one, and where there is no such site. */
  readonly site = computed(() => this.session.site(this.route().paramMap.get("domain") ?? ""));

  /** The same page of a site that is called otherwise now; "back" does not lead to the name before. */
  async renamed(site: Site): Promise<void> {
    this.app.tick(); // a form that has just been saved must know it before it is left
    const path = this.router.url.replace(/^\/s\/[^/?#]+/, `/s/${encodeURIComponent(site.domain)}`);
    await this.router.navigateByUrl(path, { replaceUrl: true });
    this.session.remember(site);
  }
  /** The site at hand; on pages without one, the usual one. */
  readonly siteAtHand = computed(() => this.site() ?? this.session.usualSite());

  constructor() {
    const title = inject(Title);
    effect(() => title.setTitle([...this.names(), "HitKeep"].join(" · ")));
  }

  private names(): string[] {
    const page = this.page();
    if (!page) return [];
    const { t } = this.i18n;
    if (!this.inSite(page)) return [t(page.text)];
    const site = this.site();
    if (!site) return [t("not_found.heading")];
    // The first page of a site is the site.
    return page.path === "s/:domain" ? [hostText(site.domain)] : [t(page.text), hostText(site.domain)];
  }

  private inSite(page: Page): boolean {
    return page.path.startsWith("s/:domain");
  }
}
