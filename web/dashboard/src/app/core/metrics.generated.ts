// Made from src/query/metric.h: UPDATE_GOLDEN=1 build/asan/query_test writes it.

/** What a metric counts in: numbers, axes and changes are written by it. */
export type Unit = "count" | "ratio" | "percent" | "seconds";

export interface MetricFacts {
  unit: Unit;
  /** That of a range is the sum of those of its days; others are means of visits, which change while these go on. */
  additive: boolean;
  /** Which direction is good. */
  better: "more" | "less";
  /** Of the dimensions that only some metrics go with, those with which this one does. */
  by: readonly ("page" | "event_name")[];
  /** Key of the text that says in one sentence what it is. */
  definition: string;
  /** Where it is explained, in docs/. */
  anchor: string;
}

export const METRIC_FACTS = {
  visitors: {
    unit: "count",
    additive: true,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.visitors",
    anchor: "query-language.md#metric-visitors",
  },
  visits: {
    unit: "count",
    additive: true,
    better: "more",
    by: [],
    definition: "definition.visits",
    anchor: "query-language.md#metric-visits",
  },
  pageviews: {
    unit: "count",
    additive: true,
    better: "more",
    by: ["page"],
    definition: "definition.pageviews",
    anchor: "query-language.md#metric-pageviews",
  },
  views_per_visit: {
    unit: "ratio",
    additive: false,
    better: "more",
    by: [],
    definition: "definition.views_per_visit",
    anchor: "query-language.md#metric-views_per_visit",
  },
  bounce_rate: {
    unit: "percent",
    additive: false,
    better: "less",
    by: [],
    definition: "definition.bounce_rate",
    anchor: "query-language.md#metric-bounce_rate",
  },
  visit_duration: {
    unit: "seconds",
    additive: false,
    better: "more",
    by: [],
    definition: "definition.visit_duration",
    anchor: "query-language.md#metric-visit_duration",
  },
  events: {
    unit: "count",
    additive: true,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.events",
    anchor: "query-language.md#metric-events",
  },
  engaged_time: {
    unit: "seconds",
    additive: false,
    better: "more",
    by: [],
    definition: "definition.engaged_time",
    anchor: "query-language.md#metric-engaged_time",
  },
  time_on_page: {
    unit: "seconds",
    additive: false,
    better: "more",
    by: ["page"],
    definition: "definition.time_on_page",
    anchor: "query-language.md#metric-time_on_page",
  },
  scroll_depth: {
    unit: "percent",
    additive: false,
    better: "more",
    by: ["page"],
    definition: "definition.scroll_depth",
    anchor: "query-language.md#metric-scroll_depth",
  },
  visitors_per_day: {
    unit: "ratio",
    additive: false,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.visitors_per_day",
    anchor: "query-language.md#metric-visitors_per_day",
  },
  visit_duration_median: {
    unit: "seconds",
    additive: false,
    better: "more",
    by: [],
    definition: "definition.visit_duration_median",
    anchor: "query-language.md#metric-visit_duration_median",
  },
  entries: {
    unit: "count",
    additive: true,
    better: "more",
    by: ["page"],
    definition: "definition.entries",
    anchor: "query-language.md#metric-entries",
  },
  exits: {
    unit: "count",
    additive: true,
    better: "less",
    by: ["page"],
    definition: "definition.exits",
    anchor: "query-language.md#metric-exits",
  },
  exit_rate: {
    unit: "percent",
    additive: false,
    better: "less",
    by: ["page"],
    definition: "definition.exit_rate",
    anchor: "query-language.md#metric-exit_rate",
  },
  unique_events: {
    unit: "count",
    additive: true,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.unique_events",
    anchor: "query-language.md#metric-unique_events",
  },
  property_sum: {
    unit: "ratio",
    additive: true,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.property_sum",
    anchor: "query-language.md#metric-property_sum",
  },
  property_average: {
    unit: "ratio",
    additive: false,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.property_average",
    anchor: "query-language.md#metric-property_average",
  },
  property_median: {
    unit: "ratio",
    additive: false,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.property_median",
    anchor: "query-language.md#metric-property_median",
  },
  property_p75: {
    unit: "ratio",
    additive: false,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.property_p75",
    anchor: "query-language.md#metric-property_p75",
  },
  property_p95: {
    unit: "ratio",
    additive: false,
    better: "more",
    by: ["page", "event_name"],
    definition: "definition.property_p95",
    anchor: "query-language.md#metric-property_p95",
  },
  lcp: {
    unit: "seconds",
    additive: false,
    better: "less",
    by: ["page"],
    definition: "definition.lcp",
    anchor: "query-language.md#metric-lcp",
  },
  inp: {
    unit: "seconds",
    additive: false,
    better: "less",
    by: ["page"],
    definition: "definition.inp",
    anchor: "query-language.md#metric-inp",
  },
  cls: {
    unit: "ratio",
    additive: false,
    better: "less",
    by: ["page"],
    definition: "definition.cls",
    anchor: "query-language.md#metric-cls",
  },
  fcp: {
    unit: "seconds",
    additive: false,
    better: "less",
    by: ["page"],
    definition: "definition.fcp",
    anchor: "query-language.md#metric-fcp",
  },
  ttfb: {
    unit: "seconds",
    additive: false,
    better: "less",
    by: ["page"],
    definition: "definition.ttfb",
    anchor: "query-language.md#metric-ttfb",
  },
  ai_fetches: {
    unit: "count",
    additive: true,
    better: "more",
    by: ["page"],
    definition: "definition.ai_fetches",
    anchor: "query-language.md#metric-ai_fetches",
  },
} as const satisfies Record<string, MetricFacts>;

export type Metric = keyof typeof METRIC_FACTS;

/** The figures of the overview, in their order. */
export const METRICS: readonly Metric[] = [
  "visitors",
  "visits",
  "pageviews",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
];
