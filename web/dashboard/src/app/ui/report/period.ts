import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  Injector,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  model,
  output,
} from "@angular/core";

import { I18n } from "../../core/i18n";
import { DayRange } from "../../core/query";
import { Button } from "../button";
import { IconButton } from "../icon-button";
import { Input } from "../input";
import { Menu, MenuPart } from "../menu";
import { Choice, Seg } from "../seg";
import { Day, addDays, addMonths, countDays, firstOfWeek, monthOf, sameDayOf, weekdayOf, weeksOf } from "./days";

/** A week that any locale can name: 1 February 2026 is a Sunday. */
const SOME_SUNDAY = "2026-02-01";

/** Where only one month is in sight, for its days are as wide as a finger; as in period.css. */
const ONE_MONTH = "(max-width: 640px), (pointer: coarse)";

/**
 * A period: a preset, two days of a calendar, or two typed dates, and what it is compared with. A first click begins a
 * range, a second one ends it; arrow keys move by days and weeks, Page keys by months. Days outside `first` to `last`
 * cannot be chosen.
 */
@Component({
  selector: "hk-period",
  imports: [Button, IconButton, Input, Menu, Seg],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./period.css",
  template: `
    <hk-menu class="presets" [label]="t('dates.presets')" [parts]="presets()" (chosen)="preset.emit($event)" />
    <form (submit)="apply($event)">
      <div class="months">
        @for (month of months(); track month.month; let last = $last) {
          <table [class.roomy]="!last">
            <caption>
              <span aria-live="polite">{{ month.name }}</span>
              @if (!last) {
                <button
                  type="button"
                  hkIconButton="left"
                  small
                  [label]="t('dates.earlier')"
                  (click)="turn(-1)"
                ></button>
              } @else {
                <button
                  type="button"
                  class="alone"
                  hkIconButton="left"
                  small
                  [label]="t('dates.earlier')"
                  (click)="turn(-1)"
                ></button>
                <button type="button" hkIconButton="right" small [label]="t('dates.later')" (click)="turn(1)"></button>
              }
            </caption>
            <thead>
              <tr>
                @for (weekday of weekdays(); track $index) {
                  <th scope="col" [attr.abbr]="weekday.long">{{ weekday.short }}</th>
                }
              </tr>
            </thead>
            <tbody>
              @for (week of month.weeks; track $index) {
                <tr>
                  @for (day of week; track $index) {
                    <td [class]="day ? look(day) : ''">
                      @if (day) {
                        <button
                          type="button"
                          [attr.data-day]="day"
                          [attr.aria-label]="name(day)"
                          [attr.aria-pressed]="day === from() || day === to()"
                          [attr.aria-disabled]="off(day) || null"
                          [tabindex]="day === at() ? 0 : -1"
                          (click)="choose(day)"
                          (keydown)="move($event)"
                          (pointerenter)="near.set(day)"
                        >
                          {{ +day.slice(8) }}
                        </button>
                      }
                    </td>
                  }
                </tr>
              }
            </tbody>
          </table>
        }
      </div>
      <div class="line">
        <input
          hkInput
          small
          type="date"
          required
          [attr.aria-label]="t('dates.from')"
          [value]="from()"
          [min]="first()"
          [max]="last()"
          (change)="type('from', $any($event.target).value)"
        />
        <span>{{ t("dates.until") }}</span>
        <input
          hkInput
          small
          type="date"
          required
          [attr.aria-label]="t('dates.to')"
          [value]="to()"
          [min]="first()"
          [max]="last()"
          (change)="type('to', $any($event.target).value)"
        />
      </div>
      <p class="hint" role="status">{{ said() }}</p>
      <div class="line">
        <span class="with">{{ t("dates.compare") }}</span>
        <hk-seg size="small" [label]="t('dates.compare')" [choices]="comparisons()" [(chosen)]="comparison" />
        <span class="sp"></span>
        <button hkButton="primary" small [disabled]="!ready()">{{ t("dates.apply") }}</button>
      </div>
    </form>
  `,
})
export class Period {
  readonly presets = input.required<readonly MenuPart[]>();
  /** The days that are shown now. */
  readonly days = input.required<DayRange>();
  /** The first day with figures, and today. */
  readonly first = input.required<Day>();
  readonly last = input.required<Day>();
  readonly comparisons = input.required<readonly Choice[]>();
  readonly comparison = model.required<string>();
  /** What the page says of a whole range: its zone, and what it is compared with. */
  readonly hint = input("");
  readonly preset = output<string>();
  readonly range = output<DayRange>();

  private readonly i18n = inject(I18n);
  private readonly injector = inject(Injector);
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  protected readonly t = this.i18n.t;
  protected readonly from = linkedSignal(() => this.days().from);
  /** Empty while only one end is chosen. */
  protected readonly to = linkedSignal(() => this.days().to);
  /** The day that the arrow keys start from. */
  protected readonly at = linkedSignal(() => this.days().to);
  /** The day under the pointer, while one end is chosen. */
  protected readonly near = linkedSignal<Day>(() => this.to());
  private readonly shown = linkedSignal(() => monthOf(this.days().to));

  private readonly names = computed(() => {
    const format = (options: Intl.DateTimeFormatOptions): ((day: Day) => string) => {
      const tool = new Intl.DateTimeFormat(this.i18n.locale(), { timeZone: "UTC", ...options });
      return (day) => tool.format(new Date(`${day}T00:00:00Z`));
    };
    return {
      day: format({ dateStyle: "full" }),
      month: format({ month: "long", year: "numeric" }),
      short: format({ weekday: "short" }),
      long: format({ weekday: "long" }),
    };
  });
  private readonly weekStart = computed(() => firstOfWeek(this.i18n.locale()));
  protected readonly weekdays = computed(() =>
    Array.from({ length: 7 }, (_, i) => {
      const day = addDays(SOME_SUNDAY, this.weekStart() + i);
      return { short: this.names().short(day).slice(0, 2), long: this.names().long(day) };
    }),
  );
  protected readonly months = computed(() =>
    [addMonths(this.shown(), -1), this.shown()].map((month) => ({
      month,
      name: this.names().month(`${month}-01`),
      weeks: weeksOf(month, this.weekStart()),
    })),
  );
  protected readonly ready = computed(
    () => this.from() <= this.to() && this.from() >= this.first() && this.to() <= this.last(),
  );
  protected readonly said = computed(() => {
    if (!this.to()) return this.t("dates.half", { day: this.names().day(this.from()) });
    if (!this.ready()) return this.t("dates.outside", { first: this.first(), last: this.last() });
    const days = this.i18n.plural("dates.days", countDays(this.from(), this.to()), {
      n: countDays(this.from(), this.to()),
    });
    return `${days} ${this.hint()}`.trim();
  });

  protected name(day: Day): string {
    return this.names().day(day);
  }

  protected off(day: Day): boolean {
    return day < this.first() || day > this.last();
  }

  protected look(day: Day): string {
    if (this.off(day)) return "off";
    const [from, to] = [this.from(), this.to() || this.near()].sort();
    if (day === this.from() || day === this.to()) return "end";
    return from !== undefined && to !== undefined && day > from && day < to ? "in" : "";
  }

  protected choose(day: Day): void {
    if (this.off(day)) return;
    this.at.set(day);
    if (this.to()) {
      this.from.set(day);
      this.to.set("");
      this.near.set(day);
      return;
    }
    const [from = day, to = day] = [this.from(), day].sort();
    this.from.set(from);
    this.to.set(to);
  }

  protected type(end: "from" | "to", day: Day): void {
    this[end].set(day);
    if (day) {
      this.at.set(day);
      this.shown.set(monthOf(end === "to" ? day : this.to() || day));
    }
  }

  protected turn(months: number): void {
    this.shown.set(addMonths(this.shown(), months));
    this.at.set(sameDayOf(this.shown(), this.at()));
  }

  protected move(event: KeyboardEvent): void {
    const at = this.at();
    const inWeek = weekdayOf(at, this.weekStart());
    const target: Record<string, () => Day> = {
      ArrowLeft: () => addDays(at, -1),
      ArrowRight: () => addDays(at, 1),
      ArrowUp: () => addDays(at, -7),
      ArrowDown: () => addDays(at, 7),
      Home: () => addDays(at, -inWeek),
      End: () => addDays(at, 6 - inWeek),
      PageUp: () => sameDayOf(addMonths(monthOf(at), -1), at),
      PageDown: () => sameDayOf(addMonths(monthOf(at), 1), at),
    };
    const day = target[event.key]?.();
    if (day === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.goTo(day < this.first() ? this.first() : day > this.last() ? this.last() : day);
  }

  private goTo(day: Day): void {
    this.at.set(day);
    this.near.set(day);
    const months = matchMedia(ONE_MONTH).matches ? 1 : 2;
    if (monthOf(day) > this.shown()) this.shown.set(monthOf(day));
    if (monthOf(day) < addMonths(this.shown(), 1 - months)) this.shown.set(addMonths(monthOf(day), months - 1));
    afterNextRender(() => this.host.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus(), {
      injector: this.injector,
    });
  }

  protected apply(event: Event): void {
    event.preventDefault();
    if (this.ready()) this.range.emit({ from: this.from(), to: this.to() });
  }
}
