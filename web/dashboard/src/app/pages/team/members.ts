import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { PeopleApi, TeamMember } from "../../core/people-api";
import { Session } from "../../core/session";
import { initialsOf, isolated, visible } from "../../core/text";
import { Button } from "../../ui/button";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { IconButton } from "../../ui/icon-button";
import { MenuPart } from "../../ui/menu";
import { MenuOpener } from "../../ui/opens";
import { Entry } from "../../ui/settings/entry";
import { Questions } from "../../ui/settings/questions";
import { Section } from "../../ui/settings/section";
import { TeamChanges } from "./changes";
import { Invite } from "./invite";

const ROLES = ["admin", "member"] as const;

/** Who is in the team, and as what. */
@Component({
  selector: "hk-members",
  imports: [Button, Entry, Icon, IconButton, Invite, MenuOpener, Section],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section [heading]="t('section.members.name')" [error]="form.error('form') || list.problem()">
      @if (manages()) {
        <button head type="button" hkButton="primary" (click)="inviting.set(true)">
          <hk-icon name="plus" />
          {{ t("team.invite_do") }}
        </button>
      }
      <ul>
        @for (entry of entries(); track entry.member.user_id) {
          <li hkEntry [name]="entry.name" [sub]="entry.sub" [mark]="entry.mark">
            @if (manages() && !entry.self && entry.member.role !== "owner") {
              <button
                type="button"
                hkButton
                small
                side="end"
                [attr.aria-label]="entry.role"
                [hkMenu]="entry.roles"
                (chosen)="change(entry.member, $event)"
              >
                {{ t("team.as." + entry.member.role) }}
                <hk-icon name="down" />
              </button>
            } @else {
              <span>{{ t("team.as." + entry.member.role) }}</span>
            }
            @if (entry.acts.length) {
              <button
                type="button"
                hkIconButton="dots"
                small
                side="end"
                [label]="entry.more"
                [hkMenu]="entry.acts"
                (chosen)="act(entry.member, $event)"
              ></button>
            }
          </li>
        }
      </ul>
    </hk-section>
    @if (inviting()) {
      <hk-invite [team]="team()" (made)="changes.tell()" (closed)="inviting.set(false)" />
    }
  `,
})
export class Members {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly session = inject(Session);
  protected readonly changes = inject(TeamChanges);
  protected readonly form = formState([], { part: true });
  protected readonly inviting = signal(false);
  protected readonly team = computed(() => this.session.team()?.id ?? "");
  protected readonly manages = computed(() => this.session.may("team.manage_members"));
  protected readonly list = loaded(() => {
    this.changes.count();
    return this.api.members(this.team());
  });
  protected readonly entries = computed(() => (this.list.value() ?? []).map((member) => this.entryOf(member)));

  private entryOf(member: TeamMember) {
    const email = visible(member.email);
    const full = visible([member.given_name, member.last_name].filter(Boolean).join(" "));
    const name = full || email;
    const self = member.user_id === this.session.profile()?.id;
    return {
      member,
      name,
      sub: full ? email : "",
      mark: initialsOf(name),
      self,
      role: `${this.t(`team.as.${member.role}`)}: ${this.t("team.role_of", { name: isolated(name) })}`,
      roles: ROLES.map((value) => ({ value, text: this.t(`team.as.${value}`), checked: value === member.role })),
      more: this.t("team.more_of", { name: isolated(name) }),
      acts: self ? [] : this.actsOn(member),
    };
  }

  private actsOn({ role }: TeamMember): MenuPart[] {
    const owns = this.session.may("team.transfer_ownership");
    return [
      ...(owns && role !== "owner" ? [{ value: "transfer", text: this.t("team.transfer") }] : []),
      ...(this.manages() && (owns || role !== "owner") ? [{ value: "remove", text: this.t("team.remove") }] : []),
    ];
  }

  private nameOf({ given_name, last_name, email }: TeamMember): string {
    return isolated(visible([given_name, last_name].filter(Boolean).join(" ") || email));
  }

  protected change({ email }: TeamMember, role: "admin" | "member"): Promise<void> {
    return this.send(() => this.api.addMember(this.team(), { email, role, send_mail: false }));
  }

  protected async act(member: TeamMember, what: string): Promise<void> {
    const name = this.nameOf(member);
    if (what === "remove") {
      const text = this.t("team.remove_text");
      if (
        !(await this.questions.sure({ heading: this.t("team.remove_one", { name }), text, yes: this.t("team.remove") }))
      )
        return;
      await this.send(() => this.api.removeMember(this.team(), member.user_id));
    } else {
      const text = this.t("team.transfer_text");
      const question = { heading: this.t("team.transfer_to", { name }), text, yes: this.t("team.transfer") };
      if (!(await this.questions.sure(question))) return;
      await this.send(() => this.questions.proved(() => this.api.transferTeam(this.team(), member.user_id)));
      await this.session.load();
    }
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
