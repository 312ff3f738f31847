import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Button } from "../button";
import { Dialog } from "../dialog";
import { Unsaved } from "./unsaved";

/** Asks whether changes may be lost; every page of settings has one. Closing it stays. */
@Component({
  selector: "hk-leave-question",
  imports: [Button, Dialog],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (unsaved.asked(); as answer) {
      <hk-dialog [heading]="t('save.leave')" (closed)="answer(false)">
        <p class="soft">{{ t("save.leave_text") }}</p>
        <ng-container foot>
          <button type="button" hkButton="danger" (click)="answer(true)">{{ t("save.leave_yes") }}</button>
          <span class="sp"></span>
          <button type="button" hkButton="primary" (click)="answer(false)">{{ t("save.leave_no") }}</button>
        </ng-container>
      </hk-dialog>
    }
  `,
})
export class LeaveQuestion {
  protected readonly t = inject(I18n).t;
  protected readonly unsaved = inject(Unsaved);
}
