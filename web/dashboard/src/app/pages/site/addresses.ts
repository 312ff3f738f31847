import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Field } from "../../ui/field";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { ruleLists } from "./rule-lists";

/** Which parameters of an address make a page, and which hold what somebody searched for. */
@Component({
  selector: "hk-addresses",
  imports: [Field, SaveFoot, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section
        [error]="lists.form.error('form') || lists.problem()"
        [heading]="t('section.addresses.name')"
        [lead]="t('addresses.lead')"
      >
        <hk-setting-row [name]="t('addresses.kept')" [hint]="t('addresses.kept_hint')">
          <hk-field
            bare
            name="kept_query"
            autocomplete="off"
            [label]="t('addresses.kept')"
            [error]="lists.form.error('kept_query')"
            [value]="lists.text('kept_query')"
            (valueChange)="lists.type('kept_query', $event)"
          />
        </hk-setting-row>
        <hk-setting-row [name]="t('addresses.search')" [hint]="t('addresses.search_hint')">
          <hk-field
            bare
            name="search_query"
            autocomplete="off"
            [label]="t('addresses.search')"
            [error]="lists.form.error('search_query')"
            [value]="lists.text('search_query')"
            (valueChange)="lists.type('search_query', $event)"
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
export class Addresses {
  protected readonly t = inject(I18n).t;
  protected readonly lists = ruleLists({ kept_query: "addresses.kept", search_query: "addresses.search" });
}
