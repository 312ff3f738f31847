// The query model as the server speaks it: POST /api/sites/{id}/query, docs/query-language.md.

import { DIMENSIONS, Row, Dimension as Wire } from "./api.generated";
import { Metric } from "./metrics.generated";

export type { Answer, QueryResult as Result, Row } from "./api.generated";
export { METRICS, METRIC_FACTS } from "./metrics.generated";
export type { Metric, MetricFacts, Unit } from "./metrics.generated";

/** The width of a bucket on the time axis. */
export type Interval = "hour" | "day" | "month";
export type TimeDimension = `time_${Interval}`;

/** Those that no filter of the dashboard names: times, what a longer one says with it, and what fetches by AIs have. */
const UNFILTERED = [
  "time_minute",
  "time_hour",
  "time_day",
  "time_week",
  "time_month",
  "time_quarter",
  "hour_of_week",
  "referrer_host",
  "agent",
  "fetch_status",
] as const satisfies readonly Wire[];
type Filtered = Exclude<(typeof DIMENSIONS)[number], (typeof UNFILTERED)[number]>;
const IN_ORDER: readonly Filtered[] = [
  "page",
  "title",
  "entry_page",
  "exit_page",
  "channel",
  "source",
  "referrer",
  "utm_campaign",
  "utm_source",
  "utm_medium",
  "utm_term",
  "utm_content",
  "country",
  "region",
  "city",
  "network",
  "browser",
  "browser_version",
  "os",
  "os_version",
  "device",
  "screen",
  "language",
  "hostname",
  "event_name",
  "visitor_kind",
];
const isFiltered = (dimension: (typeof DIMENSIONS)[number]): dimension is Filtered =>
  UNFILTERED.every((other) => other !== dimension);
/** Dimensions that a filter can name, in the order in which the filter editor offers them; new ones come last. */
export const FILTER_DIMENSIONS = [...new Set([...IN_ORDER, ...DIMENSIONS.filter(isFiltered)])];
/** What was told with an event under a name of the site's own. */
export type Property = Extract<Wire, `property:${string}`>;
export type Dimension = (typeof FILTER_DIMENSIONS)[number] | Property;

const PROPERTY = "property:";
export const property = (name: string): Property => `${PROPERTY}${name}`;
/** The name behind "property:"; undefined: it is none. */
export const propertyOf = (dimension: Dimension): string | undefined =>
  dimension.startsWith(PROPERTY) ? dimension.slice(PROPERTY.length) : undefined;

export const OPERATORS = ["is", "is_not", "contains", "contains_not"] as const;
export type Operator = (typeof OPERATORS)[number];
/** Whose rows are asked is no text to look inside of. */
export const operatorsOf = (dimension: Dimension): readonly Operator[] =>
  dimension === "visitor_kind" ? ["is", "is_not"] : OPERATORS;

/** People, or all that is no person, which is kept apart. */
export const HUMAN = "human";
export const MACHINES: Filter = { dimension: "visitor_kind", op: "is_not", values: [HUMAN] };

/** One test; its values are or-ed. */
export interface Filter {
  dimension: Dimension;
  op: Operator;
  values: string[];
}

/** Tests put together; a list of them is and-ed. */
export type Predicate = Filter | { and: Predicate[] } | { or: Predicate[] } | { not: Predicate };

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
  filters?: Predicate[];
  /** False: without the other period. */
  compare?: boolean;
  limit?: number;
}

export interface QueryBody {
  range: Preset | DayRange;
  compare: Comparison | null;
  filters: Predicate[];
  /** About what is kept apart as no person, and nobody else. */
  machines?: boolean;
  /** What the answer holds beside results; everything where nothing is said. */
  include?: ("live_visitors" | "first_day" | "applied_until" | "machine_visits")[];
  queries: Record<string, SubQuery>;
}

/** Whether they ask for what is kept apart as no person. */
export const isOfMachines = (filters: readonly Predicate[]): boolean =>
  filters.some(
    (filter) =>
      "dimension" in filter &&
      filter.dimension === "visitor_kind" &&
      filter.values.includes(HUMAN) === (filter.op === "is_not"),
  );

/** `null` means "no data": it is shown as a dash, never as a zero. */
export type Value = Row["metrics"][number];

/** The visitors of each value. Most visits come from no campaign: among campaigns that would only dwarf the others. */
export const list = (dimension: Dimension, limit: number): SubQuery => ({
  metrics: ["visitors"],
  dimensions: [dimension],
  ...(dimension === "utm_campaign" ? { filters: [{ dimension, op: "is_not", values: [""] }] } : {}),
  limit,
});
