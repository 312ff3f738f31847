import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";
import { toSignal } from "@angular/core/rxjs-interop";
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from "@angular/router";
import { filter, map } from "rxjs";

import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Icon } from "../ui/icon";

/** The frame of every page of a signed-in user: the rail at the left, at the bottom on a phone. */
@Component({
  selector: "hk-shell",
  imports: [Icon, RouterLink, RouterLinkActive, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" class="skip" (click)="main.focus()">{{ t("shell.skip") }}</button>
    <div class="app">
      <nav class="rail" [attr.aria-label]="t('shell.main')">
        <a class="logo" routerLink="/" aria-label="HitKeep"><i></i></a>
        @if (domain(); as domain) {
          <a
            [routerLink]="['/s', domain]"
            routerLinkActive="on"
            [routerLinkActiveOptions]="exact"
            ariaCurrentWhenActive="page"
            [attr.aria-label]="t('shell.overview')"
            [title]="t('shell.overview')"
          >
            <hk-icon name="chart" />
          </a>
          <a
            [routerLink]="['/s', domain, 'snippet']"
            routerLinkActive="on"
            ariaCurrentWhenActive="page"
            [attr.aria-label]="t('shell.snippet')"
            [title]="t('shell.snippet')"
          >
            <hk-icon name="code" />
          </a>
        }
        <a
          class="end"
          routerLink="/account"
          routerLinkActive="on"
          ariaCurrentWhenActive="page"
          [attr.aria-label]="t('shell.account')"
          [title]="t('shell.account')"
        >
          <hk-icon name="person" />
        </a>
      </nav>
      <main #main id="main" tabindex="-1"><router-outlet /></main>
    </div>
  `,
})
export class Shell {
  protected readonly t = inject(I18n).t;
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  private readonly url = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map((event) => event.urlAfterRedirects),
    ),
    { initialValue: this.router.url },
  );
  /** The site at hand; on pages without one, the usual one. */
  protected readonly domain = computed<string | undefined>(() => {
    const named = /^\/s\/([^/?#]+)/.exec(this.url())?.[1];
    const site = named ? this.session.site(decodeURIComponent(named)) : undefined;
    return (site ?? this.session.usualSite())?.domain;
  });
  protected readonly exact = {
    paths: "exact",
    queryParams: "ignored",
    fragment: "ignored",
    matrixParams: "ignored",
  } as const;
}
