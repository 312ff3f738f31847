import {
  ChangeDetectionStrategy,
  Component,
  booleanAttribute,
  computed,
  inject,
  input,
  output,
  viewChild,
} from "@angular/core";

import { Params } from "../core/address";
import { Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { DayRange, PRESETS, Preset } from "../core/query";
import { hostText } from "../core/text";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Lazy, lazy } from "../ui/lazy";
import { Link } from "../ui/link";
import { MenuPart } from "../ui/menu";
import { MenuOpener, Opens } from "../ui/opens";
import { Choice as SegChoice, Seg } from "../ui/seg";
import { SiteMark } from "../ui/site-mark";
import { FrameState } from "./frame-state";

@Component({
  selector: "hk-site-picker",
  imports: [Button, Icon, MenuOpener, SiteMark],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./site-picker.css",
  template: `
    <button
      type="button"
      hkButton
      class="site"
      [hkMenu]="parts()"
      [attr.aria-label]="t('shell.site', { domain: host(site().domain) })"
    >
      <hk-site-mark [domain]="site().domain" />
      <b>
        <bdi>{{ host(site().domain) }}</bdi>
      </b>
      <hk-icon name="down" />
    </button>
  `,
})
export class SitePicker {
  readonly site = input.required<Site>();
  readonly sites = input.required<Site[]>();
  /** Parameters that another site takes over: the range, not the filters. */
  readonly params = input<Params>({});
  /** Where another site leads: to its overview, or to the same page of it. */
  readonly to = input((domain: string): string[] => ["/s", domain]);
  protected readonly t = inject(I18n).t;
  protected readonly host = hostText;
  protected readonly parts = computed<MenuPart[]>(() => [
    ...this.sites().map(({ id, domain }) => ({
      value: id,
      text: hostText(domain),
      site: domain,
      link: this.to()(domain),
      params: this.params(),
      checked: id === this.site().id,
    })),
    "rule",
    { value: "new", text: this.t("site.add"), icon: "plus", link: ["/sites/new"] },
  ]);
}

const sameDays = (a?: DayRange, b?: DayRange): boolean => a?.from === b?.from && a?.to === b?.to;
const max = (a: string, b: string): string => (a > b ? a : b);
const min = (a: string, b: string): string => (a < b ? a : b);

/** The presets as a row of buttons, and any range of days behind the button that names the current one. */
@Component({
  selector: "hk-range-picker",
  imports: [Button, Icon, Lazy, Opens, Seg],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./range-picker.css",
  template: `
    <hk-seg
      class="wide"
      [label]="t('range.label')"
      [choices]="choices()"
      [chosen]="state().range"
      (chosenChange)="choose.emit({ range: $event })"
    />
    <button
      type="button"
      hkButton
      class="range"
      side="end"
      panelLook="bare tall sheet"
      [hkOpens]="calendar"
      [attr.aria-label]="t('range.pick', { range: shown() })"
    >
      {{ shown() }}
      <hk-icon name="down" />
    </button>
    <ng-template #calendar>
      <ng-container [hkLazy]="form" />
    </ng-template>
  `,
})
export class RangePicker {
  readonly state = input.required<FrameState>();
  /** The days that the server made of the range; undefined until it has answered. */
  readonly days = input<DayRange>();
  /** The first day with figures, and today. */
  readonly known = input.required<DayRange>();
  readonly zone = input.required<string>();
  readonly choose = output<Partial<FrameState>>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly format = inject(Format);
  private readonly opens = viewChild.required(Opens);
  protected readonly choices = computed<SegChoice<Preset | DayRange>[]>(() =>
    PRESETS.map((value) => ({ value, text: this.t(`range.${value}`) })),
  );
  /** Equal days are the same, so that new figures do not undo what is being typed. */
  private readonly current = computed(
    () => {
      const range = this.state().range;
      return typeof range === "object" ? range : this.days();
    },
    { equal: sameDays },
  );
  /** The same, as far as there are figures; today, where it is not known or there are none. */
  private readonly inSight = computed(
    () => {
      const [{ from, to }, current] = [this.known(), this.current()];
      const days = { from: max(current?.from ?? to, from), to: min(current?.to ?? to, to) };
      return days.from <= days.to ? days : { from: to, to };
    },
    { equal: sameDays },
  );
  protected readonly shown = computed(() => {
    const current = this.current();
    return current ? this.format.days(current) : this.t(`range.long.${this.state().range as Preset}`);
  });
  protected readonly form = lazy(
    () => Promise.all([import("./range-form"), this.i18n.add("report")]).then(([m]) => m.RangeForm),
    {
      state: this.state,
      days: this.inSight,
      known: this.known,
      zone: this.zone,
    },
    {
      // Another comparison leaves the days to be chosen.
      choose: (change) => {
        if (change.range) this.opens().close(true);
        this.choose.emit(change);
      },
    },
  );
}

@Component({
  selector: "hk-choice",
  imports: [Button, Icon, Link, MenuOpener],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (quiet()) {
      <button
        type="button"
        hkLink="quiet"
        side="end"
        [hkMenu]="parts()"
        [attr.aria-label]="label() + ': ' + face()"
        (chosen)="choose.emit($event)"
      >
        {{ face() }}
        <hk-icon name="down" />
      </button>
    } @else {
      <button
        type="button"
        hkButton
        side="end"
        [hkMenu]="parts()"
        [attr.aria-label]="label() + ': ' + face()"
        (chosen)="choose.emit($event)"
      >
        {{ face() }}
        <hk-icon name="down" />
      </button>
    }
  `,
})
export class Choice<T extends string> {
  readonly label = input.required<string>();
  readonly face = input.required<string>();
  readonly options = input.required<{ value: T; text: string }[]>();
  readonly chosen = input.required<T>();
  readonly quiet = input(false, { transform: booleanAttribute });
  readonly choose = output<T>();
  protected readonly parts = computed<MenuPart<T>[]>(() =>
    this.options().map((option) => ({ ...option, checked: option.value === this.chosen() })),
  );
}
