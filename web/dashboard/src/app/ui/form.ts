import { inject, signal } from "@angular/core";

import { ApiError } from "../core/api";
import { I18n } from "../core/i18n";

/** The state of a form: busy while it is sent, one error per field, one for the whole. Use in an injection context. */
export function formState(fields: readonly string[]) {
  const i18n = inject(I18n);
  const busy = signal(false);
  const errors = signal<Record<string, string | undefined>>({});

  /** What the server said, at the field that it named. */
  function place(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    const known = error.field && fields.includes(error.field) ? error.field : "form";
    errors.set({ [known]: errorText(i18n, error) });
  }

  return {
    busy: busy.asReadonly(),
    error: (field: string) => errors()[field] ?? "",
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
      const first = fields.find((field) => errors()[field]);
      if (first) document.getElementById(first)?.focus();
    },
  };
}

/** A sentence for a failed request: ours where the failure is a general one, else the server's own. */
export function errorText(i18n: I18n, error: ApiError): string {
  if (error.status === 0) return i18n.t("error.offline");
  if (error.status === 429) return i18n.t("error.slow_down");
  if (error.status === 503) return i18n.t("error.busy");
  if (error.status >= 500 || !error.message) return i18n.t("error.unexpected");
  return error.message;
}
