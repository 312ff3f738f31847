import { ChangeDetectionStrategy, Component, inject, input } from "@angular/core";

import { I18n } from "../../core/i18n";

/** Where one is in the set-up. */
@Component({
  selector: "hk-steps",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./steps.css",
  template: `
    <ol class="steps">
      @for (step of ["account", "site", "snippet"]; track step; let i = $index) {
        <li [attr.aria-current]="i + 1 === current() ? 'step' : null" [class.done]="i + 1 < current()">
          {{ t("setup.step." + step) }}
        </li>
      }
    </ol>
  `,
})
export class Steps {
  readonly current = input.required<number>();
  protected readonly t = inject(I18n).t;
}
