import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { Title } from "@angular/platform-browser";
import { Router } from "@angular/router";

import { I18n } from "../core/i18n";
import { Brand } from "../ui/brand";
import { SiteForm } from "../ui/site-form";
import { Steps } from "../ui/steps";

/** Second step of the set-up: what is measured. */
@Component({
  selector: "hk-setup-site",
  imports: [Brand, SiteForm, Steps],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <hk-brand />
      <hk-steps [current]="2" />
      <hk-site-form
        [heading]="t('site.first')"
        (created)="router.navigate(['/setup/snippet', $event.domain], { replaceUrl: true })"
      />
    </main>
  `,
})
export class SetupSite {
  protected readonly t = inject(I18n).t;
  protected readonly router = inject(Router);

  constructor() {
    inject(Title).setTitle(`${this.t("site.first")} · HitKeep`);
  }
}
