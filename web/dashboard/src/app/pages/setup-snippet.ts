import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";
import { Title } from "@angular/platform-browser";
import { RouterLink } from "@angular/router";

import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Brand } from "../ui/brand";
import { Install } from "../ui/install";
import { Steps } from "../ui/steps";
import { NotFound } from "./not-found";

/** Third step of the set-up: the snippet, and the first page view. */
@Component({
  selector: "hk-setup-snippet",
  imports: [Brand, Install, NotFound, RouterLink, Steps],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <hk-brand />
      @if (site(); as site) {
        <hk-steps [current]="3" />
        <section class="card form">
          <h1>{{ t("install.heading") }}</h1>
          <hk-install [site]="site" />
          <a class="btn primary" [routerLink]="['/s', site.domain]">{{ t("install.open") }}</a>
        </section>
      } @else {
        <hk-not-found />
      }
    </main>
  `,
})
export class SetupSnippet {
  readonly domain = input.required<string>();
  protected readonly t = inject(I18n).t;
  private readonly session = inject(Session);
  protected readonly site = computed(() => this.session.site(this.domain()));

  constructor() {
    inject(Title).setTitle(`${this.t("install.heading")} · HitKeep`);
  }
}
