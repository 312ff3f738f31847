import { ChangeDetectionStrategy, Component, computed, inject, input, output } from "@angular/core";

import { I18n } from "../core/i18n";
import { Comparison, DayRange, PRESETS, Preset } from "../core/query";
import { MenuPart } from "../ui/menu";
import { Period } from "../ui/report/period";
import { FrameState } from "./frame-state";

/** What opens below the period: the presets, any two days, and the comparison. */
@Component({
  selector: "hk-range-form",
  imports: [Period],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-period
      [presets]="presets()"
      [days]="days()"
      [first]="known().from"
      [last]="known().to"
      [hint]="zone() && t('range.zone', { zone: zone() })"
      [comparisons]="comparisons()"
      [comparison]="state().compare"
      (comparisonChange)="compare($event)"
      (preset)="preset($event)"
      (range)="choose.emit({ range: $event })"
    />
  `,
})
export class RangeForm {
  readonly state = input.required<FrameState>();
  /** The days in sight. */
  readonly days = input.required<DayRange>();
  /** The first day with figures, and today. */
  readonly known = input.required<DayRange>();
  /** Whose days they are; empty until it is known. */
  readonly zone = input.required<string>();
  readonly choose = output<Partial<FrameState>>();

  protected readonly t = inject(I18n).t;
  protected readonly presets = computed<MenuPart[]>(() =>
    PRESETS.map((value) => ({ value, text: this.t(`range.long.${value}`), checked: value === this.state().range })),
  );
  protected readonly comparisons = computed(() =>
    (["previous", "year", "off"] as const).map((value) => ({ value, text: this.t(`compare.short.${value}`) })),
  );

  protected preset(name: string): void {
    this.choose.emit({ range: name as Preset });
  }

  protected compare(name: string): void {
    this.choose.emit({ compare: name as Comparison | "off" });
  }
}
