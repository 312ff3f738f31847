// Filters, and what and, or and not make of them (docs/query-language.md, "Filters put together"), to and from an address:
// "country:is:DE|AT", "property:plan:is:pro", "or(country:is:DE,and(page:contains:/blog,not(source:is:Google)))".

import { Dimension, FILTER_DIMENSIONS, Filter, OPERATORS, Operator, Predicate, property, propertyOf } from "./query";

/** What the server takes: tests of a question, of which lists and searches need two; how deep junctions stand; values of a
 * test, and their length; the length of a property's name, in bytes. */
export const MAX_FILTERS = 18;
export const MAX_DEPTH = 4;
export const MAX_VALUES = 100;
export const MAX_CHARACTERS = 2048;
const MAX_NAME = 128;

export const isTest = (predicate: Predicate): predicate is Filter => "dimension" in predicate;

/** What a predicate is made of: the name of what holds it together, and that. */
export function partsOf(predicate: Exclude<Predicate, Filter>): ["and" | "or" | "not", Predicate[]] {
  if ("and" in predicate) return ["and", predicate.and];
  return "or" in predicate ? ["or", predicate.or] : ["not", [predicate.not]];
}

export function testsOf(predicate: Predicate): Filter[] {
  return isTest(predicate) ? [predicate] : partsOf(predicate)[1].flatMap(testsOf);
}

const OPPOSITE: Record<Operator, Operator> = {
  is: "is_not",
  is_not: "is",
  contains: "contains_not",
  contains_not: "contains",
};

/** The same without `not`, and with no junction inside of one of its kind; `turned`: its opposite. */
function flat(predicate: Predicate, turned = false): Predicate {
  if (isTest(predicate)) return turned ? { ...predicate, op: OPPOSITE[predicate.op] } : predicate;
  const [word, parts] = partsOf(predicate);
  if (word === "not") return parts[0] ? flat(parts[0], !turned) : predicate;
  const kind = (word === "and") === turned ? "or" : "and";
  const flattened = parts
    .map((part) => flat(part, turned))
    .flatMap((part) => (!isTest(part) && partsOf(part)[0] === kind ? partsOf(part)[1] : [part]));
  return flattened[0] && flattened.length === 1 ? flattened[0] : ({ [kind]: flattened } as Predicate);
}

/** Tests of which all or any hold: what the form of filters can change. */
export interface Group {
  junction: "and" | "or";
  tests: Filter[];
}

/** Filters as the form shows them: groups that all hold. What stands deeper than that stays as it is. */
export function groupsOf(filters: readonly Predicate[]): (Group | Predicate)[] {
  const all: Group = { junction: "and", tests: [] };
  const others = filters
    .map((filter) => flat(filter))
    .flatMap((filter) => ("and" in filter ? filter.and : [filter]))
    .filter((filter) => !isTest(filter) || !all.tests.push(filter))
    .map((filter) => {
      const tests = testsOf(filter);
      return "or" in filter && filter.or.every(isTest) ? { junction: "or" as const, tests } : filter;
    });
  return all.tests.length ? [all, ...others] : others;
}

/** The opposite of groupsOf(). */
export const filtersOf = (groups: readonly (Group | Predicate)[]): Predicate[] =>
  groups.flatMap((group) => {
    if (!("junction" in group)) return [group];
    return group.junction === "or" && group.tests.length > 1 ? [{ or: group.tests }] : group.tests;
  });

/** What the server takes as the name of a property. */
export const isPropertyName = (name: string): boolean =>
  name !== "" && new TextEncoder().encode(name).length <= MAX_NAME;

/** What ends a value, and the name of a property; inside a junction also what holds that together. */
const ends = (of: "|" | ":", inside: boolean): string => (inside ? `${of},()` : of);

/** A backslash protects what would end a text, and itself. */
const protect = (text: string, ends: string): string =>
  Array.from(text, (letter) => (letter === "\\" || ends.includes(letter) ? `\\${letter}` : letter)).join("");

export function writePredicate(predicate: Predicate, inside = false): string {
  if (isTest(predicate)) {
    const name = propertyOf(predicate.dimension);
    const dimension = name === undefined ? predicate.dimension : property(protect(name, ends(":", inside)));
    const values = predicate.values.map((value) => protect(value, ends("|", inside)));
    return `${dimension}:${predicate.op}:${values.join("|")}`;
  }
  const [word, parts] = partsOf(predicate);
  return `${word}(${parts.map((part) => writePredicate(part, true)).join(",")})`;
}

/** Undefined: it makes no sense, or the server would not take it. */
export function readPredicate(text: string): Predicate | undefined {
  const junction = /^(?:and|or|not)\(/.test(text);
  const reader = new Reader(text, junction);
  const read = reader.predicate(0);
  return read && reader.done && testsOf(read).length <= MAX_FILTERS ? read : undefined;
}

class Reader {
  private at = 0;

  constructor(
    private readonly text: string,
    /** What ends a test counts only inside of a junction. */
    private readonly inside: boolean,
  ) {}

  get done(): boolean {
    return this.at === this.text.length;
  }

  predicate(depth: number): Predicate | undefined {
    const word = this.inside ? this.take(/^(and|or|not)\(/) : undefined;
    if (!word) return this.test();
    if (depth === MAX_DEPTH) return undefined;
    const parts: Predicate[] = [];
    do {
      const part = this.predicate(depth + 1);
      if (!part) return undefined;
      parts.push(part);
    } while (this.take(/^,/));
    if (!this.take(/^\)/)) return undefined;
    const kind = word.slice(0, -1);
    if (kind === "and") return { and: parts };
    if (kind === "or") return { or: parts };
    return parts[0] && parts.length === 1 ? { not: parts[0] } : undefined;
  }

  private test(): Filter | undefined {
    const dimension = this.dimension();
    const op = dimension && this.word<Operator>(OPERATORS);
    if (!op) return undefined;
    const values = this.values();
    if (values.length > MAX_VALUES || values.some((value) => value.length > MAX_CHARACTERS)) return undefined;
    return { dimension, op, values };
  }

  private dimension(): Dimension | undefined {
    if (!this.take(/^property:/)) return this.word(FILTER_DIMENSIONS);
    const name = this.upTo(ends(":", this.inside));
    return this.take(/^:/) && isPropertyName(name) ? property(name) : undefined;
  }

  private values(): string[] {
    const values = [];
    do values.push(this.upTo(ends("|", this.inside)));
    while (this.take(/^\|/));
    return values;
  }

  /** A backslash takes the next letter as it is; one at the end leaves the reader behind it, where nothing is done. */
  private upTo(ends: string): string {
    let read = "";
    for (; this.at < this.text.length; ++this.at) {
      let letter = this.text.charAt(this.at);
      if (ends.includes(letter)) break;
      if (letter === "\\") letter = this.text.charAt(++this.at);
      read += letter;
    }
    return read;
  }

  private word<T extends string>(allowed: readonly T[]): T | undefined {
    const word = this.take(/^[a-z_]+:/)?.slice(0, -1);
    return allowed.find((name) => name === word);
  }

  private take(what: RegExp): string | undefined {
    const found = what.exec(this.text.slice(this.at))?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}
