import { ChangeDetectionStrategy, Component, computed, model, output } from "@angular/core";

import { Control } from "./control";

const COUNT = 6;

/** The six digits of an authenticator app, in a field: pasted as they come, and said to be full with the last one. */
@Component({
  selector: "hk-digits",
  imports: [Control],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./digits.css",
  template: `
    @for (digit of boxes(); track $index) {
      <span aria-hidden="true" [class.at]="$index === at()">{{ digit }}</span>
    }
    <input
      hkControl
      type="text"
      inputmode="numeric"
      autocomplete="one-time-code"
      spellcheck="false"
      [value]="value()"
      (input)="take($any($event.target))"
    />
  `,
})
export class Digits {
  readonly value = model("");
  readonly full = output();

  protected readonly boxes = computed(() => Array.from({ length: COUNT }, (_, i) => this.value()[i] ?? ""));
  protected readonly at = computed(() => Math.min(this.value().length, COUNT - 1));

  /** Apps put blanks between digits, and some people hyphens. */
  protected take(input: HTMLInputElement): void {
    const digits = input.value.replace(/\D/g, "").slice(0, COUNT);
    input.value = digits;
    const before = this.value();
    this.value.set(digits);
    if (digits.length === COUNT && digits !== before) this.full.emit();
  }
}
