import { ChangeDetectionStrategy, Component, computed, input } from "@angular/core";

/** Strokes in a box of 24 by 24. */
const PATHS = {
  chart: "M4 19V9M10 19V5M16 19v-7M22 19H2",
  code: "m8 7-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14",
  person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 21a8 8 0 0 1 16 0",
  people: "M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2 20a7 7 0 0 1 14 0M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14a7 7 0 0 1 4 6",
  down: "m6 9 6 6 6-6",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  key: "M8 11a4 4 0 1 1 0 8 4 4 0 0 1 0-8M11 12l8-8M16 7l3 3",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  check: "m5 12.5 4.5 4.5L19 7.5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v5M12 8h.01",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  grip: "M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01",
  left: "m15 6-6 6 6 6",
  right: "m9 6 6 6-6 6",
  up: "m6 15 6-6 6 6",
  undo: "M4 9h10a5 5 0 0 1 0 10H9M8 5 4 9l4 4",
  download: "M12 4v11M8 11l4 4 4-4M5 19h14",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  lines: "M4 7h10M4 12h16M4 17h7",
  list: "M4 6h.01M4 12h.01M4 18h.01M8.5 6H20M8.5 12H20M8.5 18H20",
  out: "M7 17 17 7M9 7h8v8",
  columns: "M4 5h16v14H4zM9.5 5v14M14.5 5v14",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5a2 2 0 1 1 0 4 2 2 0 0 1 0-4M9 15a2 2 0 1 1 0 4 2 2 0 0 1 0-4",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14M16 16l4.5 4.5",
} as const;
export type IconName = keyof typeof PATHS;

/**
 * A picture beside a word, or in a control that has a name of its own: never read out. What holds it says how it looks:
 * `--icon-ink`, `--icon-size` (14 px) and `--icon-stroke` (2).
 */
@Component({
  selector: "hk-icon",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./icon.css",
  template: `
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path [attr.d]="path()" /></svg>
  `,
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly path = computed(() => PATHS[this.name()]);
}
