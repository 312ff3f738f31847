import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { RouterLink } from "@angular/router";

import { Api, ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { formState, isEmail } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Link } from "../../ui/link";
import { Message } from "../../ui/message";
import { Entry } from "./entry";

/** Asks for a mail with a link that sets a new password. Says nothing about whether there is such an account. */
@Component({
  selector: "hk-forgot-password",
  imports: [Button, Entry, Field, FormCard, Link, Message, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "../../ui/form.css",
  template: `
    <hk-entry>
      @switch (outcome()) {
        @case ("sent") {
          <hk-message outcome [heading]="t('forgot.sent_heading')" [text]="t('forgot.sent')">
            <a hkButton routerLink="/login">{{ t("forgot.back") }}</a>
          </hk-message>
        }
        @case ("no_mail") {
          <hk-message outcome [heading]="t('forgot.no_mail_heading')" [text]="t('forgot.no_mail')">
            <a hkButton routerLink="/login">{{ t("forgot.back") }}</a>
          </hk-message>
        }
        @default {
          <hk-form-card
            [form]="form"
            [heading]="t('forgot.heading')"
            [action]="t('forgot.submit')"
            (send)="submit($event)"
          >
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
            <a below hkLink class="self-start" routerLink="/login">{{ t("forgot.back") }}</a>
          </hk-form-card>
        }
      }
    </hk-entry>
  `,
})
export class ForgotPassword {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  protected readonly form = formState(["email"]);
  protected readonly email = signal("");
  protected readonly outcome = signal<"sent" | "no_mail" | undefined>(undefined);

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
