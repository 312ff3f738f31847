// What a page shows, to and from the address: reload, back and a shared link bring the same view.

/** Query parameters as the router takes them; null removes one. */
export type Params = Record<string, string | string[] | null>;

/** How query parameters are read; Angular's ParamMap is one. */
export interface ParamSource {
  get(name: string): string | null;
  getAll(name: string): string[];
}

/** One thing that the address says. */
export interface Param<T> {
  /** What holds where the address does not say it. */
  usual: T;
  /** Undefined: it is not there, or makes no sense. An address never breaks the page. */
  read: (params: ParamSource) => T | undefined;
  /** Every parameter of it, null for those that are not needed. */
  write: (value: T) => Params;
  /** It belongs to the site at hand: another one does not take it over. */
  ofSite?: true;
}

/** All that the address says of a page. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each entry has a type of its own
export type ParamTable = Record<string, Param<any>>;
export type StateOf<T extends ParamTable> = { [K in keyof T]: T[K] extends Param<infer V> ? V : never };

export const oneOf = <T extends string>(allowed: readonly T[], text: string | null): T | undefined =>
  allowed.find((item) => item === text);

/** One word of a list. The usual one is left out, so that the usual address stays short. */
export const choice = <T extends string>(name: string, allowed: readonly T[], usual: T): Param<T> => ({
  usual,
  read: (params) => oneOf(allowed, params.get(name)),
  write: (value) => ({ [name]: value === usual ? null : value }),
});

/** One word of a list, or none. */
export const optional = <T extends string>(name: string, allowed: readonly T[]): Param<T | undefined> => ({
  usual: undefined,
  read: (params) => oneOf(allowed, params.get(name)),
  write: (value) => ({ [name]: value ?? null }),
});

/** Off unless the address says so. */
export const flag = (name: string): Param<boolean> => ({
  usual: false,
  read: (params) => params.get(name) === "1",
  write: (on) => ({ [name]: on ? "1" : null }),
});

export function readState<T extends ParamTable>(table: T, params: ParamSource): StateOf<T> {
  const read = Object.entries(table).map(([name, param]): [string, unknown] => [
    name,
    param.read(params) ?? (param.usual as unknown),
  ]);
  return Object.fromEntries(read) as StateOf<T>;
}

/** Every parameter of the page. */
export function writeState<T extends ParamTable>(table: T, state: StateOf<T>): Params {
  const written = Object.entries(table).map(([name, param]) => param.write(state[name as keyof T]));
  return Object.assign({}, ...written) as Params;
}

/** What another site takes over of it: the period, not the filters. */
export function writeForOthers<T extends ParamTable>(table: T, state: StateOf<T>): Params {
  const usual = Object.entries(table).flatMap(([name, param]): [string, unknown][] =>
    param.ofSite ? [[name, param.usual]] : [],
  );
  return writeState(table, { ...state, ...Object.fromEntries(usual) });
}
