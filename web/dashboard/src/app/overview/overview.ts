import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  computed,
  effect,
  inject,
  input,
  signal,
  untracked,
} from "@angular/core";
import { toSignal } from "@angular/core/rxjs-interop";
import { Title } from "@angular/platform-browser";
import { ActivatedRoute, Router, convertToParamMap } from "@angular/router";

import { Api, ApiError, Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { Answer, Comparison, Dimension, Filter, Interval, METRICS, Operator } from "../core/query";
import { Realtime } from "../core/realtime";
import { Session } from "../core/session";
import { hostText } from "../core/text";
import { NotFound } from "../pages/not-found";
import { Icon } from "../ui/icon";
import { Install } from "../ui/install";
import { errorText } from "../ui/form";
import { Notices } from "../ui/notices";
import { AllDialog } from "./all-dialog";
import { ChartTable } from "./chart-table";
import { FilterBar } from "./filter-bar";
import { FilterDialog } from "./filter-dialog";
import { Kpis } from "./kpis";
import { ChartPoint, LineChart } from "./line-chart";
import { ListPanel } from "./list-panel";
import { Choice, RangePicker, SitePicker } from "./pickers";
import { shiftBucket } from "./buckets";
import {
  PAGE_TABS,
  Params,
  SOURCE_TABS,
  ViewState,
  intervalOf,
  intervalsFor,
  overviewQuery,
  readState,
  toggleValue,
  writeState,
} from "./view-state";

/** What was asked and what came back: the page shows this until the next answer is there. */
interface Shown {
  site: Site;
  state: ViewState;
  answer: Answer;
}

/** Live visitors fade without any event, and days turn: ask again this often, in ms. */
const REFRESH_MS = 60_000;
/** After a failure, so that a server that was busy for a moment is not left alone until then. */
const RETRY_MS = 5_000;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

@Component({
  selector: "hk-overview",
  imports: [
    AllDialog,
    ChartTable,
    Choice,
    FilterBar,
    FilterDialog,
    Icon,
    Install,
    Kpis,
    LineChart,
    ListPanel,
    NotFound,
    Notices,
    RangePicker,
    SitePicker,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { "(document:keydown)": "key($event)" },
  template: `
    @if (site(); as site) {
      <div class="ctx">
        <hk-site-picker [site]="site" [sites]="sites()" [keep]="keep()" />
        <span class="live" [class.on]="live()" [title]="t('live.title')">
          <i></i>
          <span>
            <b>{{ live() === undefined ? "–" : format.integer(live()!) }}</b>
            {{ t("live.now") }}
          </span>
        </span>
        @if (!neverSeen()) {
          <span class="sp"></span>
          <button type="button" class="btn filter" aria-keyshortcuts="f" data-key="F" (click)="editing.set(-1)">
            <hk-icon name="filter" />
            <span class="label">{{ t("filter.button") }}</span>
          </button>
          <hk-range-picker [state]="state()" [days]="days()" (choose)="go($event)" />
          <hk-choice
            class="wide"
            [label]="t('compare.label')"
            [face]="t('compare.' + state().compare)"
            [options]="comparisons()"
            [chosen]="state().compare"
            (choose)="go({ compare: $event })"
          />
        }
        @if (busy()) {
          <span class="progress" aria-hidden="true"></span>
        }
      </div>
      <h1 class="sr">{{ t("overview.heading", { domain: host(site.domain) }) }}</h1>
      <hk-notices [siteId]="site.id" />
      @if (state().filters.length) {
        <hk-filter-bar
          [filters]="state().filters"
          (edit)="editing.set($event)"
          (remove)="removeFilter($event)"
          (clear)="go({ filters: [] })"
        />
      }
      @if (problem()) {
        <p class="problem" role="alert">
          {{ problem() }}
          <button type="button" class="btn" (click)="retry()">{{ t("action.retry") }}</button>
        </p>
      }
      @if (appliedUntil(); as time) {
        <div class="notices">
          <div class="note mid" role="status">
            <hk-icon name="warning" />
            <p>{{ t("overview.applied_until", { time }) }}</p>
          </div>
        </div>
      }
      @if (neverSeen()) {
        <section class="card first-run">
          <h2>{{ t("install.none_yet") }}</h2>
          <hk-install [site]="site" />
        </section>
      } @else {
        <section class="card" [attr.aria-label]="t('overview.figures')" [attr.aria-busy]="busy()">
          <hk-kpis
            [totals]="totals()"
            [compared]="compared()"
            [running]="dayRuns()"
            [chosen]="state().metric"
            (choose)="go({ metric: $event }, true)"
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
                  buttonClass="quiet"
                  [label]="t('interval.label')"
                  [face]="t('interval.' + interval())"
                  [options]="intervals()"
                  [chosen]="interval()"
                  (choose)="go({ interval: $event }, true)"
                />
              }
              <button
                type="button"
                class="quiet"
                [attr.aria-pressed]="state().table"
                (click)="go({ table: !state().table }, true)"
              >
                {{ t("chart.table") }}
              </button>
            </div>
            @if (state().table) {
              <hk-chart-table
                [points]="points()"
                [metric]="state().metric"
                [interval]="shownInterval()"
                [compared]="compared()"
              />
            } @else {
              <hk-line-chart [points]="points()" [metric]="state().metric" [interval]="shownInterval()" />
            }
          </div>
        </section>
        <div class="grid">
          <hk-list-panel
            panel="sources"
            [heading]="t('panel.sources')"
            [tabs]="sourceTabs"
            [chosen]="state().sources"
            [dimension]="shown()?.state?.sources ?? state().sources"
            [result]="shown()?.answer?.results?.['sources']"
            [compared]="compared()"
            [filters]="state().filters"
            (choose)="go({ sources: $event }, true)"
            (filter)="filterBy($event.dimension, $event.value, $event.op)"
            (openAll)="go({ all: 'sources' })"
          />
          <hk-list-panel
            panel="pages"
            [heading]="t('panel.pages')"
            [tabs]="pageTabs"
            [chosen]="state().pages"
            [dimension]="shown()?.state?.pages ?? state().pages"
            [result]="shown()?.answer?.results?.['pages']"
            [compared]="compared()"
            [filters]="state().filters"
            (choose)="go({ pages: $event }, true)"
            (filter)="filterBy($event.dimension, $event.value, $event.op)"
            (openAll)="go({ all: 'pages' })"
          />
        </div>
      }
      @if (state().all; as panel) {
        <hk-all-dialog
          [siteId]="site.id"
          [dimension]="panel === 'pages' ? state().pages : state().sources"
          [base]="query()"
          (closed)="go({ all: undefined }, true)"
          (pick)="filterBy(panel === 'pages' ? state().pages : state().sources, $event, 'is')"
        />
      }
      @if (editing() !== undefined) {
        <hk-filter-dialog
          [siteId]="site.id"
          [base]="query()"
          [filter]="state().filters[editing()!]"
          (done)="setFilter(editing()!, $event)"
          (closed)="editing.set(undefined)"
        />
      }
    } @else {
      <hk-not-found />
    }
  `,
})
export class Overview {
  /** From the path. */
  readonly domain = input.required<string>();

  protected readonly t = inject(I18n).t;
  protected readonly host = hostText;
  protected readonly format = inject(Format);
  private readonly i18n = inject(I18n);
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly session = inject(Session);
  private readonly title = inject(Title);

  private readonly params = toSignal(this.route.queryParamMap, { initialValue: convertToParamMap({}) });
  protected readonly state = computed(() => readState(this.params()));
  protected readonly sites = computed(() => this.session.sites() ?? []);
  protected readonly site = computed(() => this.sites().find((site) => site.domain === this.domain()));
  /** Equal questions are one: what is only shown differently asks nothing. */
  protected readonly query = computed(() => overviewQuery(this.state()), { equal: same });

  private readonly kept = signal<Shown | undefined>(undefined);
  /** Old figures stay until new ones are there, but never under another site's name. */
  protected readonly shown = computed(() => {
    const kept = this.kept();
    return kept?.site.id === this.site()?.id ? kept : undefined;
  });
  protected readonly busy = signal(false);
  protected readonly problem = signal("");
  protected readonly editing = signal<number | undefined>(undefined);
  private retrying: ReturnType<typeof setTimeout> | undefined;

  protected readonly pageTabs = PAGE_TABS;
  protected readonly sourceTabs = SOURCE_TABS;

  /** Unknown while the server cannot be asked: figures may stay, but this one would not be live. */
  protected readonly live = computed(() =>
    this.problem() || this.appliedUntil() ? undefined : this.shown()?.answer.live_visitors,
  );
  protected readonly days = computed(() => {
    const shown = this.shown();
    // While the answer to another range is on its way, its days are not known.
    return shown && same(shown.state.range, this.state().range) ? shown.answer.range : undefined;
  });
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
  /** The server is behind, for example because its disk is full: what it shows ends there. */
  protected readonly appliedUntil = computed(() => {
    const until = this.shown()?.answer.applied_until;
    return until && this.format.bucket("hour", until);
  });
  protected readonly totals = computed(() => this.shown()?.answer.results["totals"]?.rows[0]);
  protected readonly interval = computed(() => intervalOf(this.state()));
  protected readonly shownInterval = computed(() => intervalOf(this.shown()?.state ?? this.state()));
  protected readonly intervals = computed(() =>
    intervalsFor(this.state().range).map((value) => ({ value, text: this.t(`interval.${value}`) })),
  );
  protected readonly comparisons = computed(() =>
    (["previous", "year", "off"] as const).map((value: Comparison | "off") => ({
      value,
      text: this.t(`compare.long.${value}`),
    })),
  );
  protected readonly keep = computed(() => ({ ...writeState({ ...this.state(), filters: [], all: undefined }) }));
  protected readonly points = computed<ChartPoint[]>(() => {
    const shown = this.shown();
    if (!shown) return [];
    const interval: Interval = this.shownInterval();
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
  protected readonly neverSeen = computed(() => {
    const shown = this.shown();
    return shown !== undefined && !shown.answer.first_day;
  });

  private readonly latest = new Latest<{ site: Site; state: ViewState }, Answer>(
    ({ site, state }, signal) => this.api.query(site.id, overviewQuery(state), signal),
    (asked, answer) => {
      this.kept.set({ ...asked, answer });
      this.busy.set(false);
      this.problem.set("");
    },
    (_asked, error) => {
      this.busy.set(false);
      if (error instanceof ApiError && error.status === 401) {
        this.session.expired();
        return;
      }
      this.problem.set(errorText(this.i18n, error));
      clearTimeout(this.retrying);
      // What is wrong with the question stays wrong.
      if (error instanceof ApiError && error.status >= 400 && error.status < 429) return;
      this.retrying = setTimeout(() => this.latest.again(), RETRY_MS);
    },
  );

  constructor() {
    effect(() => {
      const site = this.site();
      this.query();
      if (!site) return;
      untracked(() => {
        this.busy.set(true);
        this.latest.ask({ site, state: this.state() });
      });
    });
    effect((cleanUp) => {
      const id = this.site()?.id;
      if (!id) return;
      const stream = new Realtime(this.api.realtimeUrl(id), () => this.latest.again());
      cleanUp(() => stream.close());
    });
    effect(() => {
      const site = this.site();
      if (site) this.session.remember(site);
    });
    effect(() =>
      this.title.setTitle(`${hostText(this.site()?.domain ?? "") || this.t("not_found.heading")} · HitKeep`),
    );

    const again = () => {
      if (document.visibilityState === "visible") this.latest.again();
    };
    const timer = setInterval(again, REFRESH_MS);
    inject(DestroyRef).onDestroy(() => {
      clearInterval(timer);
      clearTimeout(this.retrying);
      this.latest.stop();
    });
  }

  /** Changes the view by changing the address. Small switches replace the entry: "back" goes to another question. */
  protected go(change: Partial<ViewState>, replaceUrl = false): void {
    const params: Params = writeState({ ...this.state(), ...change });
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams: params,
      queryParamsHandling: "merge",
      replaceUrl,
    });
  }

  protected filterBy(dimension: Dimension, value: string, op: Operator): void {
    this.go({ filters: toggleValue(this.state().filters, dimension, value, op), all: undefined });
  }

  protected setFilter(index: number, filter: Filter): void {
    const filters = [...this.state().filters];
    if (index < 0) filters.push(filter);
    else filters[index] = filter;
    this.go({ filters });
  }

  protected removeFilter(index: number): void {
    this.go({ filters: this.state().filters.filter((_, i) => i !== index) });
  }

  protected retry(): void {
    this.problem.set("");
    this.latest.again();
  }

  /** F opens the filter, Escape clears the filters; not while one types, and dialogs keep their keys to themselves. */
  protected key(event: KeyboardEvent): void {
    const typing = event.target instanceof Element && event.target.closest("input,select,textarea,dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "f" || event.key === "F") {
      event.preventDefault();
      this.editing.set(-1);
    } else if (event.key === "Escape" && this.state().filters.length) {
      this.go({ filters: [] });
    }
  }
}
