import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { Title } from "@angular/platform-browser";
import { Router, RouterLink } from "@angular/router";

import { Api, ApiError } from "../core/api";
import { I18n } from "../core/i18n";
import { PASSWORD_CHANGED, Session } from "../core/session";
import { Brand } from "../ui/brand";
import { Field } from "../ui/field";
import { SHORTEST_PASSWORD, formState, passwordError } from "../ui/form";
import { Outcome } from "../ui/outcome";

/** Sets a new password for whoever followed the link of a mail; then one signs in with it. */
@Component({
  selector: "hk-reset-password",
  imports: [Brand, Field, Outcome, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <hk-brand />
      @if (token()) {
        <form class="card form" novalidate (submit)="submit($event)">
          <h1>{{ t("reset.heading") }}</h1>
          <hk-field
            name="password"
            type="password"
            autocomplete="new-password"
            required
            [label]="t('field.new_password')"
            [hint]="t('setup.password_hint', { n: shortest })"
            [(value)]="password"
            [error]="form.error('password')"
          />
          @if (form.error("form")) {
            <p class="error" role="alert">{{ form.error("form") }}</p>
          }
          <button type="submit" class="btn primary" [attr.aria-disabled]="form.busy()">{{ t("reset.submit") }}</button>
        </form>
      } @else {
        <hk-outcome [title]="t('reset.invalid_heading')" [text]="t('reset.invalid')">
          <a class="btn" routerLink="/forgot-password">{{ t("reset.again") }}</a>
        </hk-outcome>
      }
    </main>
  `,
})
export class ResetPassword {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  protected readonly form = formState(["password"]);
  protected readonly shortest = SHORTEST_PASSWORD;
  protected readonly token = inject(Session).resetToken;
  protected readonly password = signal("");

  constructor() {
    inject(Title).setTitle(`${this.t("reset.heading")} · HitKeep`);
  }

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({
        password: passwordError(this.i18n, this.password()),
      }),
      async () => {
        try {
          await this.api.resetPassword(this.token(), this.password());
        } catch (error) {
          if (!(error instanceof ApiError) || error.field !== "token") throw error;
          this.token.set("");
          return;
        }
        await this.router.navigateByUrl("/login", { replaceUrl: true, info: PASSWORD_CHANGED });
        this.token.set("");
      },
    );
  }
}
