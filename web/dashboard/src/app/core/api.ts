import { Injectable } from "@angular/core";

import type {
  Bootstrap as Wire,
  IngestStatus,
  NewOwner,
  NewSite,
  Notice,
  Ok,
  PasswordChange,
  PasswordReset,
  Question,
  SecondStep,
  Session,
  SignIn,
  SignInAnswer,
  Site,
  SiteChange,
  Status,
} from "./api.generated";
import { Answer, QueryBody } from "./query";

export type { Counted, NewOwner, Notice, OwnRequest, Profile, Site, SiteChange, Status } from "./api.generated";

/** What somebody may do: a line of the server's table (`docs/access.md`), so that no other one can be asked for. */
export type Permission = Wire["permissions"]["instance_capabilities"][number];
export type SitePermission = Extract<Permission, `site.${string}`>;

export interface Permissions extends Pick<Wire["permissions"], "instance_capabilities" | "active_team_capabilities"> {
  /** By a site's id. */
  site_capabilities: Record<string, Permission[] | undefined>;
}

/** By what somebody proves besides his password who he is. */
export type Factor = NonNullable<SignInAnswer["factors"]>[number];
/** A sign-in whose password was right, and that waits for a code. */
export type PendingSignIn = Required<Pick<SignInAnswer, "challenge_token" | "factors">> & Pick<SignInAnswer, "passkey">;

/** Who is here, what he sees and may do. */
export interface Bootstrap extends Pick<Wire, "profile" | "preferences" | "teams" | "sites" | "status"> {
  permissions: Permissions;
}

/** A failed request. Status 0: the server could not be reached. `field` is the offending field of the request. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field = "",
  ) {
    super(message);
  }
}

/** The server's API. Paths are relative, so that the base path of the deployment applies by itself. */
@Injectable({ providedIn: "root" })
export class Api {
  status = () => this.send<Status>("GET", "api/status");
  createOwner = (owner: NewOwner) => this.send<Ok>("POST", "api/initial-user", owner);
  login = (email: string, password: string, remember_me: boolean) =>
    this.send<SignInAnswer>("POST", "api/login", { email, password, remember_me } satisfies SignIn);
  /** What a sign-in needs besides the password. */
  secondStep = (factor: Factor, challenge_token: string, code: string) =>
    this.send<Ok>("POST", `api/auth/mfa/${factor === "totp" ? "totp" : "recovery-code"}/verify`, {
      challenge_token,
      code,
    } satisfies SecondStep);
  logout = () => this.send<Ok>("POST", "api/logout");
  /** Asks for a mail with a link; the answer is the same for every address. */
  forgotPassword = (email: string) => this.send<Ok>("POST", "api/auth/forgot-password", { email });
  resetPassword = (token: string, password: string) =>
    this.send<Ok>("POST", "api/auth/reset-password", { token, password } satisfies PasswordReset);
  /** Ends every session but this one. */
  changePassword = (current_password: string, new_password: string) =>
    this.send<Ok>("POST", "api/user/password", { current_password, new_password } satisfies PasswordChange);
  endOtherSessions = () => this.send<Ok>("DELETE", "api/user/sessions");
  /** A new token for the running session. */
  extend = () => this.send<Session>("POST", "api/auth/session/extend");
  bootstrap = () => this.send<Bootstrap>("GET", "api/user/bootstrap");
  createSite = (domain: string, zone: string) =>
    this.send<Site>("POST", "api/sites", { domain, zone } satisfies NewSite);
  changeSite = (siteId: string, change: SiteChange) =>
    this.send<Site>("PATCH", `api/sites/${encodeURIComponent(siteId)}`, change);
  query = (siteId: string, body: QueryBody, signal?: AbortSignal) =>
    this.send<Answer>("POST", `api/sites/${encodeURIComponent(siteId)}/query`, body satisfies Question, signal);
  /** Under which names the site tells things with its events. */
  properties = (siteId: string) =>
    this.send<string[]>("GET", `api/sites/${encodeURIComponent(siteId)}/events/properties`);
  notices = (signal?: AbortSignal) => this.send<Notice[]>("GET", "api/notices", undefined, signal);
  /** What did not count for a site since the server's start, by reason. */
  ingestStatus = (siteId: string) =>
    this.send<IngestStatus>("GET", `api/sites/${encodeURIComponent(siteId)}/ingest-status`);
  /** What only one page asks, which knows the address. */
  get = <T>(path: string, signal?: AbortSignal) => this.send<T>("GET", path, undefined, signal);
  /** Address of the event stream that says when a site's figures moved. */
  realtimeUrl = (siteId: string) => `api/sites/${encodeURIComponent(siteId)}/realtime`;

  /** Any request of the API, for those of it that are not here. */
  readonly send = async <T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> => {
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers: body === undefined ? {} : { "Content-Type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, "offline", "");
    }
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = text ? JSON.parse(text) : undefined;
    } catch {
      parsed = undefined;
    }
    if (response.ok) return parsed as T;
    const problem = (parsed ?? {}) as { code?: string; message?: string; field?: string };
    throw new ApiError(response.status, problem.code ?? "", problem.message ?? "", problem.field ?? "");
  };
}
