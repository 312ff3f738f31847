// The query model as the server speaks it: POST /api/sites/{id}/query, docs/query-language.md.

export const METRICS = ["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration"] as const;
export type Metric = (typeof METRICS)[number];

/** The width of a bucket on the time axis. */
export type Interval = "hour" | "day" | "month";
export type TimeDimension = `time_${Interval}`;

/** Dimensions that a filter can name, in the order in which the filter editor offers them. */
export const FILTER_DIMENSIONS = [
  "page",
  "entry_page",
  "exit_page",
  "channel",
  "source",
  "referrer",
  "utm_campaign",
  "utm_source",
  "utm_medium",
  "country",
  "browser",
  "os",
  "device",
  "language",
  "hostname",
] as const;
export type Dimension = (typeof FILTER_DIMENSIONS)[number];

export const OPERATORS = ["is", "is_not", "contains", "contains_not"] as const;
export type Operator = (typeof OPERATORS)[number];

/** Values are or-ed, filters are and-ed. */
export interface Filter {
  dimension: Dimension;
  op: Operator;
  values: string[];
}

export const PRESETS = ["today", "7d", "28d", "12mo"] as const;
export type Preset = (typeof PRESETS)[number];

/** Days of the site's zone, both included, as YYYY-MM-DD. */
export interface DayRange {
  from: string;
  to: string;
}

export type Comparison = "previous" | "year";

export interface SubQuery {
  metrics: Metric[];
  dimensions: (Dimension | TimeDimension)[];
  filters?: Filter[];
  limit?: number;
}

export interface QueryBody {
  range: Preset | DayRange;
  compare: Comparison | null;
  filters: Filter[];
  queries: Record<string, SubQuery>;
}

/** `null` means "no data": it is shown as a dash, never as a zero. */
export type Value = number | null;

export interface Row {
  dimensions: string[];
  metrics: Value[];
  compare?: Value[];
  /** A time bucket that is still running. */
  partial?: boolean;
}

export interface Result {
  rows: Row[];
  /** Rows beyond the limit. */
  more: number;
}

export interface Answer {
  zone: string;
  range: DayRange;
  /** `until`: totals and lists count it only up to there (local time), because `range` is still running. */
  compare?: DayRange & { until?: string };
  /** The first day that has data; none has, while nobody came. */
  first_day?: string | null;
  /** How far the figures go (local time), while the server is behind. */
  applied_until?: string;
  live_visitors: number;
  results: Record<string, Result>;
}
