import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";
import { Title } from "@angular/platform-browser";

import { Api, ApiError, Profile, Status } from "../core/api";
import { I18n, LANGUAGES, Language } from "../core/i18n";
import { Session } from "../core/session";
import { visible } from "../core/text";
import { errorText } from "../ui/form";
import { AccountSecurity } from "./account-security";

@Component({
  selector: "hk-account",
  imports: [AccountSecurity],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="narrow-page">
      <section class="card form">
        <h1>{{ t("account.heading") }}</h1>
        <p class="who">
          <b>
            <bdi>{{ shown(who()?.profile?.display_name) }}</bdi>
          </b>
          <bdi>{{ shown(who()?.profile?.email) }}</bdi>
        </p>
        <div class="field">
          <label for="language">{{ t("account.language") }}</label>
          <select id="language" (change)="i18n.choose($any($event.target).value)">
            @for (language of languages; track language[0]) {
              <option [value]="language[0]" [selected]="language[0] === i18n.current()" [attr.lang]="language[0]">
                {{ language[1] }}
              </option>
            }
          </select>
        </div>
        @if (problem()) {
          <p class="error" role="alert">{{ problem() }}</p>
        }
        <button type="button" class="btn" (click)="leave()">{{ t("account.sign_out") }}</button>
        <p class="hint">HitKeep {{ who()?.status?.version }}</p>
      </section>
      <hk-account-security [email]="who()?.profile?.email ?? ''" />
    </div>
  `,
})
export class Account {
  protected readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly session = inject(Session);
  private readonly api = inject(Api);
  protected readonly languages = Object.entries(LANGUAGES) as [Language, string][];
  protected readonly problem = signal("");
  protected readonly shown = (text: string | undefined) => visible(text ?? "");
  protected readonly who = signal<{ profile: Profile; status: Status } | undefined>(undefined);

  constructor() {
    inject(Title).setTitle(`${this.t("account.heading")} · HitKeep`);
    this.api.bootstrap().then(
      (who) => this.who.set(who),
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 401) this.session.expired();
        else this.problem.set(errorText(this.i18n, error));
      },
    );
  }

  protected async leave(): Promise<void> {
    try {
      await this.session.leave();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem.set(errorText(this.i18n, error));
    }
  }
}
