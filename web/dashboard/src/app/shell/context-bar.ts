import { ChangeDetectionStrategy, Component, computed, inject, input, output } from "@angular/core";

import { Params } from "../core/address";
import { Site } from "../core/api";
import { DASH, Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Comparison, DayRange } from "../core/query";
import { Session } from "../core/session";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { FrameState } from "./frame-state";
import { Choice, RangePicker, SitePicker } from "./pickers";

/** What holds for the whole page, always in sight: site, visitors right now, filter, period, comparison. */
@Component({
  selector: "hk-context-bar",
  imports: [Button, Choice, Icon, RangePicker, SitePicker],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./context-bar.css",
  host: { class: "ctx" },
  template: `
    <hk-site-picker [site]="site()" [sites]="session.sites() ?? []" [params]="keep()" />
    <span class="live" [class.on]="live()" [title]="t('live.title')">
      <i></i>
      <span>
        <b>{{ liveText() }}</b>
        {{ t("live.now") }}
      </span>
    </span>
    @if (figures()) {
      <span class="sp"></span>
      @if (filters()) {
        <button type="button" hkButton class="filter" aria-keyshortcuts="f" data-key="F" (click)="addFilter.emit()">
          <hk-icon name="filter" />
          <span class="label">{{ t("filter.button") }}</span>
        </button>
      }
      <hk-range-picker
        [state]="state()"
        [days]="days()"
        [known]="known()"
        [zone]="site().zone"
        (choose)="choose.emit($event)"
      />
      @if (filters()) {
        <hk-choice
          class="wide"
          [label]="t('compare.label')"
          [face]="t('compare.' + state().compare)"
          [options]="comparisons()"
          [chosen]="state().compare"
          (choose)="choose.emit({ compare: $event })"
        />
      }
    }
    @if (busy()) {
      <span class="progress" aria-hidden="true"></span>
    }
  `,
})
export class ContextBar {
  readonly site = input.required<Site>();
  readonly state = input.required<FrameState>();
  /** Parameters that another site takes over. */
  readonly keep = input.required<Params>();
  /** The days that the server made of the range; undefined until it has answered. */
  readonly days = input<DayRange>();
  /** The first day with figures, and today. */
  readonly known = input.required<DayRange>();
  /** Visitors right now; undefined: unknown. */
  readonly live = input<number>();
  /** There is something to choose from. */
  readonly figures = input(true);
  /** Filters and comparison hold for the page. */
  readonly filters = input(true);
  readonly busy = input(false);
  readonly choose = output<Partial<FrameState>>();
  readonly addFilter = output();

  protected readonly t = inject(I18n).t;
  protected readonly session = inject(Session);
  private readonly format = inject(Format);
  protected readonly liveText = computed(() => {
    const live = this.live();
    return live === undefined ? DASH : this.format.integer(live);
  });
  protected readonly comparisons = computed(() =>
    (["previous", "year", "off"] as const).map((value: Comparison | "off") => ({
      value,
      text: this.t(`compare.long.${value}`),
    })),
  );
}
