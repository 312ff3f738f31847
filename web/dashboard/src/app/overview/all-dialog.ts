import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from "@angular/core";

import { Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Names } from "../core/names";
import { Dimension, METRIC_FACTS, Metric, QueryBody, list } from "../core/query";
import { settled } from "../core/settled";
import { SiteQuery } from "../core/site-query";
import { Dialog } from "../ui/dialog";
import { Input } from "../ui/input";
import { Link } from "../ui/link";
import { Seg } from "../ui/seg";
import { FINER } from "./panels";

const LIMIT = 200;
/** Figures of their own: what a page asks of its readers. */
const MORE: Partial<Record<Dimension, Metric[]>> = { page: ["pageviews", "time_on_page", "scroll_depth"] };

/** The one that a phone has room for. */
const NARROW: Metric = "time_on_page";

/** The whole of one list, with a search that the server answers, so that it finds what lies beyond the shown rows. */
@Component({
  selector: "hk-all-dialog",
  imports: [Dialog, Input, Link, Seg],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./all-dialog.css",
  template: `
    <hk-dialog [heading]="t('tab_long.' + dimension())" (closed)="closed.emit()">
      <input
        hkInput
        class="search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        [attr.aria-label]="t('list.search')"
        [placeholder]="t('list.search')"
        [value]="text()"
        (input)="text.set($any($event.target).value)"
      />
      @if (finer(); as finer) {
        <hk-seg
          size="small"
          [label]="t('list.detail')"
          [choices]="details(finer)"
          [chosen]="listed()"
          (chosenChange)="wanted.set($event)"
        />
      }
      <div class="all-rows">
        <table>
          <thead>
            <tr>
              <th scope="col">{{ t("dimension." + listed()) }}</th>
              <th scope="col" class="num">{{ t("metric.visitors") }}</th>
              @if (compared()) {
                <th scope="col" class="num" [class.wide]="more().length">{{ t("list.change") }}</th>
              }
              @for (metric of more(); track metric) {
                <th scope="col" class="num" [class.wide]="metric !== narrow">{{ t("metric." + metric) }}</th>
              }
            </tr>
          </thead>
          <tbody>
            @for (row of rows(); track row.value) {
              <tr>
                <th scope="row">
                  <button type="button" hkLink (click)="pick.emit({ dimension: listed(), value: row.value })">
                    <bdi>{{ row.name }}</bdi>
                  </button>
                </th>
                <td class="num">{{ row.figure }}</td>
                @if (compared()) {
                  <td class="num soft" [class.wide]="more().length">{{ row.change }}</td>
                }
                @for (figure of row.more; track figure.metric) {
                  <td class="num" [class.wide]="figure.metric !== narrow">{{ figure.text }}</td>
                }
              </tr>
            }
          </tbody>
        </table>
        @if (query.shown() && !rows().length) {
          <p class="none">{{ t(text() ? "list.nothing_found" : "list.empty") }}</p>
        }
      </div>
      <p class="foot" role="status" [class.down]="query.problem()">{{ query.problem() || foot() }}</p>
    </hk-dialog>
  `,
})
export class AllDialog {
  readonly site = input.required<Site | undefined>();
  readonly dimension = input.required<Dimension>();
  /** Range, comparison and filters of the page. */
  readonly base = input.required<QueryBody>();
  readonly closed = output();
  readonly pick = output<{ dimension: Dimension; value: string }>();

  protected readonly t = inject(I18n).t;
  private readonly i18n = inject(I18n);
  private readonly format = inject(Format);
  private readonly names = inject(Names);

  protected readonly narrow = NARROW;
  protected readonly finer = computed(() => FINER[this.dimension()]);
  protected readonly wanted = signal<Dimension | undefined>(undefined);
  protected readonly listed = computed(() => this.wanted() ?? this.dimension());
  /** What there is to say of each row beside its visitors. */
  protected readonly more = computed(() => MORE[this.listed()] ?? []);

  protected readonly text = signal("");
  private readonly searched = settled(this.text);
  protected readonly query = new SiteQuery({
    site: this.site,
    state: computed(() => ({ base: this.base(), dimension: this.listed(), text: (this.searched() ?? "").trim() })),
    body: ({ base, dimension, text }) => ({
      ...base,
      filters: text ? [...base.filters, { dimension, op: "contains" as const, values: [text] }] : base.filters,
      include: [],
      queries: { all: { ...list(dimension, LIMIT), metrics: ["visitors", ...(MORE[dimension] ?? [])] } },
    }),
  });
  private readonly result = computed(() => this.query.shown()?.answer.results["all"]);
  protected readonly compared = computed(() => this.base().compare !== null);

  protected readonly rows = computed(() =>
    (this.result()?.rows ?? []).map((row) => {
      const value = row.dimensions[0] ?? "";
      const now = row.metrics[0] ?? null;
      return {
        value,
        name: this.names.of(this.query.shown()?.state.dimension ?? this.listed(), value),
        figure: this.format.integer(now),
        change: this.format.change(METRIC_FACTS.visitors, now, row.compare?.[0]).text,
        more: this.more().map((metric, i) => ({
          metric,
          text: this.format.figure(METRIC_FACTS[metric].unit, row.metrics[i + 1] ?? null),
        })),
      };
    }),
  );

  protected details(finer: Dimension): { value: Dimension; text: string }[] {
    return [
      { value: this.dimension(), text: this.t("list.coarse") },
      { value: finer, text: this.t("list.versions") },
    ];
  }

  protected readonly foot = computed(() => {
    const result = this.result();
    if (!result) return "\u00a0";
    const count = this.format.integer(result.rows.length);
    return result.more
      ? this.t("list.shown_of", { shown: count, all: this.format.integer(result.rows.length + result.more) })
      : this.i18n.plural("list.shown", result.rows.length, { count });
  });
}
