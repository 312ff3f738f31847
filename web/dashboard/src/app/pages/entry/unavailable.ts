import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Button } from "../../ui/button";
import { Message } from "../../ui/message";
import { Entry } from "./entry";

/** The server does not answer, or not as it should. */
@Component({
  selector: "hk-unavailable",
  imports: [Button, Entry, Message],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-entry plain>
      <hk-message [heading]="t('unavailable.heading')" [text]="t('unavailable.text')">
        <button type="button" hkButton (click)="again()">{{ t("action.retry") }}</button>
      </hk-message>
    </hk-entry>
  `,
})
export class Unavailable {
  protected readonly t = inject(I18n).t;

  protected again(): void {
    location.reload();
  }
}
