import {
  ChangeDetectionStrategy,
  Component,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  signal,
} from "@angular/core";

import { Api, ApiError, Factor, PendingSignIn } from "../../core/api";
import { I18n } from "../../core/i18n";
import { passkeysHere, usePasskey } from "../../core/passkeys";
import { PeopleApi } from "../../core/people-api";
import { Digits } from "../../ui/digits";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Link } from "../../ui/link";

/** In this order they are offered. */
const ORDER: readonly Factor[] = ["totp", "passkey", "recovery_code"];

/** The second step of a sign-in: a code of the authenticator app, which sends itself, a passkey, or a recovery code. */
@Component({
  selector: "hk-second-step",
  imports: [Digits, Field, FormCard, Link],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-form-card
      [form]="form"
      [heading]="t('code.heading')"
      [action]="t(factor() === 'passkey' ? 'code.use.passkey' : 'code.submit')"
      (send)="submit($event)"
    >
      <p class="soft">{{ t("code.lead." + factor()) }}</p>
      @switch (factor()) {
        @case ("totp") {
          <hk-field name="code" required [label]="t('code.label')" [error]="form.error('code')">
            <hk-digits [(value)]="code" (full)="submit()" />
          </hk-field>
        }
        @case ("recovery_code") {
          <hk-field
            name="code"
            required
            autocomplete="off"
            [label]="t('code.recovery_label')"
            [(value)]="code"
            [error]="form.error('code')"
          />
        }
      }
      @for (one of others(); track one) {
        <button below type="button" hkLink class="self-start" (click)="change(one)">{{ t("code.use." + one) }}</button>
      }
    </hk-form-card>
  `,
})
export class SecondStep {
  readonly pending = input.required<PendingSignIn>();
  readonly done = output();
  /** It took too long, or the password is another one by now. */
  readonly over = output();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  private readonly people = inject(PeopleApi);
  protected readonly form = formState(["code"]);
  /** What one can go on with here, the usual one first. */
  private readonly factors = computed(() =>
    ORDER.filter((one) => this.pending().factors.includes(one) && (one !== "passkey" || this.passkey())),
  );
  private readonly passkey = computed(() => (passkeysHere() ? this.pending().passkey : undefined));
  protected readonly factor = linkedSignal<Factor>(() => this.factors()[0] ?? "totp");
  protected readonly others = computed(() => this.factors().filter((one) => one !== this.factor()));
  protected readonly code = signal("");

  protected change(factor: Factor): void {
    this.factor.set(factor);
    this.code.set("");
    this.form.clear();
  }

  protected submit(event: Event = new Event("submit")): Promise<void> {
    return this.form.submit(
      event,
      () => ({
        code: this.factor() === "passkey" || this.code().trim() ? undefined : this.t("error.required"),
      }),
      async () => {
        try {
          if (!(await this.send())) return;
        } catch (error) {
          this.code.set("");
          if (error instanceof ApiError && error.field === "challenge_token") {
            this.over.emit();
            return;
          }
          throw error;
        }
        this.done.emit();
      },
    );
  }

  /** Whether there was something to send. */
  private async send(): Promise<boolean> {
    const { challenge_token } = this.pending();
    const passkey = this.passkey();
    if (this.factor() !== "passkey" || !passkey) {
      await this.api.secondStep(this.factor(), challenge_token, this.code().trim());
      return true;
    }
    const used = await usePasskey(passkey);
    if (!used) return false;
    await this.people.signInByPasskey(challenge_token, used);
    return true;
  }
}
