import { ChangeDetectionStrategy, Component, input, model } from "@angular/core";

import { Rove } from "./rove";

/** One of a set of choices, by its name. */
export interface Choice<T = string> {
  value: T;
  text: string;
}

/** One of few choices, all in sight. Arrow keys choose. A value that no choice has leaves none chosen. */
@Component({
  selector: "hk-seg",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./seg.css",
  hostDirectives: [Rove],
  host: { class: "seg", role: "radiogroup", "[attr.aria-label]": "label()", "[class]": "size()" },
  template: `
    @for (choice of choices(); track choice.value; let first = $first) {
      <button
        type="button"
        role="radio"
        [attr.aria-checked]="choice.value === chosen()"
        [tabindex]="choice.value === chosen() || (first && none()) ? 0 : -1"
        (click)="chosen.set(choice.value)"
      >
        {{ choice.text }}
      </button>
    }
  `,
})
export class Seg<T> {
  readonly choices = input.required<readonly Choice<T>[]>();
  readonly chosen = model.required<T>();
  readonly label = input.required<string>();
  readonly size = input<"" | "small" | "tiny">("");

  protected none(): boolean {
    return !this.choices().some((choice) => choice.value === this.chosen());
  }
}
