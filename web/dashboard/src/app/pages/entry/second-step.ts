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
import { Digits } from "../../ui/digits";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { FormCard } from "../../ui/form-card";
import { Link } from "../../ui/link";

/** The second step of a sign-in: a code of the authenticator app, which sends itself, or a recovery code. */
@Component({
  selector: "hk-second-step",
  imports: [Digits, Field, FormCard, Link],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-form-card [form]="form" [heading]="t('code.heading')" [action]="t('code.submit')" (send)="submit($event)">
      <p class="soft">{{ t(byApp() ? "code.lead" : "code.recovery_lead") }}</p>
      @if (byApp()) {
        <hk-field name="code" required [label]="t('code.label')" [error]="form.error('code')">
          <hk-digits [(value)]="code" (full)="submit()" />
        </hk-field>
      } @else {
        <hk-field
          name="code"
          required
          autocomplete="off"
          [label]="t('code.recovery_label')"
          [(value)]="code"
          [error]="form.error('code')"
        />
      }
      @if (other(); as factor) {
        <button below type="button" hkLink class="self-start" (click)="change(factor)">
          {{ t(byApp() ? "code.use_recovery" : "code.use_app") }}
        </button>
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
  protected readonly form = formState(["code"]);
  protected readonly factor = linkedSignal<Factor>(() => this.pending().factors[0] ?? "totp");
  protected readonly byApp = computed(() => this.factor() === "totp");
  protected readonly other = computed(() => this.pending().factors.find((one) => one !== this.factor()));
  protected readonly code = signal("");

  protected change(factor: Factor): void {
    this.factor.set(factor);
    this.code.set("");
    this.form.clear();
  }

  protected submit(event: Event = new Event("submit")): Promise<void> {
    return this.form.submit(
      event,
      () => ({ code: this.code().trim() ? undefined : this.t("error.required") }),
      async () => {
        try {
          await this.api.secondStep(this.factor(), this.pending().challenge_token, this.code().trim());
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
}
