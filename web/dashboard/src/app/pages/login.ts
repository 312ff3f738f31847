import { ChangeDetectionStrategy, Component, inject, input, signal } from "@angular/core";
import { Title } from "@angular/platform-browser";

import { Api, ApiError } from "../core/api";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Brand } from "../ui/brand";
import { Field } from "../ui/field";
import { formState } from "../ui/form";

@Component({
  selector: "hk-login",
  imports: [Brand, Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <hk-brand />
      <form class="card form" novalidate (submit)="submit($event)">
        <h1>{{ t("login.heading") }}</h1>
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

  constructor() {
    inject(Title).setTitle(`${this.t("login.heading")} · HitKeep`);
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
