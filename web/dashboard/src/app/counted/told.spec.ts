import { Counted, OwnRequest } from "../core/api";
import { aSite } from "../testing/site";
import { todosOf } from "./told";

const told = (reason: string, ...names: string[]): Counted =>
  ({
    dropped_by: [{ reason, remedy: "none", hits: 9, last: "", names: names.map((name) => ({ name, hits: 9 })) }],
  }) as unknown as Counted;
const own = (is: Partial<OwnRequest>): OwnRequest =>
  ({ host: "stats.example", address_header: "", internal: false, unnamed_proxy: false, ...is }) as OwnRequest;

describe("what is to be done about what does not count", () => {
  const kinds = (...of: Parameters<typeof todosOf>): string[] => todosOf(...of).map(({ kind }) => kind);

  it("is asked about hosts that nobody has decided on", () => {
    const drops = told("subdomain", "blog.a.example", "dev.a.example", "(other)");
    const site = aSite({ subdomains: null, excluded_hosts: ["dev.a.example"] });
    expect(todosOf(site, drops, undefined, undefined, 0)).toEqual([
      { kind: "below", done: false, host: "blog.a.example", hits: 9 },
    ]);
    expect(kinds(aSite({ subdomains: true }), drops, undefined, undefined, 0)).toEqual([]);
  });

  it("names the host of no site to whoever may make one of it", () => {
    const nobody = told("unknown_site", "b.example", "c.example");
    expect(kinds(aSite({}), told("gpc"), nobody, undefined, 0)).toEqual(["unknown"]);
    expect(kinds(aSite({}), told("gpc"), undefined, undefined, 0)).toEqual([]);
  });

  it("looks at the way to the server and its clock, what is open first", () => {
    const about = (is: Partial<OwnRequest>, off = 0): string[] =>
      kinds(aSite({}), told("gpc"), undefined, own(is), off);
    expect(about({ address_header: "x-forwarded-for" })).toEqual(["proxy_well", "clock_well"]);
    expect(about({ unnamed_proxy: true, internal: true })).toEqual(["proxy", "clock_well"]);
    expect(about({ internal: true })).toEqual(["internal", "clock_well"]);
    expect(about({ internal: true, host: "localhost:8080" })).toEqual(["clock_well"]);
    expect(about({ address_header: "x-forwarded-for" }, -3)).toEqual(["clock", "proxy_well"]);
  });

  it("begins with a site that counts nothing", () => {
    expect(kinds(aSite({ paused: true }), told("paused"), undefined, own({}), 0)[0]).toBe("paused");
  });
});
