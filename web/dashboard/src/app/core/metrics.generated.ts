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
