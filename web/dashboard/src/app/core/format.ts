import { Injectable, computed, inject } from "@angular/core";

import { I18n } from "./i18n";
import { Look } from "./look";
import { DayRange, Interval, MetricFacts, Unit, Value } from "./query";

export const DASH = "–";

/** How a change reads: better, worse, or neither. */
export type Tone = "up" | "down" | "";

export interface Change {
  text: string;
  tone: Tone;
}

/** A true minus sign is as wide as the plus sign; Intl gives a hyphen in some locales. */
const minus = (text: string) => text.replace(/^[-\u2010-\u2012]/, "\u2212");

/** What stands between thousands, and before decimals, where somebody wants it otherwise than in his language. */
const SEPARATORS = {
  comma: [",", "."],
  point: [".", ","],
  space: ["\u202f", ","],
  apostrophe: ["\u2019", "."],
} as const;

/** Local date or hour as the server writes it ("2026-11-25", "2026-11", "2026-11-25T14:00:00+01:00"), as if it were UTC:
 * the server has cut the buckets in the site's zone, here they are only printed. */
export function bucketDate(bucket: string): Date {
  const [, year, month, day, hour, minute] = /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d))?)?/.exec(bucket) ?? [];
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0)));
}

/** Numbers, dates and changes in the reader's locale. */
@Injectable({ providedIn: "root" })
export class Format {
  private readonly i18n = inject(I18n);
  private readonly look = inject(Look);

  private readonly tools = computed(() => {
    const locale = this.i18n.locale();
    const date = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
    const cycle = this.look.cycle();
    const number = this.numbers(locale);
    return {
      whole: number({ maximumFractionDigits: 0 }),
      compact: number({ notation: "compact", maximumFractionDigits: 1 }),
      upToTwo: number({ maximumFractionDigits: 2 }),
      two: number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
      percent: number({ style: "percent", maximumFractionDigits: 0 }),
      signedWhole: number({ maximumFractionDigits: 0, signDisplay: "exceptZero" }),
      signedTwo: number({
        minimumFractionDigits: 2,
        maximumFractionDigits: 2,
        signDisplay: "exceptZero",
      }),
      signedPercent: number({
        style: "percent",
        maximumFractionDigits: 0,
        signDisplay: "exceptZero",
      }),
      day: date({ day: "numeric", month: "short" }),
      dayYear: date({ day: "numeric", month: "short", year: "numeric" }),
      weekday: date({ weekday: "short", day: "numeric", month: "short" }),
      month: date({ month: "short" }),
      monthYear: date({ month: "short", year: "numeric" }),
      hour: date({ hour: "numeric", minute: "2-digit", ...cycle }),
      dayHour: date({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit", ...cycle }),
    };
  });

  private numbers(locale: string) {
    const wanted = this.look.numbers();
    return (options: Intl.NumberFormatOptions): Pick<Intl.NumberFormat, "format"> => {
      const format = new Intl.NumberFormat(locale, options);
      if (wanted === "language") return format;
      const [group, decimal] = SEPARATORS[wanted];
      const text = ({ type, value }: Intl.NumberFormatPart) =>
        type === "group" ? group : type === "decimal" ? decimal : value;
      return { format: (value) => format.formatToParts(value).map(text).join("") };
    };
  }

  integer(value: Value): string {
    return value === null ? DASH : this.tools().whole.format(value);
  }

  /** Axis labels: short, never wider than five or six characters. */
  axis(unit: Unit, value: number): string {
    if (unit === "percent") return this.tools().percent.format(value / 100);
    if (unit === "seconds") return this.axisDuration(value);
    return value >= 1000 ? this.tools().compact.format(value) : this.tools().upToTwo.format(value);
  }

  figure(unit: Unit, value: Value): string {
    if (value === null) return DASH;
    switch (unit) {
      case "ratio":
        return this.tools().two.format(value);
      case "percent":
        return this.tools().percent.format(value / 100);
      case "seconds":
        return this.duration(value);
      case "count":
        // From ten million on a figure would not fit its card.
        return value >= 10_000_000 ? this.tools().compact.format(value) : this.tools().whole.format(value);
    }
  }

  /** Seconds as "45s", "1m 52s", "2h 05m". */
  duration(value: number): string {
    const seconds = Math.round(value);
    const two = (n: number) => String(n).padStart(2, "0");
    if (seconds < 60) return this.i18n.t("unit.s", { s: seconds });
    if (seconds < 3600) return this.i18n.t("unit.ms", { m: Math.floor(seconds / 60), s: two(seconds % 60) });
    return this.i18n.t("unit.hm", { h: Math.floor(seconds / 3600), m: two(Math.floor((seconds % 3600) / 60)) });
  }

  /** As duration, but whole minutes and hours stand alone. */
  private axisDuration(seconds: number): string {
    if (seconds >= 3600 && seconds % 3600 === 0) return this.i18n.t("unit.h", { h: seconds / 3600 });
    if (seconds >= 60 && seconds % 60 === 0) return this.i18n.t("unit.m", { m: seconds / 60 });
    return this.duration(seconds);
  }

  /** The change in the metric's own unit, of counts in %; and whether it is for the better. */
  change({ unit, better }: Pick<MetricFacts, "unit" | "better">, now: Value, before: Value | undefined): Change {
    if (now === null || before === null || before === undefined) return { text: DASH, tone: "" };
    const tools = this.tools();
    let text: string;
    switch (unit) {
      case "ratio":
        text = tools.signedTwo.format(now - before);
        break;
      case "percent":
        text = this.i18n.t("unit.pp", { n: minus(tools.signedWhole.format(now - before)) });
        break;
      case "seconds":
        text = this.i18n.t("unit.change_s", { n: minus(tools.signedWhole.format(now - before)) });
        break;
      case "count":
        if (before === 0)
          return now === 0
            ? { text: tools.percent.format(0), tone: "" }
            : { text: this.i18n.t("change.new"), tone: "up" };
        // Beyond ten times a factor says more than a percentage, and fits the column.
        text =
          now / before >= 10 ? `×${tools.whole.format(now / before)}` : tools.signedPercent.format(now / before - 1);
    }
    text = minus(text);
    if (!/[1-9]/.test(text)) return { text, tone: "" };
    return { text, tone: now > before === (better === "more") ? "up" : "down" };
  }

  /** A range of whole days. Without years it is the last such range up to this year's end: "1 Dec – 22 Nov". */
  days(range: DayRange, today = new Date()): string {
    const from = bucketDate(range.from);
    const to = bucketDate(range.to);
    const yearBefore = Date.UTC(to.getUTCFullYear() - 1, to.getUTCMonth(), to.getUTCDate());
    const plain = to.getUTCFullYear() === today.getFullYear() && from.getTime() > yearBefore;
    const { day, dayYear } = this.tools();
    if (range.from === range.to) return (plain ? day : dayYear).format(from);
    if (!plain) return dayYear.formatRange(from, to);
    // formatRange would add the years by itself where the two differ.
    return from.getUTCFullYear() === to.getUTCFullYear()
      ? day.formatRange(from, to)
      : `${day.format(from)} – ${day.format(to)}`;
  }

  /** The label of a bucket on the axis. */
  tick(interval: Interval, bucket: string): string {
    const { hour, day, month } = this.tools();
    return { hour, day, month }[interval].format(bucketDate(bucket));
  }

  /** The time of day of a local instant as the server writes it. */
  time(local: string): string {
    return this.tools().hour.format(bucketDate(local));
  }

  /** The time of day of an instant by the clocks of a zone. */
  timeIn(zone: string, instant: string): string {
    return new Intl.DateTimeFormat(this.i18n.locale(), { timeZone: zone, hour: "numeric", minute: "2-digit" }).format(
      new Date(instant),
    );
  }

  /** The full name of a bucket. */
  bucket(interval: Interval, bucket: string): string {
    const { dayHour, weekday, monthYear } = this.tools();
    return { hour: dayHour, day: weekday, month: monthYear }[interval].format(bucketDate(bucket));
  }
}

/** The day of an instant by the clocks of a zone, as YYYY-MM-DD. */
export const dayIn = (zone: string, instant: string | Date): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date(instant));
