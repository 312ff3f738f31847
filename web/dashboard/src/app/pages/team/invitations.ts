import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Moments } from "../../core/moments";
import { Invitation, PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { hostText, isolated, visible } from "../../core/text";
import { formState } from "../../ui/form";
import { Link } from "../../ui/link";
import { CopyText } from "../../ui/settings/copy-text";
import { Entry } from "../../ui/settings/entry";
import { Section, SettingRow } from "../../ui/settings/section";
import { Tag } from "../../ui/tag";
import { TeamChanges } from "./changes";

const DAY_MS = 86_400_000;

/** One that nobody has accepted yet; of a single site where it says so. */
interface Open {
  invite: Invitation;
  site?: string;
  domain?: string;
}

/** Who was invited, into the team or to a site of it, and has not come yet. */
@Component({
  selector: "hk-invitations",
  imports: [CopyText, Entry, Link, Section, SettingRow, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section
      [heading]="t('section.invitations.name')"
      [lead]="t('team.invitations_lead')"
      [error]="form.error('form') || list.problem()"
    >
      @if (renewed(); as renewed) {
        <hk-setting-row>
          <div role="status" class="flex flex-col gap-2">
            <p>{{ renewed.text }}</p>
            @if (renewed.link) {
              <hk-copy-text [label]="t('team.link')" [text]="renewed.link" />
            }
          </div>
        </hk-setting-row>
      }
      <ul>
        @for (entry of entries(); track entry.open.invite.id) {
          <li hkEntry wordy [name]="entry.name" [sub]="entry.sub">
            <hk-tag state>{{ entry.left }}</hk-tag>
            <button type="button" hkLink [attr.aria-label]="entry.again" (click)="renew(entry.open)">
              {{ t(mail ? "team.send_again" : "team.new_link") }}
            </button>
            <button type="button" hkLink="danger" [attr.aria-label]="entry.withdraw" (click)="revoke(entry.open)">
              {{ t("team.withdraw") }}
            </button>
          </li>
        } @empty {
          @if (list.value()) {
            <li class="px-5 py-3 soft">{{ t("team.nobody_invited") }}</li>
          }
        }
      </ul>
    </hk-section>
  `,
})
export class Invitations {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly session = inject(Session);
  private readonly moments = inject(Moments);
  private readonly changes = inject(TeamChanges);
  protected readonly form = formState([], { part: true });
  protected readonly mail = this.session.status()?.mail ?? false;
  protected readonly list = loaded(async () => {
    this.changes.count();
    const team = this.session.team()?.id ?? "";
    const [own, { invites }] = await Promise.all([this.api.invitations(team), this.api.guests(team)]);
    return [
      ...own.map((invite): Open => ({ invite })),
      ...invites.map(({ invite, site_id, domain }): Open => ({ invite, site: site_id, domain })),
    ];
  });
  protected readonly entries = computed(() =>
    (this.list.value() ?? []).map((open) => {
      const { invite, domain } = open;
      const name = visible(invite.email);
      const days = Math.max(1, Math.ceil((Date.parse(invite.expires_at) - Date.now()) / DAY_MS));
      const words = { email: isolated(name) };
      return {
        open,
        name,
        sub: [
          this.t(`team.as.${invite.role}`),
          domain ? hostText(domain) : this.t("team.in_team"),
          this.t("team.sent_on", { when: this.moments.short(invite.created_at) }),
        ].join(" · "),
        left: this.i18n.plural("team.days_left", days, { n: days }),
        again: this.t(this.mail ? "team.send_again_to" : "team.new_link_for", words),
        withdraw: this.t("team.withdraw_one", words),
      };
    }),
  );
  protected readonly renewed = signal<{ text: string; link?: string } | undefined>(undefined);

  protected renew({ invite, site }: Open): Promise<void> {
    return this.send(async () => {
      const { link } = await this.api.renewInvitation(invite, this.mail, site);
      const text = this.t(link ? "team.pass_on" : "team.sent", { email: isolated(visible(invite.email)) });
      this.renewed.set({ text, ...(link ? { link } : {}) });
    });
  }

  protected revoke({ invite, site }: Open): Promise<void> {
    return this.send(() => this.api.revokeInvitation(invite, site));
  }

  private send(what: () => Promise<unknown>): Promise<void> {
    this.renewed.set(undefined);
    return this.form.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        await what();
        this.changes.tell();
      },
    );
  }
}
