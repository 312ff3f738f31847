import { ChangeDetectionStrategy, Component, inject, input, signal } from "@angular/core";
import { Title } from "@angular/platform-browser";
import { Router, RouterLink } from "@angular/router";

import { Api, ApiError } from "../core/api";
import { I18n } from "../core/i18n";
import { PASSWORD_CHANGED, Session } from "../core/session";
import { Brand } from "../ui/brand";
import { Field } from "../ui/field";
import { formState } from "../ui/form";
import { RightAddress } from "../ui/right-address";

@Component({
  selector: "hk-login",
  imports: [Brand, Field, RightAddress, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <hk-brand />
      <form class="card form" novalidate (submit)="submit($event)">
        <h1>{{ t("login.heading") }}</h1>
        <hk-right-address />
        @if (changed) {
          <p class="notice" role="status">{{ t("login.changed") }}</p>
        }
        <hk-field
          name="email"
          type="email"
          autocomplete="username"
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
        <label class="check">
          <input type="checkbox" [checked]="remember()" (change)="remember.set($any($event.target).checked)" />
          {{ t("login.remember") }}
        </label>
        @if (form.error("form")) {
          <p class="error" role="alert">{{ form.error("form") }}</p>
        }
        <button type="submit" class="btn primary" [attr.aria-disabled]="form.busy()">{{ t("login.submit") }}</button>
        @if (mail()) {
          <a class="link start" routerLink="/forgot-password">{{ t("login.forgot") }}</a>
        }
      </form>
    </main>
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
  /** The visitor comes from having set a new password. */
  protected readonly changed = inject(Router).currentNavigation()?.extras.info === PASSWORD_CHANGED;

  constructor() {
    inject(Title).setTitle(`${this.t("login.heading")} · HitKeep`);
    this.api.status().then(
      (status) => this.mail.set(status.mail === true),
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
          await this.api.login(this.email().trim(), this.password(), this.remember());
        } catch (error) {
          if (error instanceof ApiError && error.status === 401)
            throw new ApiError(401, error.code, this.t("login.wrong"), "password");
          throw error;
        }
        await this.session.enter(this.next());
      },
    );
  }
}
