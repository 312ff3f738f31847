import { ChangeDetectionStrategy, Component, computed, inject, input, output } from "@angular/core";

import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { METRICS, METRIC_FACTS, Metric, Row } from "../core/query";
import { Rove } from "../ui/rove";

/** The headline figures. The chosen one is what the chart shows. */
@Component({
  selector: "hk-kpis",
  imports: [Rove],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./kpis.css",
  template: `
    <div class="kpis" role="radiogroup" hkRove="select" [attr.aria-label]="t('chart.choose')">
      @for (card of cards(); track card.metric) {
        <button
          type="button"
          role="radio"
          class="kpi"
          [attr.aria-checked]="card.metric === chosen()"
          [tabindex]="card.metric === chosen() ? 0 : -1"
          (click)="choose.emit(card.metric)"
        >
          <span class="name">{{ t("metric." + card.metric) }}</span>
          <span class="v">{{ card.value }}</span>
          <span class="d" [class]="card.change.tone">{{ card.change.text }}</span>
        </button>
      }
    </div>
  `,
})
export class Kpis {
  /** Undefined while nothing has come yet. */
  readonly totals = input<Row>();
  readonly compared = input(true);
  /** A single day is running: many of its visits go on, those of the other day have ended. That is no judgement. */
  readonly running = input(false);
  readonly chosen = input.required<Metric>();
  readonly choose = output<Metric>();

  protected readonly t = inject(I18n).t;
  private readonly format = inject(Format);

  protected readonly cards = computed(() => {
    const row = this.totals();
    return METRICS.map((metric, i) => {
      const facts = METRIC_FACTS[metric];
      const now = row?.metrics[i] ?? null;
      const change =
        row && this.compared() ? this.format.change(facts, now, row.compare?.[i]) : { text: "\u00a0", tone: "" };
      if (this.running() && !facts.additive) change.tone = "";
      return { metric, value: row ? this.format.figure(facts.unit, now) : "\u00a0", change };
    });
  });
}
