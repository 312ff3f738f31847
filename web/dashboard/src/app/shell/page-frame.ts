import { NgTemplateOutlet } from "@angular/common";
import {
  ChangeDetectionStrategy,
  Component,
  TemplateRef,
  booleanAttribute,
  computed,
  contentChild,
  effect,
  inject,
  input,
  signal,
} from "@angular/core";

import { Format, dayIn } from "../core/format";
import { I18n } from "../core/i18n";
import { Keys } from "../core/keys";
import { Session } from "../core/session";
import { SiteQuery } from "../core/site-query";
import { hostText } from "../core/text";
import { Button } from "../ui/button";
import { Lazy, lazy } from "../ui/lazy";
import { Note } from "../ui/note";
import { ContextBar } from "./context-bar";
import { FIRST_DAY, FrameState } from "./frame-state";
import { NotFound } from "./not-found";
import { PageView } from "./page-view";

/** What the frame needs to know of the page's question, whose state may say more than the frame's. */
type FrameQuery = Pick<SiteQuery<FrameState>, "body" | "busy" | "live" | "neverSeen" | "problem" | "retry" | "shown">;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Every page of figures: site, period, comparison and filters, what needs attention, what is wrong, and what to do before
 * the first visit. The page itself is the template inside, shown where the site has figures.
 * F opens the filter, Escape clears the filters.
 */
@Component({
  selector: "hk-page-frame",
  imports: [Button, ContextBar, Lazy, NgTemplateOutlet, Note, NotFound],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./page-frame.css",
  host: { "(document:keydown)": "key($event)" },
  template: `
    @if (view().site(); as site) {
      <div class="page">
        <hk-context-bar
          [site]="site"
          [state]="state()"
          [keep]="view().keep()"
          [days]="days()"
          [known]="known()"
          [live]="query().live()"
          [figures]="!query().neverSeen()"
          [filters]="!plain()"
          [busy]="query().busy()"
          (choose)="view().go($event)"
          (addFilter)="editing.set(-1)"
        />
        <h1 class="sr">{{ t(heading(), { domain: host(site.domain) }) }}</h1>
        <ng-container [hkLazy]="notices" />
        @if (!plain() && state().filters.length) {
          <ng-container [hkLazy]="filterBar" />
        }
        @if (appliedUntil(); as time) {
          <hk-note tone="mid" role="status">{{ t("shell.applied_until", { time }) }}</hk-note>
        }
        @if (query().neverSeen()) {
          <section class="card first-run">
            <h2>{{ t("shell.none_yet") }}</h2>
            <ng-container [hkLazy]="install" />
          </section>
        } @else {
          <ng-container [ngTemplateOutlet]="page()" />
        }
      </div>
      @if (query().problem()) {
        <p class="problem" role="alert">
          {{ query().problem() }}
          <button type="button" hkButton (click)="query().retry()">{{ t("action.retry") }}</button>
        </p>
      }
      @if (editing() !== undefined) {
        <ng-container [hkLazy]="filterDialog" />
      }
    } @else {
      <hk-not-found />
    }
  `,
})
export class PageFrame {
  readonly view = input.required<PageView<FrameState>>();
  readonly query = input.required<FrameQuery>();
  /** Key of the page's heading, which is told the domain. */
  readonly heading = input.required<string>();
  /** All of it is about everything: nothing is filtered or compared. */
  readonly plain = input(false, { transform: booleanAttribute });

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  protected readonly host = hostText;
  private readonly format = inject(Format);
  private readonly keys = inject(Keys);
  protected readonly page = contentChild.required<TemplateRef<unknown>>(TemplateRef);
  protected readonly state = computed(() => this.view().state());
  /** The filter that is being changed; -1 for one more. */
  protected readonly editing = signal<number | undefined>(undefined);

  protected readonly days = computed(() => {
    const shown = this.query().shown();
    // While the answer to another range is on its way, its days are not known.
    return shown && same(shown.state.range, this.state().range) ? shown.answer.range : undefined;
  });
  /** What there are figures of: from the first day to today, by the site's clocks. */
  protected readonly known = computed(
    () => {
      const answer = this.query().shown()?.answer;
      return answer
        ? { from: answer.first_day ?? FIRST_DAY, to: dayIn(answer.zone, answer.now) }
        : { from: FIRST_DAY, to: dayIn("UTC", new Date()) };
    },
    { equal: same },
  );
  /** The server is behind, for example because its disk is full: what it shows ends there. */
  protected readonly appliedUntil = computed(() => {
    const until = this.query().shown()?.answer.applied_until;
    return until && this.format.bucket("hour", until);
  });

  protected readonly notices = lazy(
    () => Promise.all([import("../notices/notices"), this.i18n.add("notices")]).then(([m]) => m.Notices),
    { siteId: () => this.view().site()?.id ?? "" },
  );
  protected readonly install = lazy(
    () => Promise.all([import("../install/install"), this.i18n.add("install")]).then(([m]) => m.Install),
    { site: () => this.view().site() },
  );
  protected readonly filterBar = lazy(
    () => import("./filter-bar").then((m) => m.FilterBar),
    { filters: () => this.state().filters },
    {
      edit: (at) => this.editing.set(at),
      remove: (at) => this.removeFilter(at),
      clear: () => this.view().go({ filters: [] }),
    },
  );
  protected readonly filterDialog = lazy(
    () => import("./filter-dialog").then((m) => m.FilterDialog),
    {
      site: () => this.view().site(),
      base: () => this.query().body(),
      at: () => this.editing() ?? -1,
    },
    {
      done: (filters) => this.view().go({ filters }),
      closed: () => this.editing.set(undefined),
    },
  );

  constructor() {
    const session = inject(Session);
    effect(() => {
      const site = this.view().site();
      if (site) session.remember(site);
    });
  }

  protected removeFilter(index: number): void {
    this.view().go({ filters: this.state().filters.filter((_, i) => i !== index) });
  }

  /** Not while one types; dialogs keep their keys to themselves. */
  protected key(event: KeyboardEvent): void {
    if (this.plain() || !this.keys.isCommand(event) || !this.view().site()) return;
    if (event.key === "f" || event.key === "F") {
      event.preventDefault();
      this.editing.set(-1);
    } else if (event.key === "Escape" && this.state().filters.length) {
      this.view().go({ filters: [] });
    }
  }
}
