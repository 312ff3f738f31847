import { Injectable } from "@angular/core";

import { Answer, QueryBody } from "./query";

export interface Status {
  needs_setup: boolean;
  version: string;
  /** The server can send mail; absent: it cannot. */
  mail?: boolean;
  /** HitKeep's own address, as the operator set it. */
  public_url?: string;
}

export interface Profile {
  email: string;
  /** The name, or what stands before the @ of the address. */
  display_name: string;
}

export interface AuthSession {
  duration_seconds: number;
}

export interface Site {
  id: string;
  domain: string;
  zone?: string;
  created_at: string;
  /** Whether hosts below the domain count; null: nobody has decided. */
  subdomains?: boolean | null;
  excluded_hosts?: string[];
}

/** What changes of a site; what is absent stays. */
export interface SiteChange {
  subdomains?: boolean;
  excluded_hosts?: string[];
}

/** Something to know now; its words are the dashboard's. Without a site it is about the instance. */
export interface Notice {
  kind: string;
  level: "info" | "warning" | "alarm";
  site_id?: string | undefined;
  domain?: string | undefined;
  facts: Record<string, string>;
}

export interface NewOwner {
  email: string;
  password: string;
  given_name: string;
  last_name: string;
  setup_code: string;
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
  createOwner = (owner: NewOwner) => this.send<unknown>("POST", "api/initial-user", owner);
  login = (email: string, password: string, remember_me: boolean) =>
    this.send<{ status: string }>("POST", "api/login", { email, password, remember_me });
  logout = () => this.send<unknown>("POST", "api/logout");
  /** Asks for a mail with a link; the answer is the same for every address. */
  forgotPassword = (email: string) => this.send<unknown>("POST", "api/auth/forgot-password", { email });
  resetPassword = (token: string, password: string) =>
    this.send<unknown>("POST", "api/auth/reset-password", { token, password });
  /** Ends every session but this one. */
  changePassword = (current_password: string, new_password: string) =>
    this.send<unknown>("POST", "api/user/password", { current_password, new_password });
  endOtherSessions = () => this.send<unknown>("DELETE", "api/user/sessions");
  /** A new token for the running session. */
  extend = () => this.send<AuthSession>("POST", "api/auth/session/extend");
  bootstrap = () => this.send<{ profile: Profile; status: Status }>("GET", "api/user/bootstrap");
  sites = () => this.send<Site[]>("GET", "api/sites");
  createSite = (domain: string, zone: string) => this.send<Site>("POST", "api/sites", { domain, zone });
  changeSite = (siteId: string, change: SiteChange) =>
    this.send<Site>("PATCH", `api/sites/${encodeURIComponent(siteId)}`, change);
  query = (siteId: string, body: QueryBody, signal?: AbortSignal) =>
    this.send<Answer>("POST", `api/sites/${encodeURIComponent(siteId)}/query`, body, signal);
  notices = (signal?: AbortSignal) => this.send<Notice[]>("GET", "api/notices", undefined, signal);
  /** What did not count for a site since the server's start, by reason. */
  ingestStatus = (siteId: string) =>
    this.send<{ dropped: Record<string, number> }>("GET", `api/sites/${encodeURIComponent(siteId)}/ingest-status`);
  /** Address of the event stream that says when a site's figures moved. */
  realtimeUrl = (siteId: string) => `api/sites/${encodeURIComponent(siteId)}/realtime`;

  private async send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
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
  }
}
