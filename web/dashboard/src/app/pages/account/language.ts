import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n, LANGUAGES, Language } from "../../core/i18n";
import { Field } from "../../ui/field";
import { Select } from "../../ui/select";
import { Section, SettingRow } from "../../ui/settings/section";

/** The language of this browser. It changes at once. */
@Component({
  selector: "hk-language",
  imports: [Field, Section, Select, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section [heading]="t('section.language.name')">
      <hk-setting-row [name]="t('account.language')" [hint]="t('account.language_hint')">
        <hk-field bare required name="language" [label]="t('account.language')">
          <hk-select [choices]="languages" [chosen]="i18n.current()" (chosenChange)="i18n.choose($event)" />
        </hk-field>
      </hk-setting-row>
    </hk-section>
  `,
})
export class LanguageSection {
  protected readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  protected readonly languages = Object.entries(LANGUAGES).map(([value, text]) => ({ value: value as Language, text }));
}
