// What holds for every page of figures: period, comparison and filters, to and from the address.

import { Param, ParamSource, StateOf, choice, oneOf } from "../core/address";
import { MAX_FILTERS, isTest, readPredicate, testsOf, writePredicate } from "../core/predicate";
import { Comparison, DayRange, Dimension, Operator, PRESETS, Predicate, Preset, QueryBody } from "../core/query";

/** What the server takes. */
export const FIRST_DAY = "2000-01-01";
export const LAST_DAY = "2059-12-31";

const USUAL_RANGE: Preset = "28d";
const COMPARISONS = ["previous", "year", "off"] as const;

function isDay(text: string | null): text is string {
  if (!text || !/^\d{4}-\d\d-\d\d$/.test(text) || text < FIRST_DAY || text > LAST_DAY) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function readRange(params: ParamSource): Preset | DayRange | undefined {
  const from = params.get("from");
  const to = params.get("to");
  return isDay(from) && isDay(to) && from <= to ? { from, to } : oneOf(PRESETS, params.get("range"));
}

const range: Param<Preset | DayRange> = {
  usual: USUAL_RANGE,
  read: readRange,
  write: (range) =>
    typeof range === "object"
      ? { range: null, from: range.from, to: range.to }
      : { range: range === USUAL_RANGE ? null : range, from: null, to: null },
};

/** As many as the server takes. */
function firstOf(predicates: Predicate[]): Predicate[] {
  let tests = 0;
  return predicates.filter((predicate) => (tests += testsOf(predicate).length) <= MAX_FILTERS);
}

const filters: Param<Predicate[]> = {
  usual: [],
  read: (params) => firstOf(params.getAll("f").flatMap((text) => readPredicate(text) ?? [])),
  write: (filters) => ({ f: filters.length ? filters.map((filter) => writePredicate(filter)) : null }),
  ofSite: true,
};

export const FRAME = { range, compare: choice<Comparison | "off">("compare", COMPARISONS, "previous"), filters };
export type FrameState = StateOf<typeof FRAME>;

/** A click on a value: "is" adds or takes it back, within the filter of the same dimension. */
export function toggleValue(
  filters: Predicate[],
  dimension: Dimension,
  value: string,
  op: Operator = "is",
): Predicate[] {
  const at = filters.findIndex((filter) => isTest(filter) && filter.dimension === dimension && filter.op === op);
  const found = filters[at];
  if (!found || !isTest(found)) return [...filters, { dimension, op, values: [value] }];
  const values = found.values.includes(value)
    ? found.values.filter((other) => other !== value)
    : [...found.values, value];
  return filters.flatMap((filter, i) => (i === at ? (values.length ? [{ ...found, values }] : []) : [filter]));
}

const DAY_MS = 86_400_000;
export const daysIn = (range: DayRange): number =>
  Math.round((Date.parse(range.to) - Date.parse(range.from)) / DAY_MS) + 1;

/** The longest year before a day. */
const YEAR = 366;
/** None for a period so long or early that the other one would begin before the first day. */
function comparisonOf({ range, compare }: FrameState): Comparison | null {
  if (compare === "off") return null;
  if (typeof range !== "object") return compare;
  const room = daysIn({ from: FIRST_DAY, to: range.from }) - 1;
  return room < (compare === "year" ? YEAR : daysIn(range)) ? null : compare;
}

/** The frame's part of a question. */
export const frameQuery = (state: FrameState): Omit<QueryBody, "queries"> => ({
  range: state.range,
  compare: comparisonOf(state),
  filters: state.filters,
});
