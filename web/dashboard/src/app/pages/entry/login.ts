import { ChangeDetectionStrategy, Component, inject, input, signal } from "@angular/core";
import { Router, RouterLink } from "@angular/router";

import { Api, ApiError, PendingSignIn } from "../../core/api";
import { I18n } from "../../core/i18n";
import { passkeysHere } from "../../core/passkeys";
import { PASSWORD_CHANGED, Session } from "../../core/session";
import { Check } from "../../ui/check";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Link } from "../../ui/link";
import { Entry } from "./entry";
import { PasskeyButton } from "./passkey-button";
import { RightAddress } from "./right-address";
import { SecondStep } from "./second-step";

@Component({
  selector: "hk-login",
  imports: [Check, Entry, Field, FormCard, Link, PasskeyButton, RightAddress, RouterLink, SecondStep],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-entry>
      @if (pending(); as pending) {
        <hk-second-step [pending]="pending" (done)="enter()" (over)="again()" />
      } @else {
        <hk-form-card
          [form]="form"
          [heading]="t('login.heading')"
          [action]="t('login.submit')"
          [second]="passkeys()"
          (send)="submit($event)"
        >
          <hk-right-address />
          @if (changed) {
            <p class="notice up font-figure" role="status">{{ t("login.changed") }}</p>
          }
          @if (over()) {
            <p class="notice font-figure" role="status">{{ t("login.over") }}</p>
          }
          @if (passkeys()) {
            <hk-passkey-button [form]="form" [remember]="remember()" (done)="enter()" (over)="over.set(true)" />
          }
          <hk-field
            name="email"
            type="email"
            autocomplete="username webauthn"
            required
            [label]="t('field.email')"
            [(value)]="email"
            [error]="form.error('email')"
          />
          <hk-field
            name="password"
            type="password"
            autocomplete="current-password"
            required
            [label]="t('field.password')"
            [(value)]="password"
            [error]="form.error('password')"
          />
          <hk-check [(checked)]="remember">{{ t("login.remember") }}</hk-check>
          @if (mail()) {
            <a below hkLink class="self-start" routerLink="/forgot-password">{{ t("login.forgot") }}</a>
          }
        </hk-form-card>
      }
    </hk-entry>
  `,
})
export class Login {
  /** Where to go afterwards, from the address. */
  readonly next = input<string>();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  protected readonly form = formState(["email", "password"]);
  protected readonly email = signal("");
  protected readonly password = signal("");
  protected readonly remember = signal(false);
  /** A link by mail helps only where the server can send one. */
  protected readonly mail = signal(false);
  /** So do passkeys where the server has an address for them and the browser knows them. */
  protected readonly passkeys = signal(false);
  /** The visitor comes from having set a new password. */
  protected readonly changed = inject(Router).currentNavigation()?.extras.info === PASSWORD_CHANGED;

  /** The password was right, and a code is wanted. */
  protected readonly pending = signal<PendingSignIn | undefined>(undefined);
  protected readonly over = signal(false);

  constructor() {
    this.api.status().then(
      (status) => {
        this.mail.set(status.mail);
        this.passkeys.set(status.passkeys && passkeysHere());
      },
      () => undefined, // signing in says what is wrong
    );
  }

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({
        email: this.email().trim() ? undefined : this.t("error.required"),
        password: this.password() ? undefined : this.t("error.required"),
      }),
      async () => {
        try {
          const { challenge_token, factors, passkey } = await this.api.login(
            this.email().trim(),
            this.password(),
            this.remember(),
          );
          if (challenge_token && factors) {
            this.password.set("");
            this.over.set(false);
            this.pending.set({ challenge_token, factors, passkey });
            return;
          }
        } catch (error) {
          if (error instanceof ApiError && error.status === 401)
            throw new ApiError(401, error.code, this.t("login.wrong"), "password");
          throw error;
        }
        await this.enter();
      },
    );
  }

  protected enter(): Promise<void> {
    return this.session.enter(this.next());
  }

  protected again(): void {
    this.pending.set(undefined);
    this.over.set(true);
    this.form.clear();
  }
}
