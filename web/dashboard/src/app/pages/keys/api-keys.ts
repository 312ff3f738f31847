import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Moments } from "../../core/moments";
import { ApiClient, PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { hostText, isolated, visible } from "../../core/text";
import { Button } from "../../ui/button";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Link } from "../../ui/link";
import { Entry } from "../../ui/settings/entry";
import { Questions } from "../../ui/settings/questions";
import { Section } from "../../ui/settings/section";
import { Tag } from "../../ui/tag";
import { NewKey } from "./new-key";
import { RenewKey } from "./renew-key";

/** API keys, one's own or those of a team: made, renewed, switched off and on, revoked. */
@Component({
  selector: "hk-api-keys",
  imports: [Button, Entry, Icon, Link, NewKey, RenewKey, Section, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section
      [heading]="t('section.api_keys.name')"
      [lead]="t(team() ? 'keys.lead_team' : 'keys.lead')"
      [error]="form.error('form') || list.problem()"
    >
      <button head type="button" hkButton (click)="making.set(true)">
        <hk-icon name="plus" />
        {{ t("keys.new") }}
      </button>
      <ul>
        @for (entry of entries(); track entry.key.id) {
          <li hkEntry wordy [name]="entry.name" [sub]="entry.prefix" [off]="entry.over">
            <span state>{{ entry.sites }}</span>
            <span state>{{ entry.times }}</span>
            @for (scope of entry.key.scopes; track scope) {
              <hk-tag state>{{ t("keys.scope." + scope + ".name") }}</hk-tag>
            }
            @if (entry.key.revoked_at) {
              <hk-tag state tone="mid">{{ t("keys.off") }}</hk-tag>
            } @else if (entry.over) {
              <hk-tag state tone="mid">{{ t("keys.expired") }}</hk-tag>
            } @else {
              <button type="button" hkLink [attr.aria-label]="entry.renew" (click)="renewing.set(entry.key)">
                {{ t("keys.renew") }}
              </button>
            }
            <button type="button" hkLink [attr.aria-label]="entry.turn" (click)="turn(entry.key, $event)">
              {{ t(entry.key.revoked_at ? "keys.on_do" : "keys.off_do") }}
            </button>
            <button type="button" hkLink="danger" [attr.aria-label]="entry.revoke" (click)="revoke(entry.key, $event)">
              {{ t("keys.revoke") }}
            </button>
          </li>
        }
      </ul>
    </hk-section>
    @if (making()) {
      <hk-new-key [team]="team()" (made)="list.again()" (closed)="making.set(false)" />
    }
    @if (renewing(); as key) {
      <hk-renew-key [key]="key" [team]="team()" (made)="list.again()" (closed)="renewing.set(undefined)" />
    }
  `,
})
export class ApiKeys {
  /** Whose they are; one's own where it is not said. */
  readonly team = input<string>();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly session = inject(Session);
  private readonly moments = inject(Moments);
  protected readonly form = formState([], { part: true });
  protected readonly making = signal(false);
  protected readonly renewing = signal<ApiClient | undefined>(undefined);
  protected readonly list = loaded(() => this.api.keys(this.team()));
  protected readonly entries = computed(() =>
    (this.list.value() ?? []).map((key) => {
      const name = visible(key.name);
      return {
        key,
        name,
        prefix: `${key.prefix}…`,
        sites: this.sitesOf(key),
        times: this.timesOf(key),
        over:
          key.revoked_at !== undefined || (key.expires_at !== undefined && Date.parse(key.expires_at) <= Date.now()),
        renew: this.t("keys.renew_one", { name: isolated(name) }),
        turn: this.t(key.revoked_at ? "keys.on_one" : "keys.off_one", { name: isolated(name) }),
        revoke: this.t("keys.revoke_one", { name: isolated(name) }),
      };
    }),
  );

  private sitesOf({ all_sites, site_roles }: ApiClient): string {
    if (all_sites) return this.t("keys.all_sites");
    const [first, ...others] = site_roles;
    const site = this.session.sites()?.find(({ id }) => id === first?.site_id);
    return site && !others.length ? hostText(site.domain) : this.t("keys.n_sites", { n: site_roles.length });
  }

  private timesOf({ last_used_at, expires_at, old_secret_until }: ApiClient): string {
    const old = old_secret_until !== undefined && Date.parse(old_secret_until) > Date.now() ? old_secret_until : "";
    return [
      last_used_at ? this.t("keys.used", { when: this.moments.short(last_used_at) }) : this.t("keys.unused"),
      old
        ? this.t("keys.old_until", { when: this.moments.short(old) })
        : expires_at
          ? this.t("keys.ends", { when: this.moments.day(expires_at) })
          : this.t("keys.never_ends"),
    ].join(" · ");
  }

  protected turn(key: ApiClient, event: Event): Promise<void> {
    const { id, name, description, expires_at, revoked_at } = key;
    // What is left out stays, but for the end.
    const change = { name, description, expires_at: expires_at ?? null, revoked: !revoked_at };
    return this.act(event, () => this.questions.proved(() => this.api.changeKey(id, change, this.team())));
  }

  protected async revoke(key: ApiClient, event: Event): Promise<void> {
    const name = isolated(visible(key.name));
    const question = { heading: this.t("keys.revoke_one", { name }), text: this.t("keys.revoke_text") };
    if (!(await this.questions.sure({ ...question, yes: this.t("keys.revoke") }))) return;
    await this.act(event, () => this.api.deleteKey(key.id, this.team()));
  }

  private act(event: Event, send: () => Promise<unknown>): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        await send();
        await this.list.again();
      },
    );
  }
}
