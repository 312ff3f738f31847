import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { RouterLink } from "@angular/router";

import { I18n } from "../core/i18n";
import { Button } from "../ui/button";
import { Message } from "../ui/message";

@Component({
  selector: "hk-not-found",
  imports: [Button, Message, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-message class="mt-6" [heading]="t('not_found.heading')" [text]="t('not_found.text')">
      <a hkButton routerLink="/">{{ t("not_found.home") }}</a>
    </hk-message>
  `,
})
export class NotFound {
  protected readonly t = inject(I18n).t;
}
