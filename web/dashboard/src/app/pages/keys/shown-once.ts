import { ChangeDetectionStrategy, Component, inject, input } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Note } from "../../ui/note";
import { CopyText } from "../../ui/settings/copy-text";

/** A secret, the only time that it is seen. */
@Component({
  selector: "hk-shown-once",
  imports: [CopyText, Note],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { role: "status", class: "flex flex-col gap-3" },
  template: `
    <hk-note tone="mid">{{ t("keys.once") }}</hk-note>
    <hk-copy-text [label]="t('keys.secret')" [text]="token()" />
    <ng-content />
  `,
})
export class ShownOnce {
  readonly token = input.required<string>();
  protected readonly t = inject(I18n).t;
}
