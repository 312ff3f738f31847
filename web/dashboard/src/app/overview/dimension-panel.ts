import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from "@angular/core";

import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Names } from "../core/names";
import { isTest } from "../core/predicate";
import { Dimension, METRIC_FACTS, Operator, Predicate, Result } from "../core/query";
import { Lazy, lazy } from "../ui/lazy";
import { Link } from "../ui/link";
import { Tabs } from "../ui/tabs";
import { Panel, Tab, listedBy } from "./panels";
import { ROWS } from "./view-state";

/** A list of the overview: values with bars, the change of each, and a click that filters by it. */
@Component({
  selector: "hk-dimension-panel",
  imports: [Lazy, Link, Tabs],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./dimension-panel.css",
  template: `
    <section class="card panel" [attr.aria-label]="t('panel.' + panel().id)">
      <header>
        <h2>{{ t("panel." + panel().id) }}</h2>
        <hk-tabs
          [label]="t('panel.' + panel().id)"
          [panel]="'list-' + panel().id"
          [tabs]="tabs()"
          [chosen]="chosen()"
          (chosenChange)="choose.emit($event)"
        />
      </header>
      <div
        class="rows"
        role="tabpanel"
        [class.map]="chosen() === 'map'"
        [id]="'list-' + panel().id"
        [attr.aria-labelledby]="'tab-' + chosen()"
      >
        @if (chosen() === "map") {
          <ng-container [hkLazy]="map" />
        } @else {
          <ul>
            @for (row of rows(); track row.value) {
              <li>
                <button
                  type="button"
                  class="row"
                  [attr.aria-pressed]="row.on"
                  [style.--w]="row.share"
                  (click)="click($event, row.value)"
                  (pointerenter)="look($event, row.value)"
                  (focus)="look($event, row.value)"
                  (pointerleave)="cut.set(undefined)"
                  (blur)="cut.set(undefined)"
                >
                  <bdi class="n">{{ row.name }}</bdi>
                  &ngsp;
                  <span class="v">{{ row.figure }}</span>
                  &ngsp;
                  <span class="c" [class.down]="row.change.tone === 'down'">{{ row.change.text }}</span>
                  @if (cut() === row.value) {
                    <bdi class="whole" aria-hidden="true">{{ row.name }}</bdi>
                  }
                </button>
              </li>
            }
          </ul>
          @if (result() && !rows().length) {
            <p class="none">{{ t("list.empty") }}</p>
          }
        }
      </div>
      @if (chosen() !== "map") {
        <footer>
          <button type="button" hkLink [disabled]="!rows().length" (click)="openAll.emit()">
            {{ t("tab_long." + chosen()) }}
          </button>
          <span>{{ t("list.counted") }}</span>
        </footer>
      }
    </section>
  `,
})
export class DimensionPanel {
  readonly panel = input.required<Panel>();
  readonly chosen = input.required<Tab>();
  /** The tab of the rows at hand: while another one is on its way, still the old one. */
  readonly shown = input.required<Tab>();
  readonly result = input<Result>();
  readonly compared = input(true);
  readonly filters = input.required<Predicate[]>();
  readonly choose = output<Tab>();
  readonly filter = output<{ dimension: Dimension; value: string; op: Operator }>();
  readonly openAll = output();

  protected readonly t = inject(I18n).t;
  private readonly format = inject(Format);
  private readonly names = inject(Names);
  /** The row whose name is cut and is shown whole. */
  protected readonly cut = signal<string | undefined>(undefined);

  private readonly dimension = computed(() => listedBy(this.shown()));
  /** Of the values that a filter names. */
  private readonly on = computed(() =>
    this.filters()
      .filter(isTest)
      .filter(({ dimension, op }) => dimension === this.dimension() && op === "is")
      .flatMap(({ values }) => values),
  );
  protected readonly map = lazy(
    () => import("./world-map").then((m) => m.WorldMap),
    { result: () => (this.dimension() === "country" ? this.result() : undefined), on: this.on },
    {
      filter: ({ value, op }) => this.filter.emit({ dimension: "country", value, op }),
      openAll: () => this.openAll.emit(),
    },
  );

  protected readonly tabs = computed(() => this.panel().tabs.map((value) => ({ value, text: this.t(`tab.${value}`) })));
  protected readonly rows = computed(() => {
    const rows = (this.result()?.rows ?? []).slice(0, ROWS);
    const largest = Math.max(1, ...rows.map((row) => row.metrics[0] ?? 0));
    return rows.map((row) => {
      const value = row.dimensions[0] ?? "";
      const name = this.names.of(this.dimension(), value);
      const now = row.metrics[0] ?? null;
      const figure = this.format.integer(now);
      const change = this.compared()
        ? this.format.change(METRIC_FACTS.visitors, now, row.compare?.[0])
        : { text: "", tone: "" as const };
      return {
        value,
        name,
        figure,
        change,
        share: ((now ?? 0) / largest).toFixed(3),
        on: this.on().includes(value),
      };
    });
  });

  protected click(event: MouseEvent, value: string): void {
    this.filter.emit({ dimension: this.dimension(), value, op: event.altKey ? "is_not" : "is" });
  }

  protected look(event: Event, value: string): void {
    const name = (event.currentTarget as HTMLElement).querySelector(".n");
    this.cut.set(name && name.scrollWidth > name.clientWidth ? value : undefined);
  }
}
