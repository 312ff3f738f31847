import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { RouterLink } from "@angular/router";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { Button } from "../../ui/button";
import { formState } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Message } from "../../ui/message";
import { Entry } from "./entry";

/** Takes an address over whose link was opened. By a button: mail readers look at links by themselves. */
@Component({
  selector: "hk-confirm-email",
  imports: [Button, Entry, FormCard, Message, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "../../ui/form.css",
  template: `
    <hk-entry>
      @if (done()) {
        <hk-message outcome [heading]="t('confirm_email.done_heading')" [text]="t('confirm_email.done')">
          <a hkButton="primary" routerLink="/">{{ t("confirm_email.go_on") }}</a>
        </hk-message>
      } @else if (token()) {
        <hk-form-card
          [form]="form"
          [heading]="t('confirm_email.heading')"
          [action]="t('confirm_email.submit')"
          (send)="submit($event)"
        >
          <p class="lead">{{ t("confirm_email.text") }}</p>
        </hk-form-card>
      } @else {
        <hk-message outcome [heading]="t('confirm_email.invalid_heading')" [text]="t('confirm_email.invalid')">
          <a hkButton routerLink="/">{{ t("confirm_email.go_on") }}</a>
        </hk-message>
      }
    </hk-entry>
  `,
})
export class ConfirmEmail {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly session = inject(Session);
  protected readonly form = formState([]);
  protected readonly token = this.session.linkToken;
  protected readonly done = signal(false);

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        try {
          await this.api.confirmEmail(this.token());
        } catch (error) {
          if (!(error instanceof ApiError) || error.field !== "token") throw error;
          this.token.set("");
          return;
        }
        this.token.set("");
        this.done.set(true);
        // Who is signed in here sees the address that he has now.
        if (this.session.sites()) await this.session.load();
      },
    );
  }
}
