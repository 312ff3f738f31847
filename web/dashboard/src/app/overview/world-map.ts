import { ChangeDetectionStrategy, Component, ElementRef, computed, inject, input, output, signal } from "@angular/core";

import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Names } from "../core/names";
import { Operator, Result } from "../core/query";
import { Link } from "../ui/link";
import { Rove } from "../ui/rove";
import { Seg } from "../ui/seg";
import { COUNTRIES, PARTS, REST, WORLD } from "./world.generated";

/** Shades of more and more visitors; their root decides, so that small countries are seen beside a large one. */
const SHADES = 5;
/** From this share of visitors on, the part of the world that they come from is shown at first. */
const MOST = 0.8;

type View = "fit" | "world";

interface Country {
  code: string;
  part: number;
  shape: string;
  visitors: number;
  shade: number;
  name: string;
  figure: string;
  label: string;
  on: boolean;
}

/** Countries by how many visitors they have; a click filters by one. What it does not show the list does. */
@Component({
  selector: "hk-world-map",
  imports: [Link, Rove, Seg],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./world-map.css",
  template: `
    <div class="box">
      <svg class="map" role="group" hkRove="focus" [attr.viewBox]="frame()" [attr.aria-label]="t('map.label')">
        <path aria-hidden="true" [attr.d]="others()" />
        @for (country of countries(); track country.code; let first = $first) {
          <path
            role="button"
            [class]="'a' + country.shade"
            [attr.d]="country.shape"
            [attr.aria-label]="country.label"
            [attr.aria-pressed]="country.on"
            [attr.tabindex]="first ? 0 : -1"
            (click)="click($event, country)"
            (keydown.enter)="choose($event, country)"
            (keydown.space)="choose($event, country)"
            (pointerenter)="look($event, country)"
            (pointerleave)="leave($event)"
            (focus)="look($event, country)"
            (blur)="looked.set(undefined)"
          />
        }
        @for (country of chosen(); track country.code) {
          <path class="ring" aria-hidden="true" [attr.d]="country.shape" />
        }
        @if (looked(); as country) {
          <path class="ring" aria-hidden="true" [attr.d]="country.shape" />
        }
      </svg>
      <p class="tip" aria-hidden="true" [style.left.px]="at().x" [style.top.px]="at().y">
        @if (looked(); as country) {
          <span>
            <b>{{ country.name }}</b>
            {{ country.figure }}
          </span>
        }
      </p>
    </div>
    <footer>
      <button type="button" hkLink [disabled]="!total()" (click)="openAll.emit()">{{ t("tab_long.country") }}</button>
      <span class="end">
        @if (elsewhere(); as count) {
          <span class="wide">{{ t("map.elsewhere", { count }) }}</span>
        }
        <hk-seg
          size="tiny"
          [label]="t('map.view')"
          [choices]="views()"
          [chosen]="view()"
          (chosenChange)="wanted.set($event)"
        />
        <span class="scale wide" aria-hidden="true">
          {{ t("map.few") }}
          @for (shade of shades; track shade) {
            <i [class]="'a' + shade"></i>
          }
          {{ t("map.many") }}
        </span>
      </span>
    </footer>
  `,
})
export class WorldMap {
  readonly result = input<Result>();
  /** Countries that a filter names. */
  readonly on = input.required<readonly string[]>();
  readonly filter = output<{ value: string; op: Operator }>();
  readonly openAll = output();

  protected readonly t = inject(I18n).t;
  private readonly format = inject(Format);
  private readonly names = inject(Names);
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  protected readonly shades = Array.from({ length: SHADES }, (_, i) => i + 1);
  protected readonly wanted = signal<View | undefined>(undefined);
  /** The country under the cursor, in focus, or touched. */
  protected readonly looked = signal<Country | undefined>(undefined);
  protected readonly at = signal({ x: 0, y: 0 });
  protected readonly views = computed(() =>
    (["fit", "world"] as const).map((value) => ({ value, text: this.t(`map.${value}`) })),
  );

  protected readonly total = computed(() => this.sum(() => true));
  /** Those with visitors that have a shape, the most first, as the server has them. */
  protected readonly countries = computed((): Country[] => {
    const rows = this.result()?.rows ?? [];
    const most = Math.max(1, ...rows.map((row) => (row.dimensions[0] ? (row.metrics[0] ?? 0) : 0)));
    const share = (visitors: number) => this.format.figure("percent", (100 * visitors) / Math.max(1, this.total()));
    return rows.flatMap(({ dimensions: [code = ""], metrics: [visitors] }) => {
      const known = COUNTRIES[code];
      if (!known || !visitors) return [];
      const name = this.names.of("country", code);
      const figure = `${this.format.integer(visitors)} · ${share(visitors)}`;
      const [part, shape] = known;
      const shade = Math.max(1, Math.ceil(SHADES * Math.sqrt(visitors / most)));
      const label = `${name}, ${figure}`;
      return [{ code, part, shape, visitors, shade, name, figure, label, on: this.on().includes(code) }];
    });
  });
  protected readonly chosen = computed(() => this.countries().filter((country) => country.on));
  protected readonly others = computed(() => {
    const seen = new Set(this.countries().map(({ code }) => code));
    return (
      REST +
      Object.entries(COUNTRIES)
        .filter(([code]) => !seen.has(code))
        .map(([, [, shape]]) => shape)
        .join("")
    );
  });

  /** The part of the world with the most visitors, and how many. */
  private readonly main = computed(() => {
    const parts = PARTS.map((_, part) => ({ part, visitors: this.sum((country) => country.part === part) }));
    return parts.reduce((most, one) => (one.visitors > most.visitors ? one : most));
  });
  protected readonly view = computed(
    (): View => this.wanted() ?? (this.main().visitors >= MOST * Math.max(1, this.total()) ? "fit" : "world"),
  );
  protected readonly frame = computed(() => (this.view() === "fit" ? (PARTS[this.main().part] ?? WORLD) : WORLD));
  protected readonly elsewhere = computed(() => {
    const shown = this.view() === "fit" ? this.main().visitors : this.sum((country) => country.part >= 0);
    return this.total() > shown ? this.format.integer(this.total() - shown) : "";
  });

  protected click(event: Event, country: Country): void {
    // A finger cannot look before it chooses.
    const touched = event instanceof PointerEvent && event.pointerType === "touch";
    if (touched && this.looked()?.code !== country.code) this.look(event, country);
    else this.choose(event, country);
  }

  protected choose(event: Event, { code }: Country): void {
    event.preventDefault();
    const out = (event as MouseEvent | KeyboardEvent).altKey;
    this.filter.emit({ value: code, op: out ? "is_not" : "is" });
  }

  protected look(event: Event, country: Country): void {
    if (event.type === "pointerenter" && (event as PointerEvent).pointerType === "touch") return;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const frame = this.host.getBoundingClientRect();
    const inside = (value: number, most: number) => Math.min(Math.max(value, 0), most);
    this.at.set({
      x: inside(box.left + box.width / 2 - frame.left, frame.width),
      y: inside(box.top + box.height / 2 - frame.top, frame.height),
    });
    this.looked.set(country);
  }

  protected leave(event: PointerEvent): void {
    if (event.pointerType !== "touch") this.looked.set(undefined);
  }

  private sum(counts: (country: { part: number }) => boolean): number {
    return (this.result()?.rows ?? []).reduce((sum, { dimensions: [code = ""], metrics: [visitors] }) => {
      return sum + (counts({ part: COUNTRIES[code]?.[0] ?? -1 }) ? (visitors ?? 0) : 0);
    }, 0);
  }
}
