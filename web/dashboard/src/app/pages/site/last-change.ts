import { Signal, computed, inject } from "@angular/core";

import { AuditEntry, SiteApi } from "../../core/site-api";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Moments } from "../../core/moments";
import { Session } from "../../core/session";
import { isolated, visible } from "../../core/text";
import { Here } from "../../shell/here";

/** Who changed settings of the site last. */
export interface LastChange {
  /** "Place changed by ann@example.com, 2 Nov"; that nobody did where nobody has; empty where the reader may not know. */
  text: Signal<string>;
  again: () => Promise<void>;
}

/**
 * Of settings by their names in the audit log, each called as the page calls it. Use in an injection context.
 * `action` is what the log calls their change.
 */
export function lastChange(action: string, nameOf: (field: string) => string | undefined): LastChange {
  const { t, locale } = inject(I18n);
  const api = inject(SiteApi);
  const moments = inject(Moments);
  const session = inject(Session);
  const site = inject(Here).site;
  const may = computed(() => session.may("site.view_audit", site()));
  const list = loaded(async (): Promise<AuditEntry[]> => {
    const id = site()?.id;
    return id && may() ? (await api.changes(id, action)).entries : [];
  });
  const text = computed(() => {
    const entries = list.value();
    if (!entries || !may()) return "";
    for (const { changes, actor_email_snapshot, created_at } of entries) {
      const names = changes.flatMap(({ field }) => nameOf(field) ?? []);
      if (!names.length) continue;
      const what = new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);
      return t("last_change.by", {
        what,
        who: isolated(visible(actor_email_snapshot) || "HitKeep"),
        when: moments.day(created_at),
      });
    }
    return t("last_change.nobody");
  });
  return { text, again: () => list.again() };
}
