import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from "@angular/core";

import { Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Names } from "../core/names";
import { Dimension, METRIC_FACTS, QueryBody, list } from "../core/query";
import { settled } from "../core/settled";
import { SiteQuery } from "../core/site-query";
import { Dialog } from "../ui/dialog";
import { Input } from "../ui/input";
import { Link } from "../ui/link";

const LIMIT = 200;

/** The whole of one list, with a search that the server answers, so that it finds what lies beyond the shown rows. */
@Component({
  selector: "hk-all-dialog",
  imports: [Dialog, Input, Link],
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
      <div class="all-rows">
        <table>
          <thead>
            <tr>
              <th scope="col">{{ t("dimension." + dimension()) }}</th>
              <th scope="col" class="num">{{ t("metric.visitors") }}</th>
              @if (compared()) {
                <th scope="col" class="num">{{ t("list.change") }}</th>
              }
            </tr>
          </thead>
          <tbody>
            @for (row of rows(); track row.value) {
              <tr>
                <th scope="row">
                  <button type="button" hkLink (click)="pick.emit(row.value)">
                    <bdi>{{ row.name }}</bdi>
                  </button>
                </th>
                <td class="num">{{ row.figure }}</td>
                @if (compared()) {
                  <td class="num soft">{{ row.change }}</td>
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
  readonly pick = output<string>();

  protected readonly t = inject(I18n).t;
  private readonly i18n = inject(I18n);
  private readonly format = inject(Format);
  private readonly names = inject(Names);

  protected readonly text = signal("");
  private readonly searched = settled(this.text);
  protected readonly query = new SiteQuery({
    site: this.site,
    state: computed(() => ({ base: this.base(), dimension: this.dimension(), text: (this.searched() ?? "").trim() })),
    body: ({ base, dimension, text }) => ({
      ...base,
      filters: text ? [...base.filters, { dimension, op: "contains" as const, values: [text] }] : base.filters,
      include: [],
      queries: { all: list(dimension, LIMIT) },
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
        name: this.names.of(this.dimension(), value),
        figure: this.format.integer(now),
        change: this.format.change(METRIC_FACTS.visitors, now, row.compare?.[0]).text,
      };
    }),
  );

  protected readonly foot = computed(() => {
    const result = this.result();
    if (!result) return "\u00a0";
    const count = this.format.integer(result.rows.length);
    return result.more
      ? this.t("list.shown_of", { shown: count, all: this.format.integer(result.rows.length + result.more) })
      : this.i18n.plural("list.shown", result.rows.length, { count });
  });
}
