import { ChangeDetectionStrategy, Component, input } from "@angular/core";

import { Field } from "../../ui/field";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { RuleList, RuleLists } from "./rule-lists";

/** A card with rules that are lists, each typed in one field. */
@Component({
  selector: "hk-rule-form",
  imports: [Field, SaveFoot, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section [error]="lists().form.error('form') || lists().problem()" [heading]="heading()" [lead]="lead()">
        @for (row of rows(); track row.field) {
          <hk-setting-row [name]="row.name" [hint]="row.hint">
            <hk-field
              bare
              autocomplete="off"
              [name]="row.field"
              [label]="row.name"
              [error]="lists().form.error(row.field)"
              [value]="lists().text(row.field)"
              (valueChange)="lists().type(row.field, $event)"
            />
          </hk-setting-row>
        }
        <hk-save-foot
          foot
          discards
          [changes]="lists().changes()"
          [saved]="lists().saved()"
          [last]="lists().last.text()"
          [busy]="lists().form.busy()"
          (save)="lists().save($event)"
          (discard)="lists().discard()"
        />
      </hk-section>
    </form>
  `,
})
export class RuleForm {
  readonly lists = input.required<RuleLists>();
  readonly heading = input.required<string>();
  readonly lead = input.required<string>();
  readonly rows = input.required<readonly { field: RuleList; name: string; hint: string }[]>();
}
