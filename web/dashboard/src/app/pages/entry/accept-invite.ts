import { ChangeDetectionStrategy, Component, computed, effect, inject, signal, untracked } from "@angular/core";
import { Router, RouterLink } from "@angular/router";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { isolated, visible } from "../../core/text";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { SHORTEST_PASSWORD, formState, passwordError } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Message } from "../../ui/message";
import { Entry } from "./entry";

/** How an invitation stands: is asked for; can be joined as who is signed in, by a new account, after a sign-in; or is none. */
type State = "asked" | "join" | "new" | "sign_in" | "other" | "invalid";

/** Whoever follows the link of an invitation: who has an account joins with it, others make one. */
@Component({
  selector: "hk-accept-invite",
  imports: [Button, Entry, Field, FormCard, Message, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "../../ui/form.css",
  template: `
    <hk-entry>
      @switch (state()) {
        @case ("asked") {}
        @case ("invalid") {
          <hk-message outcome [heading]="t('accept.invalid_heading')" [text]="t('accept.invalid')">
            <a hkButton routerLink="/">{{ t("accept.go_on") }}</a>
          </hk-message>
        }
        @case ("sign_in") {
          <hk-message outcome [heading]="t('accept.heading')" [text]="t('accept.has_account')">
            <a hkButton="primary" routerLink="/login" [queryParams]="{ next: '/accept-invite' }">
              {{ t("accept.sign_in") }}
            </a>
          </hk-message>
        }
        @case ("other") {
          <hk-message outcome [heading]="t('accept.heading')" [text]="t('accept.other', { email: email() })">
            <button type="button" hkButton="primary" (click)="signOut()">{{ t("accept.sign_out") }}</button>
          </hk-message>
        }
        @case ("join") {
          <hk-form-card
            [form]="form"
            [heading]="t('accept.heading')"
            [action]="t('accept.join_do')"
            (send)="join($event)"
          >
            <p class="lead">{{ t("accept.join", { email: email() }) }}</p>
          </hk-form-card>
        }
        @case ("new") {
          <hk-form-card
            [form]="form"
            [heading]="t('accept.heading')"
            [action]="t('accept.new_do')"
            (send)="make($event)"
          >
            <p class="lead">{{ t("accept.new") }}</p>
            <div class="pair">
              <hk-field
                name="given_name"
                autocomplete="given-name"
                [label]="t('field.given_name')"
                [(value)]="given"
                [error]="form.error('given_name')"
              />
              <hk-field
                name="last_name"
                autocomplete="family-name"
                [label]="t('field.last_name')"
                [(value)]="last"
                [error]="form.error('last_name')"
              />
            </div>
            <hk-field
              name="password"
              type="password"
              autocomplete="new-password"
              required
              [label]="t('field.password')"
              [hint]="t('field.password_hint', { n: shortest })"
              [(value)]="password"
              [error]="form.error('password')"
            />
          </hk-form-card>
        }
      }
    </hk-entry>
  `,
})
export class AcceptInvite {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  protected readonly form = formState(["given_name", "last_name", "password"], { part: true });
  protected readonly shortest = SHORTEST_PASSWORD;
  private readonly token = this.session.linkToken;
  protected readonly state = signal<State>(this.token() ? "asked" : "invalid");
  protected readonly email = computed(() => isolated(visible(this.session.profile()?.email ?? "")));
  protected readonly given = signal("");
  protected readonly last = signal("");
  protected readonly password = signal("");

  constructor() {
    // Another link on the same page changes the token alone; one that is used up changes nothing.
    effect(() => {
      if (this.token()) void untracked(() => this.look());
    });
  }

  private async look(): Promise<void> {
    try {
      if (!this.session.sites()) await this.session.load();
      this.state.set("join");
    } catch {
      this.state.set(await this.unknown());
    }
  }

  /** Without a password nobody is let in: the answer only says what is missing. */
  private async unknown(): Promise<State> {
    try {
      await this.api.accept({ token: this.token() });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return "sign_in";
      if (error instanceof ApiError && error.field === "token") return "invalid";
    }
    return "new";
  }

  protected join(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        try {
          await this.api.accept({ token: this.token() });
        } catch (error) {
          this.refused(error, { forbidden: "other" });
          return;
        }
        await this.enter();
      },
    );
  }

  protected make(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({ password: passwordError(this.i18n, this.password()) }),
      async () => {
        try {
          await this.api.accept({
            token: this.token(),
            password: this.password(),
            given_name: this.given().trim(),
            last_name: this.last().trim(),
          });
        } catch (error) {
          this.refused(error);
          return;
        }
        await this.enter();
      },
    );
  }

  /** What no field can mend becomes the state; anything else is the form's to say. */
  private refused(error: unknown, states: Partial<Record<string, State>> = {}): void {
    const state = error instanceof ApiError ? (error.field === "token" ? "invalid" : states[error.code]) : undefined;
    if (!state) throw error;
    this.state.set(state);
  }

  /** Who sees no site yet begins with the team that he is in now. */
  private async enter(): Promise<void> {
    this.token.set("");
    await this.session.load();
    await this.router.navigateByUrl(this.session.sites()?.length ? "/" : "/team", { replaceUrl: true });
  }

  protected async signOut(): Promise<void> {
    await this.session.leave();
    await this.router.navigateByUrl("/accept-invite", { replaceUrl: true });
  }
}
