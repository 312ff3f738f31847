import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { Title } from "@angular/platform-browser";
import { ActivatedRoute, Router } from "@angular/router";

import { I18n } from "../core/i18n";
import { SiteForm } from "../ui/site-form";

@Component({
  selector: "hk-new-site",
  imports: [SiteForm],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="narrow-page">
      <hk-site-form
        [heading]="t('site.add')"
        [suggested]="suggested"
        (created)="router.navigate(['/s', $event.domain, 'snippet'], { replaceUrl: true })"
      />
    </div>
  `,
})
export class NewSite {
  protected readonly t = inject(I18n).t;
  protected readonly router = inject(Router);
  protected readonly suggested = inject(ActivatedRoute).snapshot.queryParamMap.get("domain") ?? "";

  constructor() {
    inject(Title).setTitle(`${this.t("site.add")} · HitKeep`);
  }
}
