import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  computed,
  effect,
  inject,
  signal,
  untracked,
} from "@angular/core";
import { RouterLink } from "@angular/router";

import { Params, writeState } from "../core/address";
import { Api, Counted, OwnRequest, SiteChange } from "../core/api";
import { DASH, Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { Names } from "../core/names";
import { errorText } from "../core/problem";
import { Session } from "../core/session";
import { SiteQuery } from "../core/site-query";
import { hostText, visible } from "../core/text";
import { FRAME, FrameState, frameQuery } from "../shell/frame-state";
import { PageFrame } from "../shell/page-frame";
import { pageView } from "../shell/page-view";
import { Button } from "../ui/button";
import { Link } from "../ui/link";
import { Note } from "../ui/note";
import { Column, DataTable, Sort } from "../ui/report/data-table";
import { Measure } from "../ui/settings/facts";
import { Section } from "../ui/settings/section";
import { Todo as TodoRow } from "../ui/settings/steps";
import { Tone } from "../ui/tag";
import { CLOCK_OFF_S, CLOCK_WRONG_S, SILENT_MS, Todo, todosOf } from "./told";

type Drop = Counted["dropped_by"][number];
type Machines = Counted["machines"][number] & { visits: number | undefined };

/** Two figures at most in a sentence below a name. */
const NAMED = 3;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** What became of everything that came: counted, kept apart, dropped; why, and what helps. */
@Component({
  selector: "hk-counted",
  imports: [Button, DataTable, Link, Note, PageFrame, RouterLink, Section, TodoRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./counted.css",
  template: `
    <hk-page-frame plain [view]="view" [query]="frame" heading="counted.heading">
      <ng-template>
        <div class="head">
          <h2 class="title">{{ t("page.counted.name") }}</h2>
          @if (days(); as days) {
            <p>{{ days }}</p>
          }
        </div>
        @if (told(); as told) {
          <hk-note role="status" [tone]="verdict().tone">
            <b>{{ verdict().lead }}</b>
            {{ verdict().text }}
            @if (open() > 0) {
              <b>{{ plural("counted.need", open(), { n: open() }) }}</b>
            }
          </hk-note>
          <section class="card figures" [attr.aria-label]="t('counted.figures')">
            <dl class="kpis">
              @for (figure of figures(); track figure.name) {
                <div>
                  <dt>{{ figure.name }}</dt>
                  <dd class="v">{{ figure.value }}</dd>
                  <dd class="d">{{ figure.hint }}</dd>
                </div>
              }
            </dl>
            @if (told.received > 0) {
              <div class="parts">
                <div class="bar" aria-hidden="true">
                  @for (part of parts(); track part.look) {
                    <i [class]="part.look" [style.flex-grow]="part.hits"></i>
                  }
                </div>
                <div class="keys">
                  @for (part of parts(); track part.look) {
                    <span>
                      <i [class]="part.look" aria-hidden="true"></i>
                      {{ part.text }}
                    </span>
                  }
                </div>
              </div>
            }
          </section>
          <div class="grid">
            <div class="stack">
              <hk-section [heading]="t('counted.to_do')" [error]="failed()">
                <div role="list">
                  @for (todo of todos(); track todo.kind + todo.host; let i = $index) {
                    <hk-todo
                      [number]="i + 1"
                      [state]="todo.done ? 'done' : 'now'"
                      [text]="t('counted.todo.' + todo.kind + '.name', todo.words)"
                      [detail]="todo.done ? '' : t('counted.todo.' + todo.kind + '.hint', todo.words)"
                    >
                      <span class="acts">
                        @for (act of todo.acts; track act.text) {
                          <button
                            type="button"
                            hkButton
                            small
                            [attr.aria-disabled]="busy()"
                            (click)="change(act.change)"
                          >
                            {{ act.text }}
                          </button>
                        }
                        @if (todo.kind === "unknown") {
                          <a hkButton small routerLink="/sites/new" [queryParams]="{ domain: todo.host }">
                            {{ t("counted.act.add_site") }}
                          </a>
                        }
                      </span>
                    </hk-todo>
                  }
                </div>
              </hk-section>
              <section class="card clip">
                <header>
                  <h2>{{ t("counted.drops.heading") }}</h2>
                  <p>{{ t("counted.drops.lead") }}</p>
                </header>
                <hk-data-table
                  [tall]="true"
                  [label]="t('counted.drops.heading')"
                  [empty]="t('counted.drops.none')"
                  [columns]="dropColumns()"
                  [rows]="drops()"
                  [key]="reasonOf"
                  [(sort)]="dropSort"
                >
                  <ng-template let-row>
                    @switch (row.remedy) {
                      @case ("hosts") {
                        <a hkLink [routerLink]="settings('hosts')">{{ t("counted.act.hosts") }}</a>
                      }
                      @case ("count_hosts") {
                        <a hkLink [routerLink]="settings('hosts')">{{ t("counted.act.hosts") }}</a>
                      }
                      @case ("exclusions") {
                        <a hkLink [routerLink]="settings('exclusions')">{{ t("counted.act.exclusions") }}</a>
                      }
                      @case ("snippet") {
                        <a hkLink [routerLink]="settings('snippet')">{{ t("counted.act.snippet") }}</a>
                      }
                      @case ("resume") {
                        @if (manages() && view.site()?.paused) {
                          <button type="button" hkLink (click)="change({ paused: false })">
                            {{ t("counted.act.resume") }}
                          </button>
                        }
                      }
                    }
                  </ng-template>
                </hk-data-table>
                @if (told.not_kept > 0) {
                  <p class="below">{{ t("counted.not_kept", { n: format.integer(told.not_kept) }) }}</p>
                }
              </section>
              <section class="card clip">
                <header>
                  <h2>{{ t("counted.bots.heading") }}</h2>
                  <p>{{ t("counted.bots.lead") }}</p>
                </header>
                <hk-data-table
                  [tall]="true"
                  [label]="t('counted.bots.heading')"
                  [empty]="t('counted.bots.none')"
                  [columns]="botColumns()"
                  [rows]="bots()"
                  [key]="classOf"
                  [(sort)]="botSort"
                >
                  <ng-template let-row>
                    @if (row.visits) {
                      <a hkLink [routerLink]="overview()" [queryParams]="visitsOf(row.class)">
                        {{ t("counted.act.visits") }}
                      </a>
                    }
                  </ng-template>
                </hk-data-table>
                <p class="below">{{ t("counted.bots.hint") }}</p>
              </section>
            </div>
            <div class="stack">
              <hk-section [heading]="t('counted.now.heading')">
                <div class="minutes">
                  <svg viewBox="0 0 300 40" preserveAspectRatio="none" aria-hidden="true">
                    <polyline vector-effect="non-scaling-stroke" [attr.points]="line()" />
                  </svg>
                  <p>
                    <span>{{ t("counted.now.minutes") }}</span>
                    <span>{{ t("counted.now.minute", { n: format.integer(minute()) }) }}</span>
                  </p>
                </div>
                <dl class="kv">
                  @for (pair of now(); track pair.name) {
                    <dt>{{ pair.name }}</dt>
                    <dd>
                      <bdi>{{ pair.value }}</bdi>
                    </dd>
                  }
                </dl>
              </hk-section>
              <hk-section [heading]="t('counted.own.heading')" [lead]="t('counted.own.lead')">
                @if (own(); as own) {
                  <p class="verdict" [class.warn]="!own.counts">{{ ownVerdict() }}</p>
                  <dl class="kv">
                    @for (pair of ownFacts(); track pair.name) {
                      <dt>{{ pair.name }}</dt>
                      <dd>
                        <bdi>{{ pair.value }}</bdi>
                      </dd>
                    }
                  </dl>
                }
              </hk-section>
              <hk-section [heading]="t('counted.unseen.heading')">
                <div class="prose">
                  <p>{{ t("counted.unseen.blocked") }}</p>
                  <p>{{ t("counted.unseen.logs") }}</p>
                </div>
              </hk-section>
            </div>
          </div>
        }
      </ng-template>
    </hk-page-frame>
  `,
})
export class CountedPage {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  protected readonly plural = this.i18n.plural;
  protected readonly format = inject(Format);
  private readonly names = inject(Names);
  private readonly api = inject(Api);
  private readonly session = inject(Session);

  protected readonly view = pageView(FRAME);
  private readonly query = new SiteQuery<FrameState>({
    site: this.view.site,
    state: this.view.state,
    body: (state) => ({
      ...frameQuery({ ...state, filters: [], compare: "off" }),
      queries: { all: { metrics: ["pageviews"], dimensions: [] } },
    }),
    live: true,
  });
  /** Whoever looks why nothing arrives looks before the first page view. */
  protected readonly frame = {
    body: this.query.body,
    busy: this.query.busy,
    live: this.query.live,
    neverSeen: signal(false),
    problem: computed(() => this.query.problem() || this.problem()),
    retry: () => {
      this.query.retry();
      this.latest.again();
    },
    shown: this.query.shown,
  };

  private readonly answer = signal<{ site: string; told: Counted; visits: Map<string, number> } | undefined>(undefined);
  private readonly problem = signal("");
  private readonly nobody = signal<Counted | undefined>(undefined);
  protected readonly own = signal<OwnRequest | undefined>(undefined);
  /** By how much the server's clock is ahead of the browser's, in seconds. */
  private readonly clockOff = signal(0);
  protected readonly failed = signal("");
  protected readonly busy = signal(false);

  protected readonly told = computed(() => {
    const answer = this.answer();
    return answer?.site === this.view.site()?.id ? answer?.told : undefined;
  });
  protected readonly manages = computed(() => this.session.may("site.manage_data", this.view.site()));
  protected readonly days = computed(() => {
    const range = this.query.shown()?.answer.range;
    return range && `${hostText(this.view.site()?.domain ?? "")}, ${this.format.days(range)}`;
  });

  private readonly latest = new Latest<{ site: string; from: string; to: string }, void>(
    async ({ site, from, to }, abort) => {
      const [told, machines] = await Promise.all([
        this.api.get<Counted>(`api/sites/${site}/counted?from=${from}&to=${to}`, abort),
        this.api.query(
          site,
          {
            range: { from, to },
            compare: null,
            filters: [],
            include: [],
            machines: true,
            queries: { kinds: { metrics: ["visits"], dimensions: ["os"], limit: 50 } },
          },
          abort,
        ),
      ]);
      const rows = machines.results["kinds"]?.rows ?? [];
      const visits = new Map(rows.map((row) => [row.dimensions[0] ?? "", row.metrics[0] ?? 0]));
      this.answer.set({ site, told, visits });
    },
    () => this.problem.set(""),
    (_asked, error) => this.problem.set(errorText(this.i18n, error)),
  );

  constructor() {
    // As often as the figures of the frame are asked for.
    effect(() => {
      const shown = this.query.shown();
      if (!shown) return;
      untracked(() => {
        const { from, to } = shown.answer.range;
        this.latest.ask({ site: shown.site.id, from, to });
        if (this.session.may("instance.manage_system"))
          this.api.get<Counted>(`api/admin/counted?from=${from}&to=${to}`).then(
            (nobody) => this.nobody.set(nobody),
            () => undefined,
          );
      });
    });
    const id = computed(() => this.view.site()?.id);
    effect(() => {
      const site = id();
      if (site !== undefined) untracked(() => void this.look(site));
    });
    inject(DestroyRef).onDestroy(() => this.latest.stop());
  }

  /** The request itself, and the clocks at its middle. */
  private async look(site: string): Promise<void> {
    const began = Date.now();
    try {
      const own = await this.api.get<OwnRequest>(`api/request?site=${site}`);
      this.clockOff.set((Date.parse(own.now) - (began + Date.now()) / 2) / 1000);
      this.own.set(own);
    } catch {
      this.own.set(undefined); // what is wrong, the page's figures say
    }
  }

  protected readonly todos = computed(() => {
    const site = this.view.site();
    const told = this.told();
    if (!site || !told) return [];
    return todosOf(site, told, this.nobody(), this.own(), this.clockOff()).map((todo) => ({
      ...todo,
      words: {
        host: visible(hostText(todo.host ?? "")),
        hits: this.format.integer(todo.hits ?? 0),
        s: this.format.integer(Math.abs(this.clockOff())),
      },
      acts: this.actsOf(todo),
    }));
  });
  protected readonly open = computed(() => this.todos().filter((todo) => !todo.done).length);

  private actsOf({ kind, host = "" }: Todo): { text: string; change: SiteChange }[] {
    const site = this.view.site();
    if (!site || !this.manages()) return [];
    if (kind === "paused") return [{ text: this.t("counted.act.resume"), change: { paused: false } }];
    if (kind !== "below") return [];
    return [
      { text: this.t("counted.act.count_hosts"), change: { subdomains: true } },
      { text: this.t("counted.act.leave_out"), change: { excluded_hosts: [...site.excluded_hosts, host] } },
    ];
  }

  protected async change(change: SiteChange): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    this.failed.set("");
    try {
      this.session.update(await this.api.changeSite(this.view.site()?.id ?? "", change));
      this.latest.again();
    } catch (error) {
      this.failed.set(errorText(this.i18n, error));
    }
    this.busy.set(false);
  }

  protected readonly verdict = computed<{ tone: Tone; lead: string; text: string }>(() => {
    const told = this.told();
    if (!told) return { tone: "", lead: "", text: "" };
    const last = this.last(told);
    if (last === undefined)
      return { tone: "mid", lead: this.t("counted.verdict.none"), text: this.t("counted.verdict.none_text") };
    const words = {
      ago: this.ago(last),
      received: this.format.integer(told.received),
      counted: this.format.integer(told.counted),
      bots: this.format.integer(told.kept_apart),
      dropped: this.format.integer(told.dropped),
    };
    if (this.view.site()?.paused)
      return { tone: "mid", lead: this.t("counted.verdict.paused"), text: this.t("counted.verdict.text", words) };
    return Date.parse(told.now) - Date.parse(last) > SILENT_MS
      ? { tone: "bad", lead: this.t("counted.verdict.silent", words), text: this.t("counted.verdict.silent_text") }
      : { tone: "good", lead: this.t("counted.verdict.yes"), text: this.t("counted.verdict.text", words) };
  });

  private last(told: Counted): string | undefined {
    const known = [told.last_pageview, told.last_event].filter((at) => at !== null);
    return known.sort().at(-1);
  }

  protected readonly figures = computed<Measure[]>(() => {
    const told = this.told();
    if (!told) return [];
    const n = (value: number) => this.format.integer(value);
    const last = this.last(told);
    const visits = [...(this.answer()?.visits.values() ?? [])].reduce((sum, one) => sum + one, 0);
    return [
      { name: this.t("counted.received"), value: n(told.received), hint: this.t("counted.hits") },
      {
        name: this.t("counted.counted"),
        value: n(told.counted),
        hint: this.t("counted.of_them", { views: n(told.pageviews), events: n(told.events) }),
      },
      {
        name: this.t("counted.kept_apart"),
        value: n(told.kept_apart),
        hint: this.plural("counted.visits", visits, { n: n(visits) }),
      },
      {
        name: this.t("counted.dropped"),
        value: n(told.dropped),
        hint: this.t("counted.of_all", { share: this.share(told.dropped, told.received) }),
      },
      {
        name: this.t("counted.last"),
        value: this.ago(last),
        hint: last ? this.t(last === told.last_pageview ? "counted.a_view" : "counted.an_event") : "\u00a0",
      },
    ];
  });

  protected readonly parts = computed(() => {
    const told = this.told();
    if (!told) return [];
    const part = (look: string, hits: number) => ({
      look,
      hits,
      text: this.t(`counted.part.${look}`, { share: this.share(hits, told.received) }),
    });
    return [part("counted", told.counted), part("apart", told.kept_apart), part("dropped", told.dropped)];
  });

  protected readonly dropSort = signal<Sort>({ column: "hits", descending: true });
  protected readonly drops = computed(() => {
    const { column, descending } = this.dropSort();
    const by = {
      hits: (row: Drop) => row.hits,
      last: (row: Drop) => Date.parse(row.last),
      reason: (row: Drop) => this.reason(row),
    }[column];
    return sorted(this.told()?.dropped_by ?? [], by ?? ((row) => row.hits), descending);
  });
  protected readonly dropColumns = computed<Column<Drop>[]>(() => {
    const all = this.told()?.dropped ?? 0;
    const most = Math.max(1, ...this.drops().map((row) => row.hits));
    return [
      {
        name: "reason",
        heading: this.t("counted.drops.reason"),
        kind: "name",
        text: (row) => this.reason(row),
        sub: (row) => this.namesOf(row.names),
      },
      {
        name: "hits",
        heading: this.t("counted.drops.hits"),
        kind: "figure",
        main: true,
        phone: true,
        text: (row) => this.format.integer(row.hits),
        sum: this.format.integer(all),
      },
      {
        name: "share",
        heading: this.t("counted.drops.share"),
        kind: "share",
        fixed: true,
        text: (row) => this.share(row.hits, all),
        share: (row) => row.hits / most,
        sum: "",
      },
      {
        name: "last",
        heading: this.t("counted.drops.last"),
        kind: "figure",
        text: (row) => this.ago(row.last),
        sum: "",
      },
    ];
  });

  protected readonly botSort = signal<Sort>({ column: "hits", descending: true });
  protected readonly bots = computed(() => {
    const { column, descending } = this.botSort();
    const visits = this.answer()?.visits;
    const rows: Machines[] = (this.told()?.machines ?? []).map((row) => ({ ...row, visits: visits?.get(row.class) }));
    const by = {
      hits: (row: Machines) => row.hits,
      visits: (row: Machines) => row.visits ?? 0,
      kind: (row: Machines) => this.kind(row.class),
    }[column];
    return sorted(rows, by ?? ((row) => row.hits), descending);
  });
  protected readonly botColumns = computed<Column<Machines>[]>(() => [
    {
      name: "kind",
      heading: this.t("counted.bots.kind"),
      kind: "name",
      text: (row) => this.kind(row.class),
      sub: (row) => this.namesOf(row.names),
    },
    {
      name: "visits",
      heading: this.t("counted.bots.visits"),
      kind: "figure",
      main: true,
      text: (row) => this.format.integer(row.visits ?? null),
      sum: this.format.integer(this.bots().reduce((sum, row) => sum + (row.visits ?? 0), 0)),
    },
    {
      name: "hits",
      heading: this.t("counted.bots.hits"),
      kind: "figure",
      phone: true,
      text: (row) => this.format.integer(row.hits),
      sum: this.format.integer(this.told()?.kept_apart ?? 0),
    },
  ]);

  protected readonly overview = computed(() => ["/s", this.view.site()?.domain ?? ""]);
  /** The overview of those machines alone, over the same period. */
  protected visitsOf(kind: string): Params {
    return writeState(FRAME, {
      ...this.view.state(),
      filters: [{ dimension: "visitor_kind", op: "is", values: [kind] }],
    });
  }

  protected readonly minute = computed(() => this.told()?.hits_per_minute.at(-1) ?? 0);
  /** The last hour in a box of 300 by 40. */
  protected readonly line = computed(() => {
    const minutes = this.told()?.hits_per_minute ?? [];
    const most = Math.max(1, ...minutes);
    return minutes.map((n, i) => `${(i * 300) / Math.max(1, minutes.length - 1)},${38 - (n * 36) / most}`).join(" ");
  });
  protected readonly now = computed<Measure[]>(() => {
    const told = this.told();
    if (!told) return [];
    const zone = this.view.site()?.zone ?? "UTC";
    const clock = new Intl.DateTimeFormat(this.i18n.locale(), { timeStyle: "medium", timeZone: zone });
    const off = this.clockOff();
    const look = Math.abs(off) > CLOCK_WRONG_S ? "wrong" : Math.abs(off) > CLOCK_OFF_S ? "off" : "good";
    return [
      { name: this.t("counted.now.server"), value: `${clock.format(new Date(told.now))}, ${zone}` },
      {
        name: this.t("counted.now.yours"),
        value: this.own() ? this.t(`counted.now.${look}`, { s: this.format.integer(Math.abs(off)) }) : DASH,
      },
      { name: this.t("counted.now.view"), value: this.ago(told.last_pageview) },
      { name: this.t("counted.now.event"), value: this.ago(told.last_event) },
      { name: this.t("counted.now.program"), value: this.ago(told.last_server_hit) },
    ];
  });

  protected readonly ownVerdict = computed(() => {
    const own = this.own();
    if (!own) return "";
    if (own.counts) return this.t("counted.own.counts");
    const why = own.class ? this.kind(own.class) : this.t(`counted.reason.${own.reason ?? ""}`);
    return this.t("counted.own.counts_not", { why });
  });
  protected readonly ownFacts = computed<Measure[]>(() => {
    const own = this.own();
    if (!own) return [];
    const sent = (is: boolean) => this.t(is ? "counted.own.sent" : "counted.own.not_sent");
    const place = [own.city.replace(/, [A-Z]{2}$/, ""), own.country && this.names.of("country", own.country)]
      .filter(Boolean)
      .join(", ");
    return [
      {
        name: this.t("counted.own.address"),
        value: own.address_header
          ? this.t("counted.own.by", { address: own.address, header: own.address_header })
          : own.address,
      },
      { name: this.t("counted.own.reached"), value: `${own.scheme}://${hostText(own.host)}` },
      { name: this.t("counted.own.network"), value: own.asn ? `${own.network} AS${String(own.asn)}`.trim() : DASH },
      { name: this.t("counted.own.place"), value: place || DASH },
      { name: this.t("counted.own.browser"), value: [own.browser, own.os].filter(Boolean).join(", ") || DASH },
      { name: this.t("counted.own.device"), value: this.names.of("device", own.device) },
      { name: this.t("counted.own.language"), value: own.language ? this.names.of("language", own.language) : DASH },
      { name: this.t("counted.own.dnt"), value: sent(own.do_not_track) },
      { name: this.t("counted.own.gpc"), value: sent(own.privacy_control) },
    ];
  });

  protected readonly reasonOf = (row: Drop): string => row.reason;
  protected readonly classOf = (row: Machines): string => row.class;
  protected settings(section: string): string[] {
    return ["/", "s", this.view.site()?.domain ?? "", "settings", section];
  }

  /** Names of a closed set have texts of their own; one that is new on the server shows as it is. */
  private reason({ reason }: Drop): string {
    return this.i18n.has(`counted.reason.${reason}`) ? this.t(`counted.reason.${reason}`) : reason;
  }
  private kind(name: string): string {
    return this.i18n.has(`counted.kind.${name}`) ? this.t(`counted.kind.${name}`) : name;
  }
  private namesOf(names: Drop["names"]): string {
    return names
      .slice(0, NAMED)
      .map(({ name }) => (name === "(other)" ? this.t("counted.others") : visible(hostText(name))))
      .join(", ");
  }
  private share(part: number, all: number): string {
    const percent = new Intl.NumberFormat(this.i18n.locale(), {
      style: "percent",
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    });
    return all === 0 ? DASH : percent.format(part / all);
  }
  /** How long ago by the server's clock. */
  private ago(at: string | null | undefined): string {
    const told = this.told();
    if (!at || !told) return DASH;
    const seconds = Math.max(0, Math.round((Date.parse(told.now) - Date.parse(at)) / 1000));
    const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? (["second", 1] as const);
    const words = new Intl.RelativeTimeFormat(this.i18n.locale(), { style: "short" });
    return words.format(-Math.floor(seconds / size), unit);
  }
}

function sorted<R>(rows: readonly R[], by: (row: R) => number | string, descending: boolean): R[] {
  const order = (a: R, b: R): number => {
    const [x, y] = [by(a), by(b)];
    return typeof x === "string" && typeof y === "string" ? x.localeCompare(y) : Number(x) - Number(y);
  };
  return [...rows].sort((a, b) => (descending ? -order(a, b) : order(a, b)));
}
