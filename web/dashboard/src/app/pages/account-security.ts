import { ChangeDetectionStrategy, Component, inject, input, signal } from "@angular/core";

import { Api, ApiError } from "../core/api";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Field } from "../ui/field";
import { SHORTEST_PASSWORD, formState, passwordError } from "../ui/form";

/** The parts of the account page that say who else may be signed in: the password and the other sessions. */
@Component({
  selector: "hk-account-security",
  imports: [Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form class="card form" novalidate aria-labelledby="password-heading" (submit)="change($event)">
      <h2 id="password-heading">{{ t("account.password") }}</h2>
      <p class="lead">{{ t("account.password_lead") }}</p>
      <input type="email" name="email" autocomplete="username" hidden [value]="email()" />
      <hk-field
        name="current_password"
        type="password"
        autocomplete="current-password"
        required
        [label]="t('field.current_password')"
        [(value)]="current"
        [error]="password.error('current_password')"
      />
      <hk-field
        name="new_password"
        type="password"
        autocomplete="new-password"
        required
        [label]="t('field.new_password')"
        [hint]="t('setup.password_hint', { n: shortest })"
        [(value)]="next"
        [error]="password.error('new_password')"
      />
      @if (password.error("form")) {
        <p class="error" role="alert">{{ password.error("form") }}</p>
      }
      <p class="notice" role="status">{{ changed() ? t("account.changed") : "" }}</p>
      <button type="submit" class="btn" [attr.aria-disabled]="password.busy()">{{ t("account.change") }}</button>
    </form>
    <form class="card form" aria-labelledby="sessions-heading" (submit)="endOthers($event)">
      <h2 id="sessions-heading">{{ t("account.sessions") }}</h2>
      <p class="lead">{{ t("account.sessions_lead") }}</p>
      @if (sessions.error("form")) {
        <p class="error" role="alert">{{ sessions.error("form") }}</p>
      }
      <p class="notice" role="status">{{ ended() ? t("account.ended") : "" }}</p>
      <button type="submit" class="btn" [attr.aria-disabled]="sessions.busy()">{{ t("account.end_others") }}</button>
    </form>
  `,
})
export class AccountSecurity {
  /** Whose password it is, for password managers. */
  readonly email = input("");

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  protected readonly password = formState(["current_password", "new_password"], { part: true });
  protected readonly sessions = formState([], { part: true });
  protected readonly shortest = SHORTEST_PASSWORD;
  protected readonly current = signal("");
  protected readonly next = signal("");
  protected readonly changed = signal(false);
  protected readonly ended = signal(false);

  protected change(event: Event): Promise<void> {
    this.changed.set(false);
    return this.password.submit(
      event,
      () => ({
        current_password: this.current() ? undefined : this.t("error.required"),
        new_password: passwordError(this.i18n, this.next()),
      }),
      async () => {
        await this.still(() => this.api.changePassword(this.current(), this.next()));
        this.current.set("");
        this.next.set("");
        this.changed.set(true);
      },
    );
  }

  protected endOthers(event: Event): Promise<void> {
    this.ended.set(false);
    return this.sessions.submit(
      event,
      () => ({}),
      async () => {
        await this.still(() => this.api.endOtherSessions());
        this.ended.set(true);
      },
    );
  }

  /** Whoever is not signed in any more signs in again, then comes back. */
  private async still(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.session.expired();
      throw error;
    }
  }
}
