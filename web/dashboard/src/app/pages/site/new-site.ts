import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { ActivatedRoute, Router } from "@angular/router";

import { I18n } from "../../core/i18n";
import { SiteForm } from "../../ui/site-form";

@Component({
  selector: "hk-new-site",
  imports: [SiteForm],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="max-w-card-page pt-6">
      <hk-site-form
        [heading]="t('site.add')"
        [suggested]="suggested"
        (created)="router.navigate(['/s', $event.domain, 'settings', 'snippet'], { replaceUrl: true })"
      />
    </div>
  `,
})
export class NewSite {
  protected readonly t = inject(I18n).t;
  protected readonly router = inject(Router);
  protected readonly suggested = inject(ActivatedRoute).snapshot.queryParamMap.get("domain") ?? "";
}
