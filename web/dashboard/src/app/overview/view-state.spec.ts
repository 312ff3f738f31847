import { convertToParamMap } from "@angular/router";

import { FILTER_DIMENSIONS, Filter, METRICS, OPERATORS } from "../core/query";
import {
  DEFAULTS,
  FIRST_DAY,
  LAST_DAY,
  MAX_CHARACTERS,
  MAX_FILTERS,
  MAX_VALUES,
  PAGE_TABS,
  Params,
  SOURCE_TABS,
  ViewState,
  intervalOf,
  intervalsFor,
  overviewQuery,
  readFilter,
  readState,
  toggleValue,
  writeFilter,
  writeState,
} from "./view-state";

/** As the router would: null parameters are not there. */
const asMap = (params: Params) =>
  convertToParamMap(Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null)));
const read = (params: Record<string, string | string[]>) => readState(convertToParamMap(params));

describe("the state in the address", () => {
  it("is empty for the usual view", () => {
    expect(Object.values(writeState(DEFAULTS)).every((value) => value === null)).toBe(true);
    expect(read({})).toEqual(DEFAULTS);
  });

  it("survives the way there and back, whatever it is", () => {
    let seed = 1;
    const pick = <T>(items: readonly T[]): T => {
      seed = (seed * 48_271) % 2_147_483_647;
      return items[seed % items.length] as T;
    };
    const texts = ["", "Google", "a|b", "\\", "x\\|y", "ü:is:z", "100 %", "/a?b=c&d#e", "line\nbreak"];
    const filter = (): Filter => ({
      dimension: pick(FILTER_DIMENSIONS),
      op: pick(OPERATORS),
      values: Array.from({ length: pick([1, 2, 3]) }, () => pick(texts)),
    });
    for (let i = 0; i < 500; ++i) {
      const state: ViewState = {
        range: pick(["today", "7d", "28d", "12mo", { from: "2026-01-31", to: "2026-02-28" }] as const),
        compare: pick(["previous", "year", "off"]),
        metric: pick(METRICS),
        interval: pick([undefined, "hour", "day", "month"]),
        table: pick([true, false]),
        pages: pick(PAGE_TABS),
        sources: pick(SOURCE_TABS),
        filters: Array.from({ length: pick([0, 1, 2]) }, filter),
        all: pick([undefined, "pages", "sources"]),
      };
      expect(readState(asMap(writeState(state)))).toEqual(state);
    }
  });

  it("falls back piece by piece when the address makes no sense", () => {
    expect(read({ range: "99d", metric: "luck", compare: "x", pages: "source", all: "none" })).toEqual(DEFAULTS);
    expect(read({ from: "2026-02-30", to: "2026-03-01" }).range).toBe("28d");
    expect(read({ from: "2026-03-02", to: "2026-03-01" }).range).toBe("28d");
    expect(read({ from: "2026-03-01", range: "7d" }).range).toBe("7d");
    expect(read({ f: ["nonsense", "colour:is:red", "page:likes:/", "page:is:/a"] }).filters).toEqual([
      { dimension: "page", op: "is", values: ["/a"] },
    ]);
  });

  it("never asks for more than the server takes", () => {
    const filters = (count: number) => Array.from({ length: count }, (_, i) => `page:is:/${i}`);
    expect(read({ f: filters(MAX_FILTERS + 1) }).filters).toHaveLength(MAX_FILTERS);
    const values = (count: number) => readFilter(`page:is:${"a|".repeat(count - 1)}a`)?.values.length;
    expect([values(MAX_VALUES), values(MAX_VALUES + 1)]).toEqual([MAX_VALUES, undefined]);
    const long = (characters: number) => readFilter(`page:is:${"x".repeat(characters)}`)?.values.length;
    expect([long(MAX_CHARACTERS), long(MAX_CHARACTERS + 1)]).toEqual([1, undefined]);
    expect(read({ from: FIRST_DAY, to: LAST_DAY }).range).toEqual({ from: FIRST_DAY, to: LAST_DAY });
    expect(read({ from: "1999-12-31", to: "2026-03-01" }).range).toBe("28d");
    expect(read({ from: "2026-03-01", to: "2060-01-01" }).range).toBe("28d");
  });

  it("keeps bars and backslashes inside a filter's values", () => {
    const filter: Filter = { dimension: "page", op: "contains", values: ["a|b", "c\\d", ""] };
    expect(writeFilter(filter)).toBe("page:contains:a\\|b|c\\\\d|");
    expect(readFilter(writeFilter(filter))).toEqual(filter);
  });
});

describe("a click on a value", () => {
  it("adds a filter, joins it, and takes it back", () => {
    const one = toggleValue([], "source", "Google");
    expect(one).toEqual([{ dimension: "source", op: "is", values: ["Google"] }]);
    const two = toggleValue(one, "source", "Bing");
    expect(two).toEqual([{ dimension: "source", op: "is", values: ["Google", "Bing"] }]);
    expect(toggleValue(toggleValue(two, "source", "Google"), "source", "Bing")).toEqual([]);
  });

  it("leaves other filters alone", () => {
    const other: Filter = { dimension: "source", op: "is_not", values: ["Bing"] };
    expect(toggleValue([other], "source", "Bing")).toEqual([
      other,
      { dimension: "source", op: "is", values: ["Bing"] },
    ]);
  });
});

describe("the interval", () => {
  it("suits the range", () => {
    expect(intervalsFor("today")).toEqual(["hour"]);
    expect(intervalsFor("7d")).toEqual(["day", "hour"]);
    expect(intervalsFor("12mo")).toEqual(["month", "day"]);
    expect(intervalsFor({ from: "2026-01-01", to: "2026-01-01" })).toEqual(["hour"]);
    expect(intervalsFor({ from: "2020-01-01", to: "2026-01-01" })).toEqual(["month"]);
  });

  it("is the reader's where that is possible", () => {
    expect(intervalOf({ ...DEFAULTS, range: "12mo", interval: "day" })).toBe("day");
    expect(intervalOf({ ...DEFAULTS, range: "28d", interval: "hour" })).toBe("day");
  });
});

describe("the request", () => {
  it("is one for the whole page", () => {
    const query = overviewQuery({ ...DEFAULTS, compare: "off", sources: "channel" });
    expect(query.range).toBe("28d");
    expect(query.compare).toBeNull();
    expect(Object.keys(query.queries)).toEqual(["totals", "series", "pages", "sources"]);
    expect(query.queries["series"]?.dimensions).toEqual(["time_day"]);
    expect(query.queries["sources"]?.dimensions).toEqual(["channel"]);
  });

  it("compares with nothing before the first day", () => {
    const compare = (from: string, to: string, by: "previous" | "year" = "previous") =>
      overviewQuery({ ...DEFAULTS, range: { from, to }, compare: by }).compare;
    expect(compare(FIRST_DAY, "2026-11-25")).toBeNull();
    expect([compare("2000-01-08", "2000-01-14"), compare("2000-01-07", "2000-01-13")]).toEqual(["previous", null]);
    expect([compare("2001-01-01", "2001-01-01", "year"), compare("2000-12-31", "2000-12-31", "year")]).toEqual([
      "year",
      null,
    ]);
  });

  it("lists campaigns without the visits that came from none", () => {
    const query = overviewQuery({ ...DEFAULTS, sources: "utm_campaign" });
    expect(query.queries["sources"]?.filters).toEqual([{ dimension: "utm_campaign", op: "is_not", values: [""] }]);
    expect(query.queries["pages"]?.filters).toBeUndefined();
  });

  it("does not change with what is only shown differently", () => {
    const text = (state: ViewState) => JSON.stringify(overviewQuery(state));
    expect(text({ ...DEFAULTS, metric: "bounce_rate", table: true, all: "pages" })).toBe(text(DEFAULTS));
  });
});
