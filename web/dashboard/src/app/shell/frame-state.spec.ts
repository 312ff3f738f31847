import { convertToParamMap } from "@angular/router";

import { readState } from "../core/address";
import { MAX_FILTERS } from "../core/predicate";
import { Filter, Predicate } from "../core/query";
import { FIRST_DAY, FRAME, LAST_DAY, toggleValue } from "./frame-state";

const read = (params: Record<string, string | string[]>) => readState(FRAME, convertToParamMap(params));

describe("period and filters in the address", () => {
  it("never asks for more than the server takes", () => {
    const filters = (count: number) => Array.from({ length: count }, (_, i) => `page:is:/${i}`);
    expect(read({ f: filters(MAX_FILTERS + 1) }).filters).toHaveLength(MAX_FILTERS);
    const either = `or(${filters(MAX_FILTERS - 1).join(",")})`;
    expect(read({ f: [either, "page:is:a", "page:is:b"] }).filters).toHaveLength(2);
    expect(read({ from: FIRST_DAY, to: LAST_DAY }).range).toEqual({ from: FIRST_DAY, to: LAST_DAY });
    expect(read({ from: "1999-12-31", to: "2026-03-01" }).range).toBe("28d");
    expect(read({ from: "2026-03-01", to: "2060-01-01" }).range).toBe("28d");
  });

  it("says filters as they are, whatever they name", () => {
    const filters: Predicate[] = [
      { dimension: "property:a:b|c", op: "is", values: ["x|y", "\\"] },
      { or: [{ not: { dimension: "property:(,)", op: "contains", values: ["(,)"] } }] },
      { dimension: "event_name", op: "is_not", values: ["sign-up"] },
    ];
    expect(read(FRAME.filters.write(filters) as { f: string[] }).filters).toEqual(filters);
  });

  it("keeps filters that are put together", () => {
    expect(read({ f: "or(country:is:DE,not(page:is:/a))" }).filters).toEqual([
      {
        or: [
          { dimension: "country", op: "is", values: ["DE"] },
          { not: { dimension: "page", op: "is", values: ["/a"] } },
        ],
      },
    ]);
    expect(read({ f: "or(country:is:DE" }).filters).toEqual([]);
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
