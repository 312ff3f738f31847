import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from "@angular/core";

import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Interval, METRIC_FACTS, Metric, Value } from "../core/query";
import { gridValues, labelEvery, nearest, runs } from "./chart-scale";

export interface ChartPoint {
  bucket: string;
  value: Value;
  /** Undefined without a comparison. */
  before: Value | undefined;
  beforeBucket: string | undefined;
  /** The bucket is still running: its value will grow. */
  partial: boolean;
}

const TOP = 10;
const BOTTOM = 24;
const RIGHT = 6;
/** About the width of a character of an axis label. */
const CHARACTER = 6.6;
/** Between the cursor and its tip. */
const DISTANCE = 14;

/** One line over time, with the comparison behind it. The arrow keys move its cursor; each stop is read out. */
@Component({
  selector: "hk-line-chart",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./line-chart.css",
  template: `
    <div
      #plot
      class="plot"
      role="slider"
      tabindex="0"
      aria-orientation="horizontal"
      [attr.aria-label]="t('chart.label', { metric: t('metric.' + metric()) })"
      aria-valuemin="0"
      [attr.aria-valuemax]="points().length - 1"
      [attr.aria-valuenow]="stop()"
      [attr.aria-valuetext]="spoken()"
      (keydown)="key($event)"
      (focus)="focused.set(true)"
      (blur)="focused.set(false); cursor.set(undefined)"
      (pointermove)="point($event)"
      (pointerdown)="point($event)"
      (pointerleave)="pointer($event)"
    >
      <svg [attr.width]="width()" [attr.height]="height()" aria-hidden="true">
        <defs>
          <linearGradient id="hk-area" x1="0" y1="0" x2="0" y2="1">
            <stop class="area-top" offset="0" />
            <stop class="area-end" offset="1" />
          </linearGradient>
        </defs>
        @for (line of grid(); track $index) {
          <line class="grid-line" [attr.x1]="left()" [attr.x2]="width()" [attr.y1]="line.y" [attr.y2]="line.y" />
          <text x="0" [attr.y]="line.y + 4">{{ line.label }}</text>
        }
        @for (label of labels(); track label.x) {
          <text [attr.x]="label.x" [attr.y]="height() - 5" [attr.text-anchor]="label.anchor">{{ label.text }}</text>
        }
        @for (area of shape().areas; track $index) {
          <polygon class="area" fill="url(#hk-area)" [attr.points]="area" />
        }
        @for (line of shape().before; track $index) {
          <polyline class="line-before" [attr.points]="line" />
        }
        @for (line of shape().solid; track $index) {
          <polyline class="line-now" [attr.points]="line" />
        }
        @for (line of shape().running; track $index) {
          <polyline class="line-now running" [attr.points]="line" />
        }
        @for (dot of shape().dots; track $index) {
          <circle class="dot" r="2.6" [attr.cx]="dot.x" [attr.cy]="dot.y" />
        }
        @if (mark(); as m) {
          <line class="cursor" [attr.x1]="m.x" [attr.x2]="m.x" y1="8" [attr.y2]="y(0)" />
          @if (m.y !== undefined) {
            <circle class="cursor-dot" r="4.5" [attr.cx]="m.x" [attr.cy]="m.y" />
          }
        }
      </svg>
      @if (mark(); as m) {
        <div class="tip" aria-hidden="true" [style.transform]="m.place">
          <span>{{ m.title }}</span>
          <b>{{ m.value }}</b>
          @if (m.before) {
            <span>{{ m.before }}</span>
          }
        </div>
      }
    </div>
  `,
})
export class LineChart {
  readonly points = input.required<ChartPoint[]>();
  readonly metric = input.required<Metric>();
  readonly interval = input.required<Interval>();

  protected readonly t = inject(I18n).t;
  private readonly i18n = inject(I18n);
  private readonly format = inject(Format);
  private readonly plot = viewChild.required<ElementRef<HTMLElement>>("plot");

  protected readonly width = signal(1200);
  protected readonly height = signal(264);
  protected readonly focused = signal(false);
  private readonly facts = computed(() => METRIC_FACTS[this.metric()]);
  private readonly count = computed(() => this.points().length);
  /** Index under the cursor. It survives new figures, but not another set of buckets. */
  protected readonly cursor = linkedSignal<number, number | undefined>({
    source: this.count,
    computation: () => undefined,
  });

  private readonly ticks = computed(() => {
    const all = this.points().flatMap((point) => [point.value ?? 0, point.before ?? 0]);
    return gridValues(this.facts().unit, Math.max(0, ...all));
  });
  private readonly tickLabels = computed(() => this.ticks().map((value) => this.format.axis(this.facts().unit, value)));
  protected readonly left = computed(() => {
    const longest = Math.max(...this.tickLabels().map((label) => label.length));
    return Math.max(34, Math.ceil(longest * CHARACTER) + 10);
  });
  /** Before the first figures there is no scale. */
  protected readonly grid = computed(() =>
    this.ticks().map((value, i) => ({ y: this.y(value), label: this.count() ? this.tickLabels()[i] : "" })),
  );
  private readonly step = computed(() => (this.width() - RIGHT - this.left()) / Math.max(1, this.points().length - 1));

  protected readonly labels = computed(() => {
    const points = this.points();
    const texts = points.map((point) => this.format.tick(this.interval(), point.bucket));
    const widest = Math.max(1, ...texts.map((text) => text.length)) * CHARACTER;
    const every = labelEvery(
      points.length,
      this.width() - this.left(),
      Math.max(72, widest + 24, this.interval() === "month" ? 0 : this.width() / 9),
    );
    return texts.flatMap((text, i) => {
      if (i % every) return [];
      const x = this.x(i);
      // A label that would leave the picture on the right ends with it instead.
      const anchor = x + (text.length * CHARACTER) / 2 > this.width() ? "end" : "middle";
      return [{ x: anchor === "end" ? this.width() : x, text, anchor }];
    });
  });

  protected readonly shape = computed(() => {
    const points = this.points();
    const at = (i: number, value: number) => `${this.x(i).toFixed(1)},${this.y(value).toFixed(1)}`;
    const path = (run: number[], values: readonly Value[]) => run.map((i) => at(i, values[i] ?? 0)).join(" ");
    const now = points.map((point) => point.value);
    const before = points.map((point) => point.before ?? null);
    const finished = points.map((point) => (point.partial ? null : point.value));
    const whole = runs(finished);
    const running = points.flatMap((point, i) => {
      if (!point.partial || point.value === null) return [];
      return [path(i > 0 && now[i - 1] !== null ? [i - 1, i] : [i], now)];
    });
    const base = this.y(0).toFixed(1);
    const lines = whole.filter((run) => run.length > 1);
    return {
      solid: lines.map((run) => path(run, now)),
      areas: lines.map(
        (run) =>
          `${this.x(run[0] ?? 0).toFixed(1)},${base} ${path(run, now)} ${this.x(run.at(-1) ?? 0).toFixed(1)},${base}`,
      ),
      running,
      before: runs(before)
        .filter((run) => run.length > 1)
        .map((run) => path(run, before)),
      // A value without neighbours makes no line.
      dots: runs(now)
        .filter((run) => run.length === 1)
        .map(([i = 0]) => ({ x: this.x(i), y: this.y(now[i] ?? 0) })),
    };
  });

  /** Where the slider stands: the cursor, or the last bucket that has a value. */
  protected readonly stop = computed(() => {
    const cursor = this.cursor();
    if (cursor !== undefined) return cursor;
    const points = this.points();
    const last = points.findLastIndex((point) => point.value !== null);
    return Math.max(0, last);
  });

  protected readonly mark = computed(() => {
    const i = this.cursor() ?? (this.focused() ? this.stop() : undefined);
    const point = i === undefined ? undefined : this.points()[i];
    if (i === undefined || !point) return undefined;
    const x = this.x(i);
    return {
      x,
      y: point.value === null ? undefined : this.y(point.value),
      // On the side that has more room; 100% is the tip's own width.
      place: `translateX(${x > this.width() / 2 ? `calc(${x - DISTANCE}px - 100%)` : `${x + DISTANCE}px`})`,
      ...this.words(point),
    };
  });

  protected readonly spoken = computed(() => {
    const point = this.points()[this.stop()];
    if (!point) return this.t("chart.empty");
    const { title, value, before } = this.words(point);
    return [title, value, before].filter(Boolean).join(", ");
  });

  constructor() {
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      const element = this.plot().nativeElement;
      const measure = () => {
        this.width.set(Math.max(200, element.clientWidth));
        this.height.set(Math.max(120, element.clientHeight));
      };
      measure();
      const observer = new ResizeObserver(measure);
      observer.observe(element);
      destroyed.onDestroy(() => observer.disconnect());
    });
  }

  protected y(value: number): number {
    const top = Math.max(this.ticks().at(-1) ?? 1, 1e-9);
    return this.height() - BOTTOM - (value / top) * (this.height() - BOTTOM - TOP);
  }

  protected key(event: KeyboardEvent): void {
    const last = this.points().length - 1;
    const at = this.stop();
    const to = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageUp: at + 7,
      PageDown: at - 7,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined || last < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.cursor.set(Math.min(last, Math.max(0, to)));
  }

  protected point(event: PointerEvent): void {
    const x = event.clientX - this.plot().nativeElement.getBoundingClientRect().left;
    this.cursor.set(nearest(x, this.left(), this.step(), this.points().length));
  }

  protected pointer(event: PointerEvent): void {
    if (event.pointerType === "mouse") this.cursor.set(undefined);
  }

  private x(index: number): number {
    const points = this.points().length;
    return points < 2 ? (this.left() + this.width()) / 2 : this.left() + index * this.step();
  }

  private words(point: ChartPoint): { title: string; value: string; before: string } {
    const metric = this.metric();
    const { unit } = this.facts();
    const value = this.format.figure(unit, point.value);
    const bucket = this.format.bucket(this.interval(), point.bucket);
    const named = point.value === null ? value : this.i18n.plural(`chart.value.${metric}`, point.value, { value });
    let before = "";
    if (typeof point.before === "number" && point.beforeBucket !== undefined) {
      const change = this.format.change(this.facts(), point.value, point.before).text;
      // A day is named without its weekday: the week is the same one.
      const interval = this.interval();
      const on =
        interval === "day"
          ? this.format.tick(interval, point.beforeBucket)
          : this.format.bucket(interval, point.beforeBucket);
      before = this.t(point.partial || point.value === null ? "chart.before_running" : `chart.before.${interval}`, {
        value: this.format.figure(unit, point.before),
        on,
        change,
      });
    }
    return { title: point.partial ? this.t("chart.running", { bucket }) : bucket, value: named, before };
  }
}
