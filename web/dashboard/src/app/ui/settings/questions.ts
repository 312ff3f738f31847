import { ChangeDetectionStrategy, Component, Injectable, inject, signal } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Button } from "../button";
import { Dialog } from "../dialog";
import { Field } from "../field";
import { formState } from "../form";

/** What is asked before something is done that cannot be undone. */
export interface Question {
  heading: string;
  text: string;
  /** What the button says that does it. */
  yes: string;
}

/** Asks before something is done: whether it is meant, and for the password where that was given long ago. */
@Injectable({ providedIn: "root" })
export class Questions {
  private readonly api = inject(PeopleApi);
  readonly asked = signal<(Question & { answer: (yes: boolean) => void }) | undefined>(undefined);
  /** The password is asked for, until it is right or nobody wants to give it. */
  readonly proof = signal<((password: string | undefined) => Promise<void>) | undefined>(undefined);

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

  /** Sends, and once more after the password where the server wants it; undefined where it is not given. */
  async proved<T>(send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ApiError) || error.field !== "proof") throw error;
    }
    return (await this.password()) ? send() : undefined;
  }

  private password(): Promise<boolean> {
    return new Promise((resolve) =>
      this.proof.set(async (password) => {
        if (password !== undefined) await this.api.confirm(password);
        this.proof.set(undefined);
        resolve(password !== undefined);
      }),
    );
  }
}

@Component({
  selector: "hk-password-question",
  imports: [Button, Dialog, Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-dialog [heading]="t('proof.heading')" (closed)="questions.proof()?.(undefined)">
      <p class="soft">{{ t("proof.text") }}</p>
      <form id="proof-form" novalidate (submit)="submit($event)">
        <hk-field
          name="password"
          type="password"
          autocomplete="current-password"
          required
          [label]="t('field.password')"
          [(value)]="password"
          [error]="form.error('password') || form.error('form')"
        />
      </form>
      <ng-container foot>
        <span class="sp"></span>
        <button type="submit" form="proof-form" hkButton="primary" [attr.aria-disabled]="form.busy()">
          {{ t("proof.go_on") }}
        </button>
      </ng-container>
    </hk-dialog>
  `,
})
export class PasswordQuestion {
  protected readonly t = inject(I18n).t;
  protected readonly questions = inject(Questions);
  protected readonly form = formState(["password"], { part: true });
  protected readonly password = signal("");

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({ password: this.password() ? undefined : this.t("error.required") }),
      async () => this.questions.proof()?.(this.password()),
    );
  }
}

/** The place of the questions; every page of settings has one. */
@Component({
  selector: "hk-questions",
  imports: [Button, Dialog, PasswordQuestion],
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
      <hk-password-question />
    }
  `,
})
export class QuestionPlace {
  protected readonly t = inject(I18n).t;
  protected readonly questions = inject(Questions);
}
