import { ApiError } from "./api";
import { I18n } from "./i18n";

/** What the server can have against a field, by field and code: in the reader's language. */
const COMPLAINTS: Record<string, string> = {
  "code forbidden": "error.code",
  "code invalid": "error.code",
  "code unauthenticated": "error.code",
  "credential forbidden": "error.passkey",
  "credential invalid": "error.passkey",
  "credential unauthenticated": "error.passkey",
  "current_password forbidden": "error.current_password",
  "domain conflict": "error.domain_taken",
  "domain invalid": "error.domain",
  "email invalid": "error.email",
  "excluded_hosts invalid": "error.excluded_hosts",
  "new_password invalid": "error.password",
  "password forbidden": "error.current_password",
  "password invalid": "error.password",
  "origin forbidden": "error.origin",
  "setup_code forbidden": "error.setup_code",
};

/** A sentence for a failed request: ours where the failure is a known one, else the server's own. */
export function errorText(i18n: I18n, error: unknown): string {
  if (!(error instanceof ApiError)) return i18n.t("error.unexpected");
  const complaint = COMPLAINTS[`${error.field} ${error.code}`];
  if (complaint) return i18n.t(complaint);
  if (error.status === 0) return i18n.t("error.offline");
  if (error.code === "too_large" && error.status === 422) return i18n.t("error.too_large");
  if (error.code === "damaged") return i18n.t("error.damaged");
  if (error.status === 429) return i18n.t("error.slow_down");
  if (error.status === 503) return i18n.t("error.busy");
  if (error.status >= 500 || !error.message) return i18n.t("error.unexpected");
  return error.message;
}
