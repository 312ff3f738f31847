import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Field } from "../../ui/field";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { ruleLists } from "./rule-lists";

/** Networks that are never taken for a data centre. */
@Component({
  selector: "hk-trusted-networks",
  imports: [Field, SaveFoot, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section [error]="lists.form.error('form')" [heading]="t('trusted.heading')" [lead]="t('trusted.lead')">
        <hk-setting-row [name]="t('trusted.networks')" [hint]="t('trusted.hint')">
          <hk-field
            bare
            name="trusted_networks"
            autocomplete="off"
            [label]="t('trusted.networks')"
            [error]="lists.form.error('trusted_networks')"
            [value]="lists.text('trusted_networks')"
            (valueChange)="lists.type('trusted_networks', $event)"
          />
        </hk-setting-row>
        <hk-save-foot
          foot
          discards
          [changes]="lists.changes()"
          [saved]="lists.saved()"
          [last]="lists.last.text()"
          [busy]="lists.form.busy()"
          (save)="lists.save($event)"
          (discard)="lists.discard()"
        />
      </hk-section>
    </form>
  `,
})
export class TrustedNetworks {
  protected readonly t = inject(I18n).t;
  protected readonly lists = ruleLists({ trusted_networks: "trusted.networks" });
}
