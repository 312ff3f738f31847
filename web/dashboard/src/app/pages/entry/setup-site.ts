import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { Router } from "@angular/router";

import { I18n } from "../../core/i18n";
import { Entry } from "./entry";
import { SiteForm } from "../../ui/site-form";

/** Second step of the set-up: what is measured. */
@Component({
  selector: "hk-setup-site",
  imports: [Entry, SiteForm],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-entry [step]="2">
      <hk-site-form
        [heading]="t('site.first')"
        (created)="router.navigate(['/setup/snippet', $event.domain], { replaceUrl: true })"
      />
    </hk-entry>
  `,
})
export class SetupSite {
  protected readonly t = inject(I18n).t;
  protected readonly router = inject(Router);
}
