import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Keys } from "../../core/keys";
import { Section, SettingRow } from "../../ui/settings/section";
import { Switch } from "../../ui/switch";

/** Whether single keys are commands in this browser. It changes at once. */
@Component({
  selector: "hk-keys",
  imports: [Section, SettingRow, Switch],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section [heading]="t('section.keys.name')">
      <hk-setting-row kind="beside" [name]="t('account.keys')" [hint]="t('account.keys_hint')">
        <button hkSwitch [label]="t('account.keys')" [on]="keys.on()" (onChange)="keys.turn($event)"></button>
      </hk-setting-row>
    </hk-section>
  `,
})
export class KeysSection {
  protected readonly t = inject(I18n).t;
  protected readonly keys = inject(Keys);
}
