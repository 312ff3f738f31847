import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { Router, RouterLink } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { PASSWORD_CHANGED, Session } from "../../core/session";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { SHORTEST_PASSWORD, formState, passwordError } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Message } from "../../ui/message";
import { Entry } from "./entry";

/** Sets a new password for whoever followed the link of a mail; then one signs in with it. */
@Component({
  selector: "hk-reset-password",
  imports: [Button, Entry, Field, FormCard, Message, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-entry>
      @if (token()) {
        <hk-form-card [form]="form" [heading]="t('reset.heading')" [action]="t('reset.submit')" (send)="submit($event)">
          <hk-field
            name="password"
            type="password"
            autocomplete="new-password"
            required
            [label]="t('field.new_password')"
            [hint]="t('field.password_hint', { n: shortest })"
            [(value)]="password"
            [error]="form.error('password')"
          />
        </hk-form-card>
      } @else {
        <hk-message outcome [heading]="t('reset.invalid_heading')" [text]="t('reset.invalid')">
          <a hkButton routerLink="/forgot-password">{{ t("reset.again") }}</a>
        </hk-message>
      }
    </hk-entry>
  `,
})
export class ResetPassword {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  protected readonly form = formState(["password"]);
  protected readonly shortest = SHORTEST_PASSWORD;
  protected readonly token = inject(Session).linkToken;
  protected readonly password = signal("");

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
