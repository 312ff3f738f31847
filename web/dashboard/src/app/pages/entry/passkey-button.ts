import { ChangeDetectionStrategy, Component, DestroyRef, inject, input, output } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { passkeysInFields, usePasskey } from "../../core/passkeys";
import { PeopleApi } from "../../core/people-api";
import { Button } from "../../ui/button";
import { FormState } from "../../ui/form";
import { Icon } from "../../ui/icon";

/** A challenge is good for five minutes; the field for the address offers passkeys for as long as the page is open. */
const RENEW_MS = 4 * 60_000;

/** Signs in by a passkey: on a press, or from the field for the address, which offers them as it offers passwords. */
@Component({
  selector: "hk-passkey-button",
  imports: [Button, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./passkey-button.css",
  template: `
    <button type="button" hkButton="primary" [attr.aria-disabled]="form().busy()" (click)="press($event)">
      <hk-icon name="key" />
      {{ t("login.passkey") }}
    </button>
    <p class="or">{{ t("login.or") }}</p>
  `,
})
export class PasskeyButton {
  readonly form = input.required<FormState>();
  readonly remember = input(false);
  readonly done = output();
  /** It took too long. */
  readonly over = output();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  /** Ends what the field offers: a browser asks for one thing at a time. */
  private offer?: AbortController;
  private gone = false;

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.gone = true;
      this.offer?.abort();
    });
    void this.offerInField();
  }

  protected async press(event: Event): Promise<void> {
    this.offer?.abort();
    await this.send(event, undefined);
    void this.offerInField();
  }

  private async offerInField(): Promise<void> {
    if (this.gone || !(await passkeysInFields().catch(() => false))) return;
    const offer = (this.offer = new AbortController());
    const renewed = setTimeout(() => {
      offer.abort();
      void this.offerInField();
    }, RENEW_MS);
    try {
      const asked = await this.api.askForPasskey();
      const used = await usePasskey(asked.publicKey, offer.signal);
      if (used) await this.send(new Event("submit"), { token: asked.challenge_token, used });
    } catch {
      // A press of the button says what is wrong.
    } finally {
      clearTimeout(renewed);
    }
  }

  private send(
    event: Event,
    given: { token: string; used: Parameters<PeopleApi["signInByPasskey"]>[1] } | undefined,
  ): Promise<void> {
    return this.form().submit(
      event,
      () => ({}),
      async () => {
        try {
          if (!given) {
            const asked = await this.api.askForPasskey();
            const used = await usePasskey(asked.publicKey);
            if (!used) return;
            given = { token: asked.challenge_token, used };
          }
          await this.api.signInByPasskey(given.token, given.used, this.remember());
        } catch (error) {
          if (!(error instanceof ApiError) || error.field !== "challenge_token") throw error;
          this.over.emit();
          return;
        }
        this.done.emit();
      },
    );
  }
}
