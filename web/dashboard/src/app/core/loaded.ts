import { Signal, effect, inject, signal } from "@angular/core";

import { ApiError } from "./api";
import { I18n } from "./i18n";
import { errorText } from "./problem";
import { Session } from "./session";

/** What the server said to a question. */
export interface Loaded<A> {
  /** Undefined until the first answer; an old one stays until the new is there. */
  readonly value: Signal<A | undefined>;
  /** Why there is none. */
  readonly problem: Signal<string>;
  again(): Promise<void>;
}

/** Asks at once, and again whenever what `ask` reads has changed. Use in an injection context. */
export function loaded<A>(ask: () => Promise<A>): Loaded<A> {
  const i18n = inject(I18n);
  const session = inject(Session);
  const value = signal<A | undefined>(undefined);
  const problem = signal("");
  let latest = 0;
  const again = async (): Promise<void> => {
    const mine = ++latest;
    try {
      const answer = await ask();
      if (mine !== latest) return;
      value.set(answer);
      problem.set("");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine !== latest) return;
      if (error.status === 401) session.expired();
      else problem.set(errorText(i18n, error));
    }
  };
  effect(() => void again());
  return { value: value.asReadonly(), problem: problem.asReadonly(), again };
}
