import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";
import { Title } from "@angular/platform-browser";

import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Install } from "../ui/install";
import { SiteHosts } from "../ui/site-hosts";
import { NotFound } from "./not-found";

/** The snippet of a site that exists, and which hosts it counts. */
@Component({
  selector: "hk-snippet-page",
  imports: [Install, NotFound, SiteHosts],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (site(); as site) {
      <div class="narrow-page">
        <section class="card form">
          <h1>{{ t("install.heading") }}</h1>
          <hk-install [site]="site" />
        </section>
        <hk-site-hosts [site]="site" />
      </div>
    } @else {
      <hk-not-found />
    }
  `,
})
export class SnippetPage {
  readonly domain = input.required<string>();
  protected readonly t = inject(I18n).t;
  private readonly session = inject(Session);
  protected readonly site = computed(() => this.session.site(this.domain()));

  constructor() {
    inject(Title).setTitle(`${this.t("install.heading")} · HitKeep`);
  }
}
