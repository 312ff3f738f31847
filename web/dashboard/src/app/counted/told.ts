// What the figures of "Is everything counted?" ask for: one thing to do each.

import { Counted, OwnRequest, Site } from "../core/api";

/** A server's clock that is further off counts on wrong days; less is nobody's concern, in seconds. */
export const CLOCK_OFF_S = 2;
export const CLOCK_WRONG_S = 60;
/** No page view for so long, where there were some, in ms. */
export const SILENT_MS = 86_400_000;

/** What can be done at once, or what is well. Its texts are `counted.todo.KIND`. */
export interface Todo {
  kind: "below" | "unknown" | "paused" | "proxy" | "internal" | "clock" | "clock_well" | "proxy_well";
  done: boolean;
  hits?: number;
  host?: string;
}

const isOf = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/** Open points first. `nobody`: what is of no site, for whoever may make one of it. */
export function todosOf(
  site: Site,
  told: Counted,
  nobody: Counted | undefined,
  own: OwnRequest | undefined,
  clockOff: number,
): Todo[] {
  const hosts = (of: Counted | undefined, reason: string) =>
    of?.dropped_by.find((one) => one.reason === reason)?.names.filter(({ name }) => name !== "(other)") ?? [];
  const below = site.subdomains
    ? []
    : hosts(told, "subdomain").filter(({ name }) => !site.excluded_hosts.some((host) => isOf(name, host)));
  const open: Todo[] = [
    ...(site.paused ? [{ kind: "paused" as const, done: false }] : []),
    ...below.map(({ name, hits }) => ({ kind: "below" as const, done: false, host: name, hits })),
    ...hosts(nobody, "unknown_site")
      .slice(0, 1)
      .map(({ name, hits }) => ({ kind: "unknown" as const, done: false, host: name, hits })),
  ];
  if (own?.unnamed_proxy) open.push({ kind: "proxy", done: false });
  else if (own?.internal && !isHere(own.host)) open.push({ kind: "internal", done: false });
  else if (own?.address_header) open.push({ kind: "proxy_well", done: true });
  if (own)
    open.push(Math.abs(clockOff) > CLOCK_OFF_S ? { kind: "clock", done: false } : { kind: "clock_well", done: true });
  return open.sort((a, b) => Number(a.done) - Number(b.done));
}

/** Who asks this machine itself has an address of its own for that. */
export const isHere = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
