import { DestroyRef, Signal, computed, effect, inject, signal, untracked } from "@angular/core";

import { Api, ApiError, Site } from "./api";
import { I18n } from "./i18n";
import { Latest } from "./latest";
import { errorText } from "./problem";
import { Answer, QueryBody } from "./query";
import { Realtime } from "./realtime";
import { Session } from "./session";

/** Live visitors fade without any event, and days turn: ask again this often, in ms. */
const REFRESH_MS = 60_000;
/** After a failure, so that a server that was busy for a moment is not left alone until then, in ms. */
const RETRY_MS = 5_000;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What was asked and what came back. */
export interface Shown<S> {
  site: Site;
  state: S;
  answer: Answer;
}

export interface Asked<S> {
  /** Undefined: nothing is asked. */
  site: Signal<Site | undefined>;
  /** What the question is made of. */
  state: Signal<S>;
  body: (state: S) => QueryBody;
  /** Asks again when the site's figures move. */
  live?: boolean;
}

/**
 * A question to a site, asked anew whenever it changes. The answer stays until the next one is there, a late one never
 * overwrites a newer one; a failure is said and what may pass is tried again; whoever is not signed in any more is sent to
 * the login. Made in an injection context, and ends with it.
 */
export class SiteQuery<S> {
  private readonly api = inject(Api);
  private readonly i18n = inject(I18n);
  private readonly session = inject(Session);
  private readonly kept = signal<Shown<S> | undefined>(undefined);
  private readonly waiting = signal(false);
  private readonly failure = signal<unknown>(undefined);
  private retrying: ReturnType<typeof setTimeout> | undefined;

  /** The question. Equal ones are one: what is only shown differently asks nothing. */
  readonly body: Signal<QueryBody>;
  /** The last answer and what it answers; never that of another site. */
  readonly shown: Signal<Shown<S> | undefined>;
  /** A new question is under way; a repetition shows no sign of work. */
  readonly busy = this.waiting.asReadonly();
  /** Why there is no answer, in the reader's language; empty while all is well. */
  readonly problem = computed(() => (this.failure() === undefined ? "" : errorText(this.i18n, this.failure())));
  /** Visitors right now; unknown while the server cannot be asked, or is behind: figures may stay, but are not live. */
  readonly live = computed(() => {
    const answer = this.shown()?.answer;
    return this.problem() || answer?.applied_until ? undefined : answer?.live_visitors;
  });
  /** Nobody has ever come to the site. */
  readonly neverSeen = computed(() => {
    const shown = this.shown();
    return shown !== undefined && !shown.answer.first_day;
  });

  private readonly latest: Latest<{ site: Site; state: S }, Answer>;

  constructor({ site, state, body, live = false }: Asked<S>) {
    this.body = computed(() => body(state()), { equal: same });
    this.shown = computed(() => {
      const kept = this.kept();
      return kept?.site.id === site()?.id ? kept : undefined;
    });
    this.latest = new Latest<{ site: Site; state: S }, Answer>(
      (asked, signal) => this.api.query(asked.site.id, body(asked.state), signal),
      (asked, answer) => {
        this.kept.set({ ...asked, answer });
        this.waiting.set(false);
        this.failure.set(undefined);
      },
      (_asked, error) => this.fail(error),
    );
    const id = computed(() => site()?.id);
    effect(() => {
      this.body();
      id();
      untracked(() => {
        const here = site();
        if (!here) return;
        this.waiting.set(true);
        this.latest.ask({ site: here, state: state() });
      });
    });
    if (live) this.follow(id);
    inject(DestroyRef).onDestroy(() => {
      clearTimeout(this.retrying);
      this.latest.stop();
    });
  }

  /** Asks again because somebody wants it. */
  retry(): void {
    this.failure.set(undefined);
    this.latest.again();
  }

  private follow(id: Signal<string | undefined>): void {
    effect((cleanUp) => {
      const site = id();
      if (site === undefined) return;
      const stream = new Realtime(this.api.realtimeUrl(site), () => this.latest.again());
      cleanUp(() => stream.close());
    });
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") this.latest.again();
    }, REFRESH_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  private fail(error: unknown): void {
    this.waiting.set(false);
    if (error instanceof ApiError && error.status === 401) {
      this.session.expired();
      return;
    }
    this.failure.set(error);
    clearTimeout(this.retrying);
    // What is wrong with the question stays wrong.
    if (error instanceof ApiError && error.status >= 400 && error.status < 429) return;
    this.retrying = setTimeout(() => this.latest.again(), RETRY_MS);
  }
}
