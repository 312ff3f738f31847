import { ChangeDetectionStrategy, Component, inject, input, signal } from "@angular/core";

import { copyTextOf } from "../../core/clipboard";
import { I18n } from "../../core/i18n";
import { Button } from "../button";
import { Icon } from "../icon";

/** A text that is handed over, such as a link or a secret, with a button that copies it. */
@Component({
  selector: "hk-copy-text",
  imports: [Button, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./copy-text.css",
  template: `
    <code #code [attr.aria-label]="label()">{{ text() }}</code>
    <button type="button" hkButton small (click)="copy(code)">
      <hk-icon [name]="copied() ? 'check' : 'copy'" />
      <span aria-live="polite">{{ t(copied() ? "copy.done" : "copy.do") }}</span>
    </button>
  `,
})
export class CopyText {
  readonly text = input.required<string>();
  readonly label = input.required<string>();

  protected readonly t = inject(I18n).t;
  protected readonly copied = signal(false);

  protected async copy(code: HTMLElement): Promise<void> {
    this.copied.set(await copyTextOf(code));
  }
}
