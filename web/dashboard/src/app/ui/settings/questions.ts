import { ChangeDetectionStrategy, Component, Injectable, computed, inject, signal } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { passkeysHere, usePasskey } from "../../core/passkeys";
import { Confirmation, PeopleApi } from "../../core/people-api";
import { Button } from "../button";
import { Dialog } from "../dialog";
import { Field } from "../field";
import { formState } from "../form";
import { Icon } from "../icon";
import { Link } from "../link";

/** What is asked before something is done that cannot be undone. */
export interface Question {
  heading: string;
  text: string;
  /** What the button says that does it. */
  yes: string;
}

/** Asks before something is done: whether it is meant, and for a proof of who it is where the last was given long ago. */
@Injectable({ providedIn: "root" })
export class Questions {
  private readonly api = inject(PeopleApi);
  readonly asked = signal<(Question & { answer: (yes: boolean) => void }) | undefined>(undefined);
  /** A proof is asked for, until it is right or nobody wants to give it. */
  readonly proof = signal<((proof: Confirmation | undefined) => Promise<void>) | undefined>(undefined);

  sure(question: Question): Promise<boolean> {
    return new Promise((resolve) =>
      this.asked.set({
        ...question,
        answer: (yes) => {
          this.asked.set(undefined);
          resolve(yes);
        },
      }),
    );
  }

  /** Sends, and once more after a proof where the server wants it; undefined where none is given. */
  async proved<T>(send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ApiError) || error.field !== "proof") throw error;
    }
    return (await this.proven()) ? send() : undefined;
  }

  private proven(): Promise<boolean> {
    return new Promise((resolve) =>
      this.proof.set(async (proof) => {
        if (proof) await this.api.confirm(proof);
        this.proof.set(undefined);
        resolve(!!proof);
      }),
    );
  }
}

/** The password once more, or what there is besides it: a code, a passkey. */
@Component({
  selector: "hk-proof-question",
  imports: [Button, Dialog, Field, Icon, Link],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-dialog [heading]="t('proof.heading')" (closed)="questions.proof()?.(undefined)">
      <p class="soft">{{ t("proof.text") }}</p>
      <form id="proof-form" novalidate (submit)="submit($event)">
        @if (byCode()) {
          <hk-field
            name="code"
            autocomplete="one-time-code"
            required
            [label]="t('proof.code')"
            [(value)]="code"
            [error]="form.error('code') || form.error('form')"
          />
        } @else {
          <hk-field
            name="password"
            type="password"
            autocomplete="current-password"
            required
            [label]="t('field.password')"
            [(value)]="password"
            [error]="form.error('password') || form.error('form')"
          />
        }
      </form>
      @if (hasCodes()) {
        <button type="button" hkLink (click)="change()">
          {{ t(byCode() ? "proof.use_password" : "proof.use_code") }}
        </button>
      }
      <ng-container foot>
        @if (hasPasskey()) {
          <button type="button" hkButton [attr.aria-disabled]="form.busy()" (click)="byPasskey($event)">
            <hk-icon name="key" />
            {{ t("proof.use_passkey") }}
          </button>
        }
        <span class="sp"></span>
        <button type="submit" form="proof-form" hkButton="primary" [attr.aria-disabled]="form.busy()">
          {{ t("proof.go_on") }}
        </button>
      </ng-container>
    </hk-dialog>
  `,
})
export class ProofQuestion {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  protected readonly questions = inject(Questions);
  protected readonly form = formState(["password", "code"], { part: true });
  private readonly ways = loaded(() => this.api.proofWays());
  protected readonly hasPasskey = computed(() => passkeysHere() && !!this.ways.value()?.passkey);
  protected readonly hasCodes = computed(() => this.ways.value()?.factors.some((one) => one !== "passkey") ?? false);
  protected readonly byCode = signal(false);
  protected readonly password = signal("");
  protected readonly code = signal("");

  protected change(): void {
    this.byCode.update((by) => !by);
    this.form.clear();
  }

  protected submit(event: Event): Promise<void> {
    const [field, value] = this.byCode() ? ["code", this.code().trim()] : ["password", this.password()];
    return this.form.submit(
      event,
      () => ({ [field]: value ? undefined : this.t("error.required") }),
      async () => this.questions.proof()?.({ [field]: value }),
    );
  }

  protected byPasskey(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        // A challenge is good for five minutes, and once.
        const { passkey, challenge_token } = await this.api.proofWays();
        const credential = passkey && (await usePasskey(passkey));
        if (credential) await this.questions.proof()?.({ challenge_token, credential });
      },
    );
  }
}

/** The place of the questions; every page of settings has one. */
@Component({
  selector: "hk-questions",
  imports: [Button, Dialog, ProofQuestion],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (questions.asked(); as asked) {
      <hk-dialog [heading]="asked.heading" (closed)="asked.answer(false)">
        <p class="soft">{{ asked.text }}</p>
        <ng-container foot>
          <button type="button" hkButton (click)="asked.answer(false)">{{ t("action.cancel") }}</button>
          <span class="sp"></span>
          <button type="button" hkButton="delete" (click)="asked.answer(true)">{{ asked.yes }}</button>
        </ng-container>
      </hk-dialog>
    }
    @if (questions.proof()) {
      <hk-proof-question />
    }
  `,
})
export class QuestionPlace {
  protected readonly t = inject(I18n).t;
  protected readonly questions = inject(Questions);
}
