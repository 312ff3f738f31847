import { ChangeDetectionStrategy, Component, computed, effect, inject, linkedSignal } from "@angular/core";
import { ActivatedRoute, Router } from "@angular/router";

import { Param, StateOf, choice, readState, writeState } from "../../core/address";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { PeopleApi, auditOf } from "../../core/people-api";
import { Session } from "../../core/session";
import { settled } from "../../core/settled";
import { visible } from "../../core/text";
import { Here } from "../../shell/here";
import { Button } from "../../ui/button";
import { Control } from "../../ui/control";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { Input } from "../../ui/input";
import { Pager } from "../../ui/report/pager";
import { Seg } from "../../ui/seg";
import { Select } from "../../ui/select";
import { AuditEntries, didKey } from "./entries";

/** A word of the address; none where it is empty. */
const word = (name: string): Param<string> => ({
  usual: "",
  read: (params) => params.get(name) ?? undefined,
  write: (value) => ({ [name]: value || null }),
});
const number = (name: string, usual: number): Param<number> => ({
  usual,
  read: (params) => {
    const said = Math.floor(Number(params.get(name)));
    return said >= 1 ? said : undefined;
  },
  write: (value) => ({ [name]: value === usual ? null : String(value) }),
});

/** What the address says of the page. */
const AUDIT = {
  of: choice("of", ["team", "all"] as const, "team"),
  who: word("who"),
  did: word("did"),
  text: word("text"),
  from: word("from"),
  to: word("to"),
  page: number("page", 1),
  size: number("size", 50),
};
type AuditState = StateOf<typeof AUDIT>;

/** Everything that was changed, in the team or, for who may see it, everywhere: by person, action, time and text; as a file. */
@Component({
  selector: "hk-audit-page",
  imports: [AuditEntries, Button, Control, Field, Icon, Input, Pager, Seg, Select],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./audit-page.css",
  template: `
    <div class="head">
      <h1>{{ t("page.audit.name") }}</h1>
      <span class="sp"></span>
      @if (everything) {
        <hk-seg
          [label]="t('audit.of')"
          [choices]="scopes()"
          [chosen]="state().of"
          (chosenChange)="go({ of: $event, who: '' })"
        />
      }
      <a hkButton download="audit.csv" [attr.href]="file()">
        <hk-icon name="download" />
        {{ t("audit.export") }}
      </a>
    </div>
    <form class="filters" novalidate (submit)="$event.preventDefault()">
      <hk-field required name="audit_text" autocomplete="off" [label]="t('audit.search')" [(value)]="text" />
      <hk-field required name="audit_who" [label]="t('audit.who')">
        <hk-select [choices]="people()" [chosen]="state().who" (chosenChange)="go({ who: $event })" />
      </hk-field>
      <hk-field required name="audit_did" [label]="t('audit.what')">
        <hk-select [choices]="actions()" [chosen]="state().did" (chosenChange)="go({ did: $event })" />
      </hk-field>
      <hk-field required name="audit_from" [label]="t('audit.since')">
        <input
          hkInput
          hkControl
          type="date"
          [value]="state().from"
          (change)="go({ from: $any($event.target).value })"
        />
      </hk-field>
      <hk-field required name="audit_to" [label]="t('audit.until')">
        <input hkInput hkControl type="date" [value]="state().to" (change)="go({ to: $any($event.target).value })" />
      </hk-field>
    </form>
    <section class="card" [attr.aria-label]="t('page.audit.name')">
      @if (list.problem(); as problem) {
        <p class="problem error" role="alert">{{ problem }}</p>
      }
      @if (list.value(); as found) {
        <hk-audit-entries [entries]="found.entries" />
        <hk-pager
          [page]="state().page"
          [size]="state().size"
          [total]="found.total"
          (pageChange)="go({ page: $event })"
          (sizeChange)="go({ size: $event })"
        />
      }
    </section>
  `,
})
export class AuditPage {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly here = inject(Here);
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  private readonly session = inject(Session);

  protected readonly everything = this.session.may("instance.view_audit");
  protected readonly state = computed<AuditState>(() => readState(AUDIT, this.here.params()));
  /** What is typed; it becomes part of the address once one pauses. */
  protected readonly text = linkedSignal(() => this.state().text);
  private readonly paused = settled(this.text);

  private readonly team = computed(() => this.session.team()?.id ?? "");
  private readonly of = computed(() => auditOf(this.state().of === "all" && this.everything ? undefined : this.team()));
  private readonly filter = computed(() => {
    const { who, did, text, from, to } = this.state();
    const wanted = { actor_id: who, action: did, query: text, from, to };
    return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  });
  protected readonly file = computed(() => {
    const params = new URLSearchParams(this.filter());
    params.set("format", "csv");
    return `${this.of()}/export?${params.toString()}`;
  });
  protected readonly list = loaded(() => {
    const { page, size } = this.state();
    const params = new URLSearchParams(this.filter());
    params.set("limit", String(size));
    params.set("offset", String((page - 1) * size));
    return this.api.audit(this.of(), params);
  });
  private readonly members = loaded(() => this.api.members(this.team()));
  protected readonly scopes = computed(() => [
    { value: "team" as const, text: this.t("audit.of_team") },
    { value: "all" as const, text: this.t("audit.of_all") },
  ]);
  protected readonly people = computed(() => [
    { value: "", text: this.t("audit.anybody") },
    ...(this.members.value() ?? []).map(({ user_id, email }) => ({ value: user_id, text: visible(email) })),
  ]);
  protected readonly actions = computed(() => [
    { value: "", text: this.t("audit.anything") },
    ...ACTIONS.map((value) => ({ value, text: this.t(didKey(value)) })).sort((a, b) =>
      a.text.localeCompare(b.text, this.i18n.locale()),
    ),
  ]);

  constructor() {
    effect(() => {
      const text = this.paused();
      if (text !== undefined && text.trim() !== this.state().text && text === this.text())
        this.go({ text: text.trim() });
    });
  }

  /** Another filter begins with the newest. */
  protected go(change: Partial<AuditState>): void {
    void this.router.navigate([], {
      relativeTo: this.route,
      queryParams: writeState(AUDIT, { ...this.state(), page: 1, ...change }),
      queryParamsHandling: "merge",
      replaceUrl: change.page === undefined,
    });
  }
}

/** What is noted (`docs/audit.md`). */
const ACTIONS = [
  "auth.login_succeeded",
  "auth.password_changed",
  "auth.password_reset",
  "auth.session_ended",
  "auth.sessions_ended",
  "instance.set_up",
  "account.created",
  "account.deleted",
  "profile.updated",
  "profile.email_change_asked",
  "profile.email_changed",
  "role.updated",
  "team.created",
  "team.updated",
  "team.deleted",
  "member.invited",
  "member.invite_resent",
  "member.invite_revoked",
  "member.invite_accepted",
  "member.role_updated",
  "member.removed",
  "member.left",
  "ownership.transferred",
  "permission.site_member_granted",
  "permission.site_member_role_updated",
  "permission.site_member_revoked",
  "site.created",
  "site.updated",
  "site.owner_changed",
  "site.exclusion_created",
  "site.exclusion_deleted",
  "site.rules_updated",
  "api_client.created",
  "api_client.updated",
  "api_client.revoked",
  "api_client.reactivated",
  "api_client.rotated",
  "api_client.deleted",
] as const;
