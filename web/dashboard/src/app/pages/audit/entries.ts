import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Moments } from "../../core/moments";
import { Names } from "../../core/names";
import { AuditEntry } from "../../core/people-api";
import { Session } from "../../core/session";
import { hostText, visible } from "../../core/text";

/** Key of the words for what was done. */
export const didKey = (action: string): string => `audit.did.${action.replaceAll(".", "_")}`;

/** Who did what, and when: a line each. */
@Component({
  selector: "hk-audit-entries",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./entries.css",
  template: `
    <ul>
      @for (line of lines(); track line.id) {
        <li>
          <time [attr.datetime]="line.at" [title]="line.full">{{ line.when }}</time>
          <span class="what">
            <b>
              <bdi>{{ line.who }}</bdi>
            </b>
            {{ line.did }}
            <span class="soft">
              <bdi>{{ line.more }}</bdi>
            </span>
          </span>
          <bdi class="site">{{ line.site }}</bdi>
        </li>
      } @empty {
        <li class="soft">{{ t("audit.none") }}</li>
      }
    </ul>
  `,
})
export class AuditEntries {
  readonly entries = input.required<readonly AuditEntry[]>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly moments = inject(Moments);
  private readonly names = inject(Names);
  private readonly session = inject(Session);
  protected readonly lines = computed(() =>
    this.entries().map((entry) => ({
      id: entry.id,
      at: entry.created_at,
      when: this.moments.short(entry.created_at),
      full: this.moments.full(entry.created_at),
      who: this.who(entry),
      did: this.i18n.has(didKey(entry.action)) ? this.t(didKey(entry.action)) : visible(entry.action),
      more: this.more(entry),
      site: this.site(entry),
    })),
  );

  private who({ actor_type, actor_email_snapshot }: AuditEntry): string {
    const name = visible(actor_email_snapshot);
    if (actor_type === "key") return this.t("audit.key", { name });
    return name || this.t(actor_type === "system" ? "audit.system" : "audit.somebody");
  }

  /** To what, which values are others now, and from where. */
  private more({ target_type, target_label, changes, ip_country_code, actor_email_snapshot }: AuditEntry): string {
    const to = target_type === "site" || target_label === actor_email_snapshot ? "" : visible(target_label ?? "");
    const values = changes.map(({ field, before, after }) =>
      visible(before ? `${field}: ${before} → ${after ?? ""}` : `${field}: ${after ?? ""}`),
    );
    const from = ip_country_code ? this.t("audit.from", { country: this.names.of("country", ip_country_code) }) : "";
    return [to, ...values, from].filter(Boolean).join(" · ");
  }

  private site({ site_id, target_type, target_label }: AuditEntry): string {
    const site = this.session.sites()?.find(({ id }) => id === site_id);
    if (site) return hostText(site.domain);
    return target_type === "site" && target_label ? hostText(target_label) : "–";
  }
}
