import { convertToParamMap } from "@angular/router";

import { Params, readState, writeForOthers, writeState } from "../core/address";
import { FILTER_DIMENSIONS, Filter, METRICS, OPERATORS } from "../core/query";
import { FIRST_DAY } from "../shell/frame-state";
import { PANELS, Tab } from "./panels";
import { OVERVIEW, OverviewState, intervalOf, intervalsFor, overviewQuery } from "./view-state";

/** As the router would: null parameters are not there. */
const asMap = (params: Params) =>
  convertToParamMap(Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null)));
const read = (params: Record<string, string | string[]>) => readState(OVERVIEW, convertToParamMap(params));
const DEFAULTS = read({});
const NAMES = PANELS.map(({ id }) => id);

describe("the state in the address", () => {
  it("is empty for the usual view", () => {
    expect(Object.values(writeState(OVERVIEW, DEFAULTS)).every((value) => value === null)).toBe(true);
    expect(DEFAULTS).toEqual({
      range: "28d",
      compare: "previous",
      filters: [],
      metric: "visitors",
      interval: undefined,
      table: false,
      tabs: Object.fromEntries(PANELS.map(({ id, usual }) => [id, usual])),
      all: undefined,
    });
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
      const state: OverviewState = {
        range: pick(["today", "7d", "28d", "12mo", { from: "2026-01-31", to: "2026-02-28" }] as const),
        compare: pick(["previous", "year", "off"]),
        metric: pick(METRICS),
        interval: pick([undefined, "hour", "day", "month"]),
        table: pick([true, false]),
        tabs: Object.fromEntries(PANELS.map(({ id, tabs }): [string, Tab] => [id, pick(tabs)])),
        filters: Array.from({ length: pick([0, 1, 2]) }, filter),
        all: pick([undefined, ...NAMES]),
      };
      expect(readState(OVERVIEW, asMap(writeState(OVERVIEW, state)))).toEqual(state);
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
});

it("another site takes over the period, not the filters nor the open list", () => {
  const state = {
    ...DEFAULTS,
    range: "7d" as const,
    filters: [{ dimension: "page" as const, op: "is" as const, values: ["/"] }],
  };
  const params = writeForOthers(OVERVIEW, { ...state, all: "pages", table: true });
  expect(Object.entries(params).filter(([, value]) => value !== null)).toEqual([
    ["range", "7d"],
    ["table", "1"],
  ]);
});

it("a panel that somebody may not see is not asked for", () => {
  const query = overviewQuery(DEFAULTS, PANELS.slice(1));
  expect(Object.keys(query.queries)).toEqual(["totals", "series", ...NAMES.slice(1)]);
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
    const query = overviewQuery({ ...DEFAULTS, compare: "off", tabs: { sources: "channel" } });
    expect(query.range).toBe("28d");
    expect(query.compare).toBeNull();
    expect(Object.keys(query.queries)).toEqual(["totals", "series", ...NAMES]);
    expect(query.queries["series"]?.dimensions).toEqual(["time_day"]);
    expect(query.queries["sources"]?.dimensions).toEqual(["channel"]);
    expect(query.include).toContain("machine_visits");
  });

  it("has all countries for the map, which compares nothing", () => {
    const locations = overviewQuery(DEFAULTS).queries["locations"];
    expect(locations).toEqual({ metrics: ["visitors"], dimensions: ["country"], compare: false, limit: 300 });
    const cities = overviewQuery({ ...DEFAULTS, tabs: { locations: "city" } }).queries["locations"];
    expect(cities).toEqual({ metrics: ["visitors"], dimensions: ["city"], limit: 8 });
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
    const query = overviewQuery({ ...DEFAULTS, tabs: { sources: "utm_campaign" } });
    expect(query.queries["sources"]?.filters).toEqual([{ dimension: "utm_campaign", op: "is_not", values: [""] }]);
    expect(query.queries["pages"]?.filters).toBeUndefined();
  });

  it("does not change with what is only shown differently", () => {
    const text = (state: OverviewState) => JSON.stringify(overviewQuery(state));
    expect(text({ ...DEFAULTS, metric: "bounce_rate", table: true, all: "pages" })).toBe(text(DEFAULTS));
  });
});
