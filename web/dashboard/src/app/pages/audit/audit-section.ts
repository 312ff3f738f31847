import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";
import { RouterLink } from "@angular/router";

import { Format } from "../../core/format";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { PeopleApi, auditOf } from "../../core/people-api";
import { Session } from "../../core/session";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Link } from "../../ui/link";
import { Section } from "../../ui/settings/section";
import { AuditEntries } from "./entries";

/** As many of the newest as one reads by the way. */
const SHOWN = 6;

/** The newest of what was changed in the team, and the way to all of it. */
@Component({
  selector: "hk-audit-section",
  imports: [AuditEntries, Button, Icon, Link, RouterLink, Section],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section [heading]="t('section.audit.name')" [lead]="t('audit.lead')" [error]="list.problem()">
      <a head hkButton download="audit.csv" [attr.href]="file()">
        <hk-icon name="download" />
        {{ t("audit.export") }}
      </a>
      @if (list.value(); as page) {
        <hk-audit-entries [entries]="page.entries" />
      }
      @if (list.value(); as page) {
        <ng-container foot>
          <span>
            {{ t("audit.newest", { n: format.integer(page.entries.length), total: format.integer(page.total) }) }}
          </span>
          <span class="sp"></span>
          <a hkLink routerLink="/audit">{{ t("audit.all") }}</a>
        </ng-container>
      }
    </hk-section>
  `,
})
export class AuditSection {
  protected readonly t = inject(I18n).t;
  protected readonly format = inject(Format);
  private readonly api = inject(PeopleApi);
  private readonly session = inject(Session);
  private readonly of = computed(() => auditOf(this.session.team()?.id));
  protected readonly file = computed(() => `${this.of()}/export?format=csv`);
  protected readonly list = loaded(() => this.api.audit(this.of(), new URLSearchParams({ limit: String(SHOWN) })));
}
