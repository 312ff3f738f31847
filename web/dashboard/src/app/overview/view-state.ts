// What the overview shows, to and from the address, and the one request that fills it.

import { Param, StateOf, choice, flag, optional } from "../core/address";
import { DayRange, Interval, METRICS, Preset, QueryBody, SubQuery, list } from "../core/query";
import { FRAME, daysIn, frameQuery } from "../shell/frame-state";
import { PANELS, Panel, Tab, listedBy, tabOf } from "./panels";

const INTERVALS: readonly Interval[] = ["hour", "day", "month"];

/** Rows of a list on the page. */
export const ROWS = 8;
/** More than there are countries. */
const ALL_COUNTRIES = 300;

/** The chosen tab of each panel, by the panel's name, which is the parameter's as well. */
const tabs: Param<Record<string, Tab>> = {
  usual: Object.fromEntries(PANELS.map((panel) => [panel.id, panel.usual])),
  read: (params) => Object.fromEntries(PANELS.map((panel) => [panel.id, tabOf(panel, params.get(panel.id))])),
  write: (chosen) =>
    Object.fromEntries(PANELS.map(({ id, usual }) => [id, chosen[id] === usual ? null : (chosen[id] ?? null)])),
};

export const OVERVIEW = {
  ...FRAME,
  metric: choice("metric", METRICS, "visitors"),
  /** Undefined: what suits the range. */
  interval: optional("interval", INTERVALS),
  /** The chart as a table. */
  table: flag("table"),
  tabs,
  /** The panel whose full list is open. */
  all: {
    ...optional(
      "all",
      PANELS.map((panel) => panel.id),
    ),
    ofSite: true,
  } satisfies Param<string | undefined>,
};
export type OverviewState = StateOf<typeof OVERVIEW>;

/** The intervals that make a readable line over the range, the usual one first. */
export function intervalsFor(range: Preset | DayRange): Interval[] {
  if (range === "today") return ["hour"];
  const days = range === "7d" ? 7 : range === "28d" ? 28 : range === "12mo" ? 365 : daysIn(range);
  if (days === 1) return ["hour"];
  if (days <= 7) return ["day", "hour"];
  if (days <= 62) return ["day"];
  return days <= 184 ? ["day", "month"] : days <= 400 ? ["month", "day"] : ["month"];
}

export function intervalOf(state: OverviewState): Interval {
  const possible = intervalsFor(state.range);
  return state.interval && possible.includes(state.interval) ? state.interval : (possible[0] ?? "day");
}

const listOf = (tab: Tab): SubQuery =>
  tab === "map" ? { ...list(listedBy(tab), ALL_COUNTRIES), compare: false } : list(tab, ROWS);

/** The one request that fills the page: a list for each panel, under its name. */
export const overviewQuery = (state: OverviewState, panels: readonly Panel[] = PANELS): QueryBody => ({
  ...frameQuery(state),
  include: ["live_visitors", "first_day", "applied_until", "machine_visits"],
  queries: {
    totals: { metrics: [...METRICS], dimensions: [] },
    series: { metrics: [...METRICS], dimensions: [`time_${intervalOf(state)}`] },
    ...Object.fromEntries(panels.map(({ id, usual }) => [id, listOf(state.tabs[id] ?? usual)])),
  },
});
