import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, output } from "@angular/core";
import { RouterLink } from "@angular/router";

import { Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { DayRange, PRESETS, Preset } from "../core/query";
import { hostText } from "../core/text";
import { Icon } from "../ui/icon";
import { Popover } from "../ui/popover";
import { Rove } from "../ui/rove";
import { SiteMark } from "../ui/site-mark";
import { FIRST_DAY, LAST_DAY, ViewState } from "./view-state";

@Component({
  selector: "hk-site-picker",
  imports: [Icon, Popover, Rove, RouterLink, SiteMark],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-popover #pop buttonClass="btn site" [label]="t('site.pick', { domain: host(site().domain) })">
      <ng-container face>
        <hk-site-mark [domain]="site().domain" />
        <b>
          <bdi>{{ host(site().domain) }}</bdi>
        </b>
      </ng-container>
      <div role="menu" hkRove="focus" class="menu" [attr.aria-label]="t('site.sites')">
        @for (other of sites(); track other.id) {
          <a
            role="menuitem"
            tabindex="-1"
            [routerLink]="['/s', other.domain]"
            [queryParams]="keep()"
            [attr.aria-current]="other.id === site().id ? 'page' : null"
            (click)="pop.close()"
          >
            <hk-site-mark [domain]="other.domain" />
            <span>
              <bdi>{{ host(other.domain) }}</bdi>
            </span>
            @if (other.id === site().id) {
              <hk-icon name="check" />
            }
          </a>
        }
        <a role="menuitem" tabindex="-1" class="add" routerLink="/sites/new">
          <hk-icon name="plus" />
          {{ t("site.add") }}
        </a>
      </div>
    </hk-popover>
  `,
})
export class SitePicker {
  readonly site = input.required<Site>();
  readonly sites = input.required<Site[]>();
  /** Parameters that another site takes over: the range, not the filters. */
  readonly keep = input.required<Record<string, unknown>>();
  protected readonly t = inject(I18n).t;
  protected readonly host = hostText;
}

/** The presets as a row of buttons, and any range of days behind the button that names the current one. */
@Component({
  selector: "hk-range-picker",
  imports: [Icon, Popover, Rove],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="seg wide" role="radiogroup" hkRove="select" [attr.aria-label]="t('range.label')">
      @for (preset of presets; track preset; let first = $first) {
        <button
          type="button"
          role="radio"
          [attr.aria-checked]="preset === state().range"
          [tabindex]="preset === state().range || (first && custom()) ? 0 : -1"
          (click)="choose.emit({ range: preset })"
        >
          {{ t("range." + preset) }}
        </button>
      }
    </div>
    <hk-popover #pop kind="dialog" side="end" buttonClass="btn range" [label]="t('range.pick', { range: shown() })">
      <span face>{{ shown() }}</span>
      <form class="range-form" (submit)="apply($event); pop.close()">
        <div class="menu narrow" role="radiogroup" hkRove="focus" [attr.aria-label]="t('range.label')">
          @for (preset of presets; track preset; let first = $first) {
            <button
              type="button"
              role="radio"
              [attr.aria-checked]="preset === state().range"
              [tabindex]="preset === state().range || (first && custom()) ? 0 : -1"
              (click)="choose.emit({ range: preset }); pop.close()"
            >
              <span>{{ t("range.long." + preset) }}</span>
              @if (preset === state().range) {
                <hk-icon name="check" />
              }
            </button>
          }
        </div>
        <div class="dates">
          <label>
            {{ t("range.from") }}
            <input
              type="date"
              required
              [value]="from()"
              [min]="firstDay"
              [max]="to()"
              (input)="from.set($any($event.target).value)"
            />
          </label>
          <label>
            {{ t("range.to") }}
            <input
              type="date"
              required
              [value]="to()"
              [min]="from()"
              [max]="lastDay"
              (input)="to.set($any($event.target).value)"
            />
          </label>
          <button type="submit" class="btn">{{ t("range.apply") }}</button>
        </div>
        <div class="menu narrow" role="radiogroup" hkRove="focus" [attr.aria-label]="t('compare.label')">
          @for (compare of comparisons; track compare) {
            <button
              type="button"
              role="radio"
              [attr.aria-checked]="compare === state().compare"
              [tabindex]="compare === state().compare ? 0 : -1"
              (click)="choose.emit({ compare }); pop.close()"
            >
              <span>{{ t("compare.long." + compare) }}</span>
              @if (compare === state().compare) {
                <hk-icon name="check" />
              }
            </button>
          }
        </div>
      </form>
    </hk-popover>
  `,
})
export class RangePicker {
  readonly state = input.required<ViewState>();
  /** The days that the server made of the range; undefined until it has answered. */
  readonly days = input<DayRange>();
  readonly choose = output<Partial<ViewState>>();

  protected readonly t = inject(I18n).t;
  private readonly format = inject(Format);
  protected readonly presets = PRESETS;
  protected readonly firstDay = FIRST_DAY;
  protected readonly lastDay = LAST_DAY;
  protected readonly comparisons = ["previous", "year", "off"] as const;
  protected readonly custom = computed(() => typeof this.state().range === "object");
  /** Equal days are the same, so that new figures do not undo what is being typed. */
  private readonly current = computed(
    () => {
      const range = this.state().range;
      return typeof range === "object" ? range : this.days();
    },
    { equal: (a, b) => a?.from === b?.from && a?.to === b?.to },
  );
  protected readonly from = linkedSignal(() => this.current()?.from ?? "");
  protected readonly to = linkedSignal(() => this.current()?.to ?? "");
  protected readonly shown = computed(() => {
    const current = this.current();
    return current ? this.format.days(current) : this.t(`range.long.${this.state().range as Preset}`);
  });

  protected apply(event: Event): void {
    event.preventDefault();
    const range = { from: this.from(), to: this.to() };
    if (range.from && range.to && range.from <= range.to) this.choose.emit({ range });
  }
}

@Component({
  selector: "hk-choice",
  imports: [Icon, Popover, Rove],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-popover #pop side="end" [buttonClass]="buttonClass()" [label]="label() + ': ' + face()">
      <span face>{{ face() }}</span>
      <div role="menu" hkRove="focus" class="menu narrow" [attr.aria-label]="label()">
        @for (option of options(); track option.value) {
          <button
            type="button"
            role="menuitemradio"
            tabindex="-1"
            [attr.aria-checked]="option.value === chosen()"
            (click)="choose.emit(option.value); pop.close()"
          >
            <span>{{ option.text }}</span>
            @if (option.value === chosen()) {
              <hk-icon name="check" />
            }
          </button>
        }
      </div>
    </hk-popover>
  `,
})
export class Choice<T extends string> {
  readonly label = input.required<string>();
  readonly face = input.required<string>();
  readonly options = input.required<{ value: T; text: string }[]>();
  readonly chosen = input.required<T>();
  readonly buttonClass = input("btn");
  readonly choose = output<T>();
}
