import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Here } from "../../shell/here";
import { Install } from "../../install/install";
import { Section, SettingRow } from "../../ui/settings/section";

/** The line for the pages of a site that exists. */
@Component({
  selector: "hk-snippet",
  imports: [Install, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section [heading]="t('install.heading')">
      <hk-setting-row><hk-install [site]="site()" /></hk-setting-row>
    </hk-section>
  `,
})
export class Snippet {
  protected readonly t = inject(I18n).t;
  protected readonly site = inject(Here).site;
}
