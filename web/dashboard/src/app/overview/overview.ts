import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";
import { RouterLink } from "@angular/router";

import { writeState } from "../core/address";
import { Format, dayIn } from "../core/format";
import { I18n } from "../core/i18n";
import { Dimension, MACHINES, METRICS, Operator, isOfMachines } from "../core/query";
import { Session } from "../core/session";
import { SiteQuery } from "../core/site-query";
import { toggleValue } from "../shell/frame-state";
import { PageFrame } from "../shell/page-frame";
import { pageView } from "../shell/page-view";
import { Choice } from "../shell/pickers";
import { Lazy, lazy } from "../ui/lazy";
import { Link } from "../ui/link";
import { shiftBucket } from "./buckets";
import { DimensionPanel } from "./dimension-panel";
import { Kpis } from "./kpis";
import { ChartPoint, LineChart } from "./line-chart";
import { PANELS, Tab, listedBy } from "./panels";
import { OVERVIEW, OverviewState, intervalOf, intervalsFor, overviewQuery } from "./view-state";

@Component({
  selector: "hk-overview",
  imports: [Choice, DimensionPanel, Kpis, Lazy, LineChart, Link, PageFrame, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./overview.css",
  template: `
    <hk-page-frame [view]="view" [query]="query" heading="overview.heading">
      <ng-template>
        <section
          class="card"
          [class.machines]="ofMachines()"
          [attr.aria-label]="t('overview.figures')"
          [attr.aria-busy]="query.busy()"
        >
          <hk-kpis
            [totals]="totals()"
            [compared]="compared()"
            [running]="dayRuns()"
            [chosen]="state().metric"
            (choose)="view.go({ metric: $event }, true)"
          />
          <div class="chart">
            <div class="top">
              <span class="key">
                <i></i>
                {{ t("metric." + state().metric) }}
              </span>
              @if (comparedDays(); as days) {
                <span class="key p">
                  <i></i>
                  {{ days }}
                </span>
                @if (comparedUntil(); as time) {
                  <span class="wide">{{ t("change.until", { time }) }}</span>
                }
              }
              <span class="sp"></span>
              @if (intervals().length > 1) {
                <hk-choice
                  quiet
                  [label]="t('interval.label')"
                  [face]="t('interval.' + interval())"
                  [options]="intervals()"
                  [chosen]="interval()"
                  (choose)="view.go({ interval: $event }, true)"
                />
              }
              <button
                type="button"
                hkLink="quiet"
                [attr.aria-pressed]="state().table"
                (click)="view.go({ table: !state().table }, true)"
              >
                {{ t("chart.table") }}
              </button>
            </div>
            @if (state().table) {
              <ng-container [hkLazy]="chartTable" />
            } @else {
              <hk-line-chart [points]="points()" [metric]="state().metric" [interval]="shownInterval()" />
            }
            <p class="under">
              @if (hidden(); as text) {
                <a class="hidden" [routerLink]="[]" [queryParams]="withHidden()" queryParamsHandling="merge">
                  {{ text }}
                </a>
              }
              <span class="sp"></span>
              @if (countedUntil(); as time) {
                <span>{{ t("overview.counted_until", { time }) }}</span>
              }
            </p>
          </div>
        </section>
        <div class="grid">
          @for (panel of panels(); track panel.id) {
            <hk-dimension-panel
              [panel]="panel"
              [chosen]="tabOf(state(), panel.id)"
              [shown]="tabOf(shown()?.state ?? state(), panel.id)"
              [result]="shown()?.answer?.results?.[panel.id]"
              [compared]="compared()"
              [filters]="state().filters"
              (choose)="chooseTab(panel.id, $event)"
              (filter)="filterBy($event.dimension, $event.value, $event.op)"
              (openAll)="view.go({ all: panel.id })"
            />
          }
        </div>
        <p class="places">
          <a href="https://db-ip.com" target="_blank" rel="noopener">IP Geolocation by DB-IP</a>
        </p>
        @if (state().all) {
          <ng-container [hkLazy]="allDialog" />
        }
      </ng-template>
    </hk-page-frame>
  `,
})
export class Overview {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly format = inject(Format);
  private readonly session = inject(Session);

  protected readonly view = pageView(OVERVIEW);
  protected readonly state = this.view.state;
  protected readonly panels = computed(() =>
    PANELS.filter(({ permission }) => permission === undefined || this.session.may(permission, this.view.site())),
  );
  protected readonly query = new SiteQuery<OverviewState>({
    site: this.view.site,
    state: this.state,
    body: (state) => overviewQuery(state, this.panels()),
    live: true,
  });
  protected readonly shown = this.query.shown;

  protected readonly compared = computed(() => this.shown()?.answer.compare !== undefined);
  protected readonly comparedDays = computed(() => {
    const range = this.shown()?.answer.compare;
    return range && this.format.days(range);
  });
  /** A period that is still running is held against as much of the other one; the chart shows all of it. */
  protected readonly comparedUntil = computed(() => {
    const compare = this.shown()?.answer.compare;
    if (!compare?.until) return undefined;
    // In a range that ends in the future it is not the last day that is cut.
    return compare.until.startsWith(compare.to)
      ? this.format.time(compare.until)
      : this.format.bucket("hour", compare.until);
  });
  protected readonly dayRuns = computed(() => {
    const answer = this.shown()?.answer;
    return answer?.compare?.until !== undefined && answer.range.from === answer.range.to;
  });
  protected readonly totals = computed(() => this.shown()?.answer.results["totals"]?.rows[0]);
  protected readonly interval = computed(() => intervalOf(this.state()));
  protected readonly shownInterval = computed(() => intervalOf(this.shown()?.state ?? this.state()));
  protected readonly intervals = computed(() =>
    intervalsFor(this.state().range).map((value) => ({ value, text: this.t(`interval.${value}`) })),
  );
  protected readonly points = computed<ChartPoint[]>(() => {
    const shown = this.shown();
    if (!shown) return [];
    const interval = this.shownInterval();
    const at = METRICS.indexOf(this.state().metric);
    const first = shown.answer.compare?.from;
    return (shown.answer.results["series"]?.rows ?? []).map((row, i) => ({
      bucket: row.dimensions[0] ?? "",
      value: row.metrics[at] ?? null,
      before: first === undefined ? undefined : (row.compare?.[at] ?? null),
      beforeBucket: first === undefined ? undefined : shiftBucket(interval, first, i),
      partial: row.partial ?? false,
    }));
  });

  protected readonly chartTable = lazy(() => import("./chart-table").then((m) => m.ChartTable), {
    points: this.points,
    metric: () => this.state().metric,
    interval: this.shownInterval,
    compared: this.compared,
  });

  /** What is no person's is kept apart; where that is what is shown, nothing is hidden. */
  protected readonly hidden = computed(() => {
    const visits = this.shown()?.answer.machine_visits;
    if (!visits || this.ofMachines()) return "";
    return this.i18n.plural("overview.hidden_bots", visits, { count: this.format.integer(visits) });
  });
  protected readonly withHidden = computed(() =>
    writeState(OVERVIEW, { ...this.state(), filters: [...this.state().filters, MACHINES] }),
  );
  protected readonly ofMachines = computed(() => isOfMachines(this.shown()?.state.filters ?? []));
  /** By the site's clocks, while the period is running. */
  protected readonly countedUntil = computed(() => {
    const shown = this.shown();
    if (!shown || shown.answer.applied_until) return "";
    const { now, zone, range } = shown.answer;
    return range.to >= dayIn(zone, now) ? this.format.timeIn(zone, now) : "";
  });

  private readonly allOf = (): Dimension => listedBy(this.tabOf(this.state(), this.state().all ?? ""));
  protected readonly allDialog = lazy(
    () => import("./all-dialog").then((m) => m.AllDialog),
    { site: () => this.view.site(), dimension: this.allOf, base: this.query.body },
    {
      closed: () => this.view.go({ all: undefined }, true),
      pick: ({ dimension, value }) => this.filterBy(dimension, value, "is"),
    },
  );

  protected tabOf(state: OverviewState, panel: string): Tab {
    return state.tabs[panel] ?? "page";
  }

  protected chooseTab(panel: string, tab: Tab): void {
    this.view.go({ tabs: { ...this.state().tabs, [panel]: tab } }, true);
  }

  protected filterBy(dimension: Dimension, value: string, op: Operator): void {
    this.view.go({ filters: toggleValue(this.state().filters, dimension, value, op), all: undefined });
  }
}
