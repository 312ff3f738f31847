import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { Router } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { Field } from "../../ui/field";
import { SHORTEST_PASSWORD, formState, isEmail, passwordError } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Entry } from "./entry";
import { RightAddress } from "./right-address";

/** First step of the set-up: the owner's account, which only the holder of the one-time code can make. */
@Component({
  selector: "hk-setup",
  imports: [Entry, Field, FormCard, RightAddress],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "../../ui/form.css",
  template: `
    <hk-entry [step]="1">
      <hk-form-card [form]="form" [heading]="t('setup.heading')" [action]="t('setup.submit')" (send)="submit($event)">
        <hk-right-address />
        <p class="lead">{{ t("setup.lead") }}</p>
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
          autocomplete="new-password"
          required
          [label]="t('field.password')"
          [hint]="t('field.password_hint', { n: shortest })"
          [(value)]="password"
          [error]="form.error('password')"
        />
        @if (!fromLink || form.error("setup_code")) {
          <hk-field
            name="setup_code"
            autocomplete="off"
            required
            [label]="t('field.setup_code')"
            [hint]="t('setup.code_hint')"
            [(value)]="code"
            [error]="form.error('setup_code')"
          />
        }
      </hk-form-card>
    </hk-entry>
  `,
})
export class Setup {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  protected readonly form = formState(["given_name", "last_name", "email", "password", "setup_code"]);
  protected readonly fromLink = this.session.setupCode() !== "";
  protected readonly shortest = SHORTEST_PASSWORD;
  protected readonly given = signal("");
  protected readonly last = signal("");
  protected readonly email = signal("");
  protected readonly password = signal("");
  protected readonly code = signal(this.session.setupCode());

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({
        email: isEmail(this.email().trim()) ? undefined : this.t("error.email"),
        password: passwordError(this.i18n, this.password()),
        setup_code: this.code().trim() ? undefined : this.t("error.required"),
      }),
      async () => {
        try {
          await this.api.createOwner({
            email: this.email().trim(),
            password: this.password(),
            given_name: this.given().trim(),
            last_name: this.last().trim(),
            setup_code: this.code().trim(),
          });
        } catch (error) {
          // Somebody else was faster, perhaps oneself in another tab: the start page knows where to go.
          if (error instanceof ApiError && error.status === 403 && !error.field) {
            await this.router.navigateByUrl("/", { replaceUrl: true });
            return;
          }
          throw error;
        }
        this.session.setupCode.set("");
        await this.session.enter("/setup/site");
      },
    );
  }
}
