import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Moments } from "../../core/moments";
import { PeopleApi, TeamGuest } from "../../core/people-api";
import { Session } from "../../core/session";
import { hostText, initialsOf, isolated, visible } from "../../core/text";
import { Button } from "../../ui/button";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Link } from "../../ui/link";
import { MenuOpener } from "../../ui/opens";
import { Entry } from "../../ui/settings/entry";
import { Questions } from "../../ui/settings/questions";
import { Section } from "../../ui/settings/section";
import { TeamChanges } from "./changes";
import { Invite } from "./invite";

const ROLES = ["admin", "editor", "viewer"] as const;

/** Who sees single sites of the team, and nothing else of it. */
@Component({
  selector: "hk-guests",
  imports: [Button, Entry, Icon, Invite, Link, MenuOpener, Section],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section
      [heading]="t('section.guests.name')"
      [lead]="t('team.guests_lead')"
      [error]="form.error('form') || list.problem()"
    >
      <button head type="button" hkButton (click)="inviting.set(true)">
        <hk-icon name="plus" />
        {{ t("team.invite_guest") }}
      </button>
      <ul>
        @for (entry of entries(); track entry.key) {
          <li hkEntry wordy [name]="entry.name" [sub]="entry.sub" [mark]="entry.mark">
            <bdi state>{{ entry.domain }}</bdi>
            <span state>{{ entry.since }}</span>
            <button
              type="button"
              hkButton
              small
              side="end"
              [attr.aria-label]="entry.role"
              [hkMenu]="entry.roles"
              (chosen)="change(entry.guest, $event)"
            >
              {{ t("team.as." + entry.guest.member.role) }}
              <hk-icon name="down" />
            </button>
            <button type="button" hkLink="danger" [attr.aria-label]="entry.remove" (click)="remove(entry.guest)">
              {{ t("team.remove_do") }}
            </button>
          </li>
        }
      </ul>
    </hk-section>
    @if (inviting()) {
      <hk-invite guest [team]="team()" (made)="changes.tell()" (closed)="inviting.set(false)" />
    }
  `,
})
export class Guests {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly session = inject(Session);
  private readonly moments = inject(Moments);
  protected readonly changes = inject(TeamChanges);
  protected readonly form = formState([], { part: true });
  protected readonly inviting = signal(false);
  protected readonly team = computed(() => this.session.team()?.id ?? "");
  protected readonly list = loaded(() => {
    this.changes.count();
    return this.api.guests(this.team());
  });
  protected readonly entries = computed(() =>
    (this.list.value()?.guests ?? []).map((guest) => {
      const { member, domain, site_id } = guest;
      const email = visible(member.email);
      const full = visible([member.given_name, member.last_name].filter(Boolean).join(" "));
      const name = full || email;
      const words = { name: isolated(name), domain: isolated(hostText(domain)) };
      return {
        key: `${member.user_id} ${site_id}`,
        guest,
        name,
        sub: full ? email : "",
        mark: initialsOf(name),
        domain: hostText(domain),
        since: this.t("team.since", { when: this.moments.short(member.added_at) }),
        role: `${this.t(`team.as.${member.role}`)}: ${this.t("team.role_on", words)}`,
        roles: ROLES.map((value) => ({ value, text: this.t(`team.as.${value}`), checked: value === member.role })),
        remove: this.t("team.remove_from", words),
      };
    }),
  );

  protected change({ member, site_id }: TeamGuest, role: (typeof ROLES)[number]): Promise<void> {
    return this.send(() => this.api.addGuest(site_id, { email: member.email, role, send_mail: false }));
  }

  protected async remove({ member, site_id, domain }: TeamGuest): Promise<void> {
    const words = { name: isolated(visible(member.email)), domain: isolated(hostText(domain)) };
    const question = { heading: this.t("team.remove_from", words), text: this.t("team.remove_guest_text") };
    if (!(await this.questions.sure({ ...question, yes: this.t("team.remove_do") }))) return;
    await this.send(() => this.api.removeGuest(site_id, member.user_id));
  }

  private send(what: () => Promise<unknown>): Promise<void> {
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
