import {
  MAX_CHARACTERS,
  MAX_FILTERS,
  MAX_VALUES,
  filtersOf,
  groupsOf,
  readPredicate,
  testsOf,
  writePredicate,
} from "./predicate";
import { Dimension, FILTER_DIMENSIONS, Filter, OPERATORS, Predicate, property } from "./query";

const page: Filter = { dimension: "page", op: "contains", values: ["/blog"] };
const country: Filter = { dimension: "country", op: "is", values: ["DE", "AT"] };

/** Numbers in [0, n), the same in every run. */
function numbers(seed: number): (n: number) => number {
  return (n) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * n);
  };
}

describe("predicates in an address", () => {
  it("are written so that people can read them", () => {
    expect(writePredicate(country)).toBe("country:is:DE|AT");
    expect(writePredicate({ dimension: "property:plan", op: "is", values: ["pro"] })).toBe("property:plan:is:pro");
    expect(writePredicate({ or: [country, { and: [page, { not: page }] }] })).toBe(
      "or(country:is:DE|AT,and(page:contains:/blog,not(page:contains:/blog)))",
    );
  });

  it("keep the meaning of addresses without junctions", () => {
    expect(readPredicate("channel:is_not:paid_search|display")).toEqual({
      dimension: "channel",
      op: "is_not",
      values: ["paid_search", "display"],
    });
    expect(readPredicate("page:is:/a,b(c)\\|d\\\\e:f|")).toEqual({
      dimension: "page",
      op: "is",
      values: ["/a,b(c)|d\\e:f", ""],
    });
  });

  it("name properties by whatever the site called them", () => {
    expect(readPredicate("property:plan:is_not:pro|free")).toEqual({
      dimension: "property:plan",
      op: "is_not",
      values: ["pro", "free"],
    });
    expect(readPredicate("property:a\\:b|c\\\\(,):contains:x")).toEqual({
      dimension: "property:a:b|c\\(,)",
      op: "contains",
      values: ["x"],
    });
    expect(readPredicate("or(property:a\\,b:is:x,property:is:is:is)")).toEqual({
      or: [
        { dimension: "property:a,b", op: "is", values: ["x"] },
        { dimension: "property:is", op: "is", values: ["is"] },
      ],
    });
    expect(readPredicate(`property:${"é".repeat(64)}:is:x`)).toBeDefined();
  });

  it("read back as they were, whatever names and values hold", () => {
    const below = numbers(7);
    const value = () => Array.from({ length: below(6) }, () => "a|\\,():é ".charAt(below(9))).join("");
    const dimension = (): Dimension =>
      below(4) ? (FILTER_DIMENSIONS[below(FILTER_DIMENSIONS.length)] ?? "page") : property(`${value()}p`);
    const tree = (depth: number): Predicate => {
      const kind = depth === 0 ? 0 : below(4);
      if (kind === 1) return { and: Array.from({ length: 1 + below(3) }, () => tree(depth - 1)) };
      if (kind === 2) return { or: Array.from({ length: 1 + below(3) }, () => tree(depth - 1)) };
      if (kind === 3) return { not: tree(depth - 1) };
      return {
        dimension: dimension(),
        op: OPERATORS[below(OPERATORS.length)] ?? "is",
        values: Array.from({ length: 1 + below(3) }, value),
      };
    };
    for (let i = 0; i < 500; ++i) {
      const predicate = tree(below(5));
      const back = readPredicate(writePredicate(predicate));
      if (testsOf(predicate).length > MAX_FILTERS) expect(back).toBeUndefined();
      else expect(back).toEqual(predicate);
    }
  });

  it.each([
    "",
    "or",
    "or()",
    "or(page:is:a",
    "or(page:is:a))",
    "or(page:is:a)x",
    "or(page:is:a,)",
    "not(page:is:a,page:is:b)",
    "nor(page:is:a)",
    "and(colour:is:red)",
    "or(page:like:a)",
    "not(not(not(not(not(page:is:a)))))",
    "colour:is:red",
    "page:like:a",
    "page:is",
    "page:is:a\\",
    "or(page:is:a\\",
    "property:is:a",
    "property::is:a",
    "property:plan",
    "property:plan\\",
    "property:plan:like:a",
    "or(property:a,b:is:x)",
    `property:${"é".repeat(65)}:is:a`,
    `page:is:${"a|".repeat(MAX_VALUES)}`,
    `page:is:${"a".repeat(MAX_CHARACTERS + 1)}`,
    `or(${Array.from({ length: MAX_FILTERS + 1 }, () => "page:is:a").join(",")})`,
  ])("that make no sense are none: %s", (text) => {
    expect(readPredicate(text)).toBeUndefined();
  });

  it("are groups in the form, of which all hold", () => {
    expect(groupsOf([])).toEqual([]);
    expect(groupsOf([page])).toEqual([{ junction: "and", tests: [page] }]);
    expect(groupsOf([{ or: [page, country] }, page, { and: [country] }])).toEqual([
      { junction: "and", tests: [page, country] },
      { junction: "or", tests: [page, country] },
    ]);
  });

  it("without not, and not deeper than they must be", () => {
    const elsewhere = { ...country, op: "is_not" };
    expect(groupsOf([{ not: country }])).toEqual([{ junction: "and", tests: [elsewhere] }]);
    expect(groupsOf([{ not: { not: country } }])).toEqual([{ junction: "and", tests: [country] }]);
    expect(groupsOf([{ not: { and: [country, { not: page }] } }])).toEqual([
      { junction: "or", tests: [elsewhere, page] },
    ]);
    expect(groupsOf([{ or: [page, { or: [country, page] }] }])).toEqual([
      { junction: "or", tests: [page, country, page] },
    ]);
    const deep = { or: [page, { and: [page, country] }] };
    expect(groupsOf([deep])).toEqual([deep]);
    expect(groupsOf([{ not: { and: [page, { or: [page, country] }] } }]).length).toBe(1);
  });

  it("come out of the form as they went in", () => {
    const deep = { or: [page, { and: [page, country] }] };
    const filters = [page, country, { or: [page, country] }, deep];
    expect(filtersOf(groupsOf(filters))).toEqual(filters);
    expect(filtersOf([{ junction: "or", tests: [page] }])).toEqual([page]);
  });

  it("stand as deep as the server takes them", () => {
    expect(readPredicate("not(not(not(not(page:is:a))))")).toBeDefined();
  });
});
