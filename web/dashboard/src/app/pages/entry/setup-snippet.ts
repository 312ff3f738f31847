import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";
import { RouterLink } from "@angular/router";

import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { Install } from "../../install/install";
import { NotFound } from "../../shell/not-found";
import { Button } from "../../ui/button";
import { Entry } from "./entry";

/** Third step of the set-up: the snippet, and the first page view. */
@Component({
  selector: "hk-setup-snippet",
  imports: [Button, Entry, Install, NotFound, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "../../ui/form.css",
  template: `
    <hk-entry [step]="site() ? 3 : 0" [wide]="site() !== undefined">
      @if (site(); as site) {
        <section class="card form">
          <h1>{{ t("install.heading") }}</h1>
          <hk-install [site]="site" />
          <a hkButton="primary" [routerLink]="['/s', site.domain]">{{ t("install.open") }}</a>
        </section>
      } @else {
        <hk-not-found />
      }
    </hk-entry>
  `,
})
export class SetupSnippet {
  readonly domain = input.required<string>();
  protected readonly t = inject(I18n).t;
  private readonly session = inject(Session);
  protected readonly site = computed(() => this.session.site(this.domain()));
}
