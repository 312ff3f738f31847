import { Injector, Signal, afterNextRender, computed, inject, signal } from "@angular/core";

import { ApiError } from "../core/api";
import { I18n } from "../core/i18n";
import { errorText } from "../core/problem";
import { Session } from "../core/session";

/** The server's rule, in characters; checked here too so that nobody waits for the answer. */
export const SHORTEST_PASSWORD = 10;

/** What is wrong with a new password, as far as a form can tell. */
export const passwordError = (i18n: I18n, password: string): string | undefined =>
  Array.from(password).length >= SHORTEST_PASSWORD
    ? undefined
    : i18n.t("field.password_hint", { n: SHORTEST_PASSWORD });

/** Whether a text can be an email address, as far as a form can tell. */
export const isEmail = (text: string): boolean => /^\S+@\S+$/.test(text);

/**
 * What is stored, as a form begins with it. It stays the same value while it says the same: where the server tells it again, what
 * is being typed is not taken back.
 */
export const stored = <T>(read: () => T): Signal<T> =>
  computed(read, { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) });

/**
 * The state of a form: busy while it is sent, one error per field, one for the whole. The first field has the focus from
 * the beginning, unless the form is but one part of its page. `server` says where it stands, and in which words, that the server
 * finds a field of the request wrong, where the form calls it otherwise. Use in an injection context.
 */
export function formState(
  fields: readonly string[],
  { part = false, server = {} }: { part?: boolean; server?: Record<string, { field: string; text: string }> } = {},
) {
  const i18n = inject(I18n);
  const injector = inject(Injector);
  const session = inject(Session);
  const busy = signal(false);
  const errors = signal<Record<string, string | undefined>>({});

  /** What the server said, at the field that it named. */
  function place(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    // Whoever is not signed in any more signs in again, then comes back.
    if (error.status === 401 && !error.field) {
      session.expired();
      return;
    }
    const own = ["conflict", "invalid"].includes(error.code) ? server[error.field] : undefined;
    if (own) {
      errors.set({ [own.field]: i18n.t(own.text) });
      return;
    }
    const known = error.field && fields.includes(error.field) ? error.field : "form";
    errors.set({ [known]: errorText(i18n, error) });
  }

  /** A field may be there only because of its error: the focus comes after it is drawn. */
  function focus(field: string | undefined): void {
    if (field) afterNextRender(() => document.getElementById(field)?.focus(), { injector });
  }
  if (!part) focus(fields[0]);

  return {
    busy: busy.asReadonly(),
    error: (field: string) => errors()[field] ?? "",
    /** Something else is asked for now: nothing is wrong, and the first field has the focus. */
    clear(): void {
      errors.set({});
      focus(fields[0]);
    },
    /** Checks, sends, and puts any failure in its place; focus goes to the first field in error. */
    async submit(
      event: Event,
      check: () => Record<string, string | undefined>,
      send: () => Promise<unknown>,
    ): Promise<void> {
      event.preventDefault();
      if (busy()) return;
      errors.set(check());
      if (!Object.values(errors()).some(Boolean)) {
        busy.set(true);
        try {
          await send();
        } catch (error) {
          place(error);
        } finally {
          busy.set(false);
        }
      }
      focus(fields.find((field) => errors()[field]));
    },
  };
}
export type FormState = ReturnType<typeof formState>;
