import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { Title } from "@angular/platform-browser";
import { RouterLink } from "@angular/router";

import { Api, ApiError } from "../core/api";
import { I18n } from "../core/i18n";
import { Brand } from "../ui/brand";
import { Field } from "../ui/field";
import { formState, isEmail } from "../ui/form";
import { Outcome } from "../ui/outcome";

/** Asks for a mail with a link that sets a new password. Says nothing about whether there is such an account. */
@Component({
  selector: "hk-forgot-password",
  imports: [Brand, Field, Outcome, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <hk-brand />
      @switch (outcome()) {
        @case ("sent") {
          <hk-outcome [title]="t('forgot.sent_heading')" [text]="t('forgot.sent')">
            <a class="btn" routerLink="/login">{{ t("forgot.back") }}</a>
          </hk-outcome>
        }
        @case ("no_mail") {
          <hk-outcome [title]="t('forgot.no_mail_heading')" [text]="t('forgot.no_mail')">
            <a class="btn" routerLink="/login">{{ t("forgot.back") }}</a>
          </hk-outcome>
        }
        @default {
          <form class="card form" novalidate (submit)="submit($event)">
            <h1>{{ t("forgot.heading") }}</h1>
            <p class="lead">{{ t("forgot.lead") }}</p>
            <hk-field
              name="email"
              type="email"
              autocomplete="username"
              required
              [label]="t('field.email')"
              [(value)]="email"
              [error]="form.error('email')"
            />
            @if (form.error("form")) {
              <p class="error" role="alert">{{ form.error("form") }}</p>
            }
            <button type="submit" class="btn primary" [attr.aria-disabled]="form.busy()">
              {{ t("forgot.submit") }}
            </button>
            <a class="link start" routerLink="/login">{{ t("forgot.back") }}</a>
          </form>
        }
      }
    </main>
  `,
})
export class ForgotPassword {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  protected readonly form = formState(["email"]);
  protected readonly email = signal("");
  protected readonly outcome = signal<"sent" | "no_mail" | undefined>(undefined);

  constructor() {
    inject(Title).setTitle(`${this.t("forgot.heading")} · HitKeep`);
  }

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({ email: isEmail(this.email().trim()) ? undefined : this.t("error.email") }),
      async () => {
        try {
          await this.api.forgotPassword(this.email().trim());
          this.outcome.set("sent");
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== "unavailable") throw error;
          // A full disk has the same code; that one may pass.
          if ((await this.api.status()).mail) throw error;
          this.outcome.set("no_mail");
        }
      },
    );
  }
}
