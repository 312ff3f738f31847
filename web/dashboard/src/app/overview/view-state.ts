// What the overview shows, to and from the address: reload, back and a shared link bring the same view.

import {
  Comparison,
  DayRange,
  Dimension,
  FILTER_DIMENSIONS,
  Filter,
  Interval,
  METRICS,
  Metric,
  OPERATORS,
  Operator,
  PRESETS,
  Preset,
  QueryBody,
  SubQuery,
} from "../core/query";

export const PAGE_TABS = ["page", "entry_page", "exit_page"] as const;
export const SOURCE_TABS = ["channel", "source", "referrer", "utm_campaign"] as const;
export type PageTab = (typeof PAGE_TABS)[number];
export type SourceTab = (typeof SOURCE_TABS)[number];
export const PANELS = ["pages", "sources"] as const;
export type Panel = (typeof PANELS)[number];
const INTERVALS: readonly Interval[] = ["hour", "day", "month"];
/** What the server takes: days; filters of a question, of which lists and searches need two; values of one, and their length. */
export const FIRST_DAY = "2000-01-01";
export const LAST_DAY = "2059-12-31";
export const MAX_FILTERS = 18;
export const MAX_VALUES = 100;
export const MAX_CHARACTERS = 2048;

/** Rows of a list on the page. */
export const ROWS = 8;

export interface ViewState {
  range: Preset | DayRange;
  compare: Comparison | "off";
  metric: Metric;
  /** Undefined: what suits the range. */
  interval: Interval | undefined;
  table: boolean;
  pages: PageTab;
  sources: SourceTab;
  filters: Filter[];
  /** The list whose full dialog is open. */
  all: Panel | undefined;
}

export const DEFAULTS: ViewState = {
  range: "28d",
  compare: "previous",
  metric: "visitors",
  interval: undefined,
  table: false,
  pages: "page",
  sources: "source",
  filters: [],
  all: undefined,
};

/** Query parameters as the router takes them; null removes one. */
export type Params = Record<string, string | string[] | null>;

/** How query parameters are read; Angular's ParamMap is one. */
export interface ParamSource {
  get(name: string): string | null;
  getAll(name: string): string[];
}

const oneOf = <T extends string>(allowed: readonly T[], text: string | null): T | undefined =>
  allowed.find((item) => item === text);

function isDay(text: string | null): text is string {
  if (!text || !/^\d{4}-\d\d-\d\d$/.test(text) || text < FIRST_DAY || text > LAST_DAY) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** "channel:is_not:Paid|Display"; a backslash protects "|" and "\" inside a value. */
export function writeFilter({ dimension, op, values }: Filter): string {
  return `${dimension}:${op}:${values.map((value) => value.replace(/[\\|]/g, "\\$&")).join("|")}`;
}

export function readFilter(text: string): Filter | undefined {
  const [, dimension, op, rest] = /^([a-z_]+):([a-z_]+):(.*)$/s.exec(text) ?? [];
  const known = oneOf<Dimension>(FILTER_DIMENSIONS, dimension ?? null);
  const operator = oneOf<Operator>(OPERATORS, op ?? null);
  if (!known || !operator || rest === undefined) return undefined;
  const values: string[] = [];
  let value = "";
  for (let i = 0; i < rest.length; ++i) {
    if (rest[i] === "|") {
      values.push(value);
      value = "";
    } else {
      if (rest[i] === "\\") ++i;
      value += rest[i] ?? "";
    }
  }
  values.push(value);
  if (values.length > MAX_VALUES || values.some((text) => text.length > MAX_CHARACTERS)) return undefined;
  return { dimension: known, op: operator, values };
}

/** Anything that cannot be read falls back to its default: an address never breaks the page. */
export function readState(params: ParamSource): ViewState {
  const from = params.get("from");
  const to = params.get("to");
  return {
    range:
      isDay(from) && isDay(to) && from <= to ? { from, to } : (oneOf(PRESETS, params.get("range")) ?? DEFAULTS.range),
    compare: oneOf(["previous", "year", "off"] as const, params.get("compare")) ?? DEFAULTS.compare,
    metric: oneOf(METRICS, params.get("metric")) ?? DEFAULTS.metric,
    interval: oneOf(INTERVALS, params.get("interval")),
    table: params.get("table") === "1",
    pages: oneOf(PAGE_TABS, params.get("pages")) ?? DEFAULTS.pages,
    sources: oneOf(SOURCE_TABS, params.get("sources")) ?? DEFAULTS.sources,
    filters: params
      .getAll("f")
      .flatMap((text) => readFilter(text) ?? [])
      .slice(0, MAX_FILTERS),
    all: oneOf(PANELS, params.get("all")),
  };
}

/** Every parameter of the view; defaults are left out so that the usual address stays short. */
export function writeState(state: ViewState): Params {
  const unless = (value: string | undefined, usual: string | undefined) => (value === usual ? null : (value ?? null));
  const custom = typeof state.range === "object" ? state.range : undefined;
  return {
    range: custom ? null : unless(state.range as Preset, DEFAULTS.range as Preset),
    from: custom?.from ?? null,
    to: custom?.to ?? null,
    compare: unless(state.compare, DEFAULTS.compare),
    metric: unless(state.metric, DEFAULTS.metric),
    interval: state.interval ?? null,
    table: state.table ? "1" : null,
    pages: unless(state.pages, DEFAULTS.pages),
    sources: unless(state.sources, DEFAULTS.sources),
    f: state.filters.length ? state.filters.map(writeFilter) : null,
    all: state.all ?? null,
  };
}

/** A click on a value: "is" adds or takes it back, within the filter of the same dimension. */
export function toggleValue(filters: Filter[], dimension: Dimension, value: string, op: Operator = "is"): Filter[] {
  const at = filters.findIndex((filter) => filter.dimension === dimension && filter.op === op);
  const found = filters[at];
  if (!found) return [...filters, { dimension, op, values: [value] }];
  const values = found.values.includes(value)
    ? found.values.filter((other) => other !== value)
    : [...found.values, value];
  return filters.flatMap((filter, i) => (i === at ? (values.length ? [{ ...filter, values }] : []) : [filter]));
}

const DAY_MS = 86_400_000;
export const daysIn = (range: DayRange): number =>
  Math.round((Date.parse(range.to) - Date.parse(range.from)) / DAY_MS) + 1;

/** The intervals that make a readable line over the range, the usual one first. */
export function intervalsFor(range: Preset | DayRange): Interval[] {
  if (range === "today") return ["hour"];
  const days = range === "7d" ? 7 : range === "28d" ? 28 : range === "12mo" ? 365 : daysIn(range);
  if (days === 1) return ["hour"];
  if (days <= 7) return ["day", "hour"];
  if (days <= 62) return ["day"];
  return days <= 184 ? ["day", "month"] : days <= 400 ? ["month", "day"] : ["month"];
}

export function intervalOf(state: ViewState): Interval {
  const possible = intervalsFor(state.range);
  return state.interval && possible.includes(state.interval) ? state.interval : (possible[0] ?? "day");
}

/** The visitors of each value. Most visits come from no campaign: among campaigns that would only dwarf the others. */
export const list = (dimension: Dimension, limit: number): SubQuery => ({
  metrics: ["visitors"],
  dimensions: [dimension],
  ...(dimension === "utm_campaign" ? { filters: [{ dimension, op: "is_not", values: [""] }] } : {}),
  limit,
});

/** The longest year before a day. */
const YEAR = 366;
/** None for a period so long or early that the other one would begin before the first day. */
function comparisonOf({ range, compare }: ViewState): Comparison | null {
  if (compare === "off") return null;
  if (typeof range !== "object") return compare;
  const room = daysIn({ from: FIRST_DAY, to: range.from }) - 1;
  return room < (compare === "year" ? YEAR : daysIn(range)) ? null : compare;
}

/** The one request that fills the page. */
export function overviewQuery(state: ViewState): QueryBody {
  return {
    range: state.range,
    compare: comparisonOf(state),
    filters: state.filters,
    queries: {
      totals: { metrics: [...METRICS], dimensions: [] },
      series: { metrics: [...METRICS], dimensions: [`time_${intervalOf(state)}`] },
      pages: list(state.pages, ROWS),
      sources: list(state.sources, ROWS),
    },
  };
}
