import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { errorText } from "../../core/problem";
import { Session } from "../../core/session";
import { isolated } from "../../core/text";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { formState, isEmail, stored } from "../../ui/form";
import { CopyText } from "../../ui/settings/copy-text";
import { Questions } from "../../ui/settings/questions";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";

/** Name and address of who is signed in, and the way out. Another address counts once its link was opened. */
@Component({
  selector: "hk-profile",
  imports: [Button, CopyText, Field, SaveFoot, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./profile.css",
  template: `
    <form novalidate>
      <hk-section [error]="form.error('form')" [heading]="t('section.profile.name')">
        <button head type="button" hkButton (click)="leave()">{{ t("account.sign_out") }}</button>
        <hk-setting-row [name]="t('account.name')">
          <div class="names">
            <hk-field
              required
              name="given_name"
              autocomplete="given-name"
              [label]="t('field.given_name')"
              [(value)]="given"
              [error]="form.error('given_name')"
            />
            <hk-field
              required
              name="last_name"
              autocomplete="family-name"
              [label]="t('field.last_name')"
              [(value)]="last"
              [error]="form.error('last_name')"
            />
          </div>
        </hk-setting-row>
        <hk-setting-row [name]="t('field.email')" [hint]="t('account.email_hint')">
          <hk-field
            bare
            required
            name="email"
            type="email"
            autocomplete="email"
            [label]="t('field.email')"
            [(value)]="email"
            [error]="form.error('email')"
          />
        </hk-setting-row>
        @if (asked(); as asked) {
          <hk-setting-row>
            <p class="asked" role="status">
              {{ t(asked.link ? "account.email_link" : "account.email_sent", { email: asked.email }) }}
            </p>
            @if (asked.link) {
              <hk-copy-text [label]="t('account.link')" [text]="asked.link" />
            }
          </hk-setting-row>
        }
        <hk-save-foot
          foot
          discards
          [changes]="changes()"
          [saved]="saved()"
          [error]="problem()"
          [last]="'HitKeep ' + version()"
          [busy]="form.busy()"
          (save)="save($event)"
          (discard)="reset()"
        />
      </hk-section>
    </form>
  `,
})
export class ProfileSection {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly session = inject(Session);
  protected readonly form = formState(["given_name", "last_name", "email"], { part: true });
  private readonly before = stored(() => {
    const profile = this.session.profile();
    return { given: profile?.given_name ?? "", last: profile?.last_name ?? "", email: profile?.email ?? "" };
  });
  protected readonly given = linkedSignal(() => this.before().given);
  protected readonly last = linkedSignal(() => this.before().last);
  protected readonly email = linkedSignal(() => this.before().email);
  private readonly renamed = computed(
    () => this.given().trim() !== this.before().given || this.last().trim() !== this.before().last,
  );
  private readonly moved = computed(() => this.email().trim().toLowerCase() !== this.before().email.toLowerCase());
  protected readonly changes = computed(() => [
    ...(this.renamed() ? [this.t("account.name")] : []),
    ...(this.moved() ? [this.t("field.email")] : []),
  ]);
  protected readonly saved = signal(false);
  /** Another address that waits for its link to be opened; with the link where no mail carries it. */
  protected readonly asked = signal<{ email: string; link?: string } | undefined>(undefined);
  protected readonly problem = signal("");
  protected readonly version = computed(() => this.session.status()?.version ?? "");

  protected save(event: Event): Promise<void> {
    this.saved.set(false);
    this.asked.set(undefined);
    return this.form.submit(
      event,
      () => ({ email: isEmail(this.email().trim()) ? undefined : this.t("error.email") }),
      async () => {
        if (this.renamed()) {
          const names = { given_name: this.given().trim(), last_name: this.last().trim() };
          const email = this.email();
          this.session.updateSelf({ profile: await this.api.changeProfile(names) });
          this.email.set(email);
          this.saved.set(true);
        }
        if (this.moved()) await this.ask(this.email().trim());
      },
    );
  }

  private async ask(email: string): Promise<void> {
    const answer = await this.questions.proved(() => this.api.changeEmail(email));
    if (!answer) return;
    this.asked.set({ email: isolated(email), ...(answer.link ? { link: answer.link } : {}) });
    this.email.set(this.before().email);
  }

  protected reset(): void {
    const { given, last, email } = this.before();
    this.given.set(given);
    this.last.set(last);
    this.email.set(email);
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
