import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";

import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Interval, METRIC_FACTS, Metric } from "../core/query";
import { ChartPoint } from "./line-chart";

/** The chart as a table, in the same space. */
@Component({
  selector: "hk-chart-table",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./chart-table.css",
  template: `
    <div
      class="plot"
      tabindex="0"
      role="region"
      [attr.aria-label]="t('chart.label', { metric: t('metric.' + metric()) })"
    >
      <table class="series">
        <thead>
          <tr>
            <th scope="col">{{ t("chart.period") }}</th>
            <th scope="col" class="num">{{ t("metric." + metric()) }}</th>
            @if (compared()) {
              <th scope="col" class="num">{{ t("chart.compared") }}</th>
              <th scope="col" class="num">{{ t("list.change") }}</th>
            }
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.bucket) {
            <tr>
              <th scope="row">{{ row.name }}</th>
              <td class="num">{{ row.value }}</td>
              @if (compared()) {
                <td class="num">{{ row.before }}</td>
                <td class="num" [class]="row.change.tone">{{ row.change.text }}</td>
              }
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
})
export class ChartTable {
  readonly points = input.required<ChartPoint[]>();
  readonly metric = input.required<Metric>();
  readonly interval = input.required<Interval>();
  readonly compared = input(true);

  protected readonly t = inject(I18n).t;
  private readonly format = inject(Format);

  private readonly facts = computed(() => METRIC_FACTS[this.metric()]);

  protected readonly rows = computed(() =>
    this.points().map((point) => {
      const name = this.format.bucket(this.interval(), point.bucket);
      return {
        bucket: point.bucket,
        name: point.partial ? this.t("chart.running", { bucket: name }) : name,
        value: this.format.figure(this.facts().unit, point.value),
        before: this.format.figure(this.facts().unit, point.before ?? null),
        change: this.format.change(this.facts(), point.value, point.before),
      };
    }),
  );
}
