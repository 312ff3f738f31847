import {
  ChangeDetectionStrategy,
  Component,
  booleanAttribute,
  computed,
  inject,
  input,
  output,
  signal,
} from "@angular/core";

import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { hostText, isolated } from "../../core/text";
import { Button } from "../../ui/button";
import { Check } from "../../ui/check";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState, isEmail } from "../../ui/form";
import { Seg } from "../../ui/seg";
import { Select } from "../../ui/select";
import { CopyText } from "../../ui/settings/copy-text";

const TEAM_ROLES = ["member", "admin"] as const;
const SITE_ROLES = ["viewer", "editor", "admin"] as const;
type TeamRole = (typeof TEAM_ROLES)[number];
type SiteRole = (typeof SITE_ROLES)[number];

/** Invites somebody, into the team or as a guest of one site: by mail, or with a link to pass on. */
@Component({
  selector: "hk-invite",
  imports: [Button, Check, CopyText, Dialog, Field, Seg, Select],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-dialog [heading]="t(guest() ? 'team.invite_guest' : 'team.invite')" (closed)="closed.emit()">
      @if (outcome(); as outcome) {
        <div role="status" class="flex flex-col gap-3">
          <p>{{ outcome.text }}</p>
          @if (outcome.link) {
            <hk-copy-text [label]="t('team.link')" [text]="outcome.link" />
            <p class="hint">{{ t("team.link_hint") }}</p>
          }
        </div>
      } @else {
        <form id="invite" class="flex flex-col gap-4" novalidate (submit)="send($event)">
          <hk-field
            required
            name="invited_email"
            type="email"
            autocomplete="off"
            [label]="t('field.email')"
            [hint]="mail ? '' : t('team.no_mail')"
            [(value)]="email"
            [error]="form.error('email')"
          />
          @if (guest()) {
            <hk-field required name="invited_site" [label]="t('team.site')" [error]="form.error('site')">
              <hk-select [choices]="sites()" [(chosen)]="site" />
            </hk-field>
            <hk-seg [label]="t('team.role')" [choices]="siteRoles()" [(chosen)]="siteRole" />
            <p class="hint">{{ t("team.may." + siteRole()) }}</p>
          } @else {
            <hk-seg [label]="t('team.role')" [choices]="teamRoles()" [(chosen)]="teamRole" />
            <p class="hint">{{ t("team.may_team." + teamRole()) }}</p>
          }
          @if (mail) {
            <hk-check [(checked)]="byMail">{{ t("team.by_mail") }}</hk-check>
          }
          @if (form.error("form"); as error) {
            <p class="error" role="alert">{{ error }}</p>
          }
        </form>
      }
      <ng-container foot>
        <span class="sp"></span>
        @if (outcome()) {
          <button type="button" hkButton="primary" (click)="closed.emit()">{{ t("action.close") }}</button>
        } @else {
          <button type="submit" form="invite" hkButton="primary" [attr.aria-disabled]="form.busy()">
            {{ t(mail && byMail() ? "team.send" : "team.make_link") }}
          </button>
        }
      </ng-container>
    </hk-dialog>
  `,
})
export class Invite {
  readonly team = input.required<string>();
  /** Of one site alone. */
  readonly guest = input(false, { transform: booleanAttribute });
  readonly made = output();
  readonly closed = output();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly session = inject(Session);
  protected readonly form = formState(["email", "site"], { part: true });
  /** Whether the server sends any. */
  protected readonly mail = this.session.status()?.mail ?? false;
  protected readonly email = signal("");
  protected readonly byMail = signal(true);
  protected readonly teamRole = signal<TeamRole>("member");
  protected readonly siteRole = signal<SiteRole>("viewer");
  private readonly known = (this.session.sites() ?? []).filter((site) => this.session.may("site.manage_team", site));
  protected readonly site = signal(this.known[0]?.id ?? "");
  protected readonly sites = computed(() =>
    this.known.map(({ id, domain }) => ({ value: id, text: hostText(domain) })),
  );
  protected readonly teamRoles = computed(() =>
    TEAM_ROLES.map((value) => ({ value, text: this.t(`team.as.${value}`) })),
  );
  protected readonly siteRoles = computed(() =>
    SITE_ROLES.map((value) => ({ value, text: this.t(`team.as.${value}`) })),
  );
  /** What came of it. */
  protected readonly outcome = signal<{ text: string; link?: string } | undefined>(undefined);

  protected send(event: Event): Promise<void> {
    const email = this.email().trim();
    return this.form.submit(
      event,
      () => ({
        email: isEmail(email) ? undefined : this.t("error.email"),
        site: this.guest() && !this.site() ? this.t("error.required") : undefined,
      }),
      async () => {
        const send_mail = this.mail && this.byMail();
        const { is_invite, link } = this.guest()
          ? await this.api.addGuest(this.site(), { email, role: this.siteRole(), send_mail })
          : await this.api.addMember(this.team(), { email, role: this.teamRole(), send_mail });
        const said = !is_invite ? "team.was_there" : link ? "team.pass_on" : "team.sent";
        this.outcome.set({ text: this.t(said, { email: isolated(email) }), ...(link ? { link } : {}) });
        this.made.emit();
      },
    );
  }
}
