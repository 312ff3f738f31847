import { ChangeDetectionStrategy, Component, computed, effect, inject, input, output, signal } from "@angular/core";

import { Api } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { Answer, Dimension, QueryBody } from "../core/query";
import { Dialog } from "../ui/dialog";
import { errorText } from "../ui/form";
import { Names } from "./names";
import { list } from "./view-state";

const LIMIT = 200;
/** A search asks the server this long after the last key, in ms. */
const TYPING_MS = 200;

/** The whole of one list, with a search that the server answers, so that it finds what lies beyond the shown rows. */
@Component({
  selector: "hk-all-dialog",
  imports: [Dialog],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-dialog [heading]="t('tab_long.' + dimension())" (closed)="closed.emit()">
      <input
        class="search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        [attr.aria-label]="t('list.search')"
        [placeholder]="t('list.search')"
        [value]="text()"
        (input)="type($any($event.target).value)"
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
                  <button type="button" class="link" (click)="pick.emit(row.value)">
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
        @if (answered() && !rows().length) {
          <p class="none">{{ t(text() ? "list.nothing_found" : "list.empty") }}</p>
        }
      </div>
      <p class="foot" role="status" [class.down]="problem()">{{ problem() || foot() }}</p>
    </hk-dialog>
  `,
})
export class AllDialog {
  readonly siteId = input.required<string>();
  readonly dimension = input.required<Dimension>();
  /** Range, comparison and filters of the page. */
  readonly base = input.required<QueryBody>();
  readonly closed = output();
  readonly pick = output<string>();

  protected readonly t = inject(I18n).t;
  private readonly i18n = inject(I18n);
  private readonly api = inject(Api);
  private readonly format = inject(Format);
  private readonly names = inject(Names);

  protected readonly text = signal("");
  private readonly searched = signal("");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly answer = signal<Answer | undefined>(undefined);
  protected readonly problem = signal("");
  protected readonly answered = computed(() => this.answer() !== undefined);
  protected readonly compared = computed(() => this.base().compare !== null);

  private readonly latest = new Latest<QueryBody, Answer>(
    (body, signal) => this.api.query(this.siteId(), body, signal),
    (_body, answer) => {
      this.answer.set(answer);
      this.problem.set("");
    },
    (_body, error) => this.problem.set(errorText(this.i18n, error)),
  );

  protected readonly rows = computed(() =>
    (this.answer()?.results["all"]?.rows ?? []).map((row) => {
      const value = row.dimensions[0] ?? "";
      const now = row.metrics[0] ?? null;
      return {
        value,
        name: this.names.of(this.dimension(), value),
        figure: this.format.integer(now),
        change: this.format.change("visitors", now, row.compare?.[0]).text,
      };
    }),
  );

  protected readonly foot = computed(() => {
    const result = this.answer()?.results["all"];
    if (!result) return "\u00a0";
    const count = this.format.integer(result.rows.length);
    return result.more
      ? this.t("list.shown_of", { shown: count, all: this.format.integer(result.rows.length + result.more) })
      : this.i18n.plural("list.shown", result.rows.length, { count });
  });

  constructor() {
    effect(() => {
      const base = this.base();
      const dimension = this.dimension();
      const text = this.searched();
      const filters = text ? [...base.filters, { dimension, op: "contains" as const, values: [text] }] : base.filters;
      this.latest.ask({
        ...base,
        filters,
        queries: { all: list(dimension, LIMIT) },
      });
    });
  }

  protected type(text: string): void {
    this.text.set(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.searched.set(text.trim()), TYPING_MS);
  }
}
