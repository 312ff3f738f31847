import { ChangeDetectionStrategy, Component, computed, input } from "@angular/core";

/** Strokes in a box of 24 by 24. */
const PATHS = {
  chart: "M4 19V9M10 19V5M16 19v-7M22 19H2",
  code: "m8 7-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14",
  person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 21a8 8 0 0 1 16 0",
  down: "m6 9 6 6 6-6",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  check: "m5 12.5 4.5 4.5L19 7.5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v5M12 8h.01",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14M16 16l4.5 4.5",
} as const;
export type IconName = keyof typeof PATHS;

/** A picture beside a word, or in a control that has a name of its own: never read out. */
@Component({
  selector: "hk-icon",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path [attr.d]="path()" /></svg>
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly path = computed(() => PATHS[this.name()]);
}
