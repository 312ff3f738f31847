import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { ApiClient, PeopleApi } from "../../core/people-api";
import { isolated, visible } from "../../core/text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Select } from "../../ui/select";
import { Questions } from "../../ui/settings/questions";
import { ShownOnce } from "./shown-once";

/** For how many hours the secret before may stay good. */
const OVERLAPS = [0, 1, 24, 72, 168] as const;
const USUAL_OVERLAP = 24;

/** Gives an API key another secret; the one before stays good for a while, so that nothing has to stand still. */
@Component({
  selector: "hk-renew-key",
  imports: [Button, Dialog, Field, Select, ShownOnce],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-dialog [heading]="heading()" (closed)="closed.emit()">
      @if (token()) {
        <hk-shown-once [token]="token()" />
      } @else {
        <p class="soft">{{ t("keys.renew_text") }}</p>
        <form id="renew-key" novalidate (submit)="renew($event)">
          <hk-field required name="overlap" [label]="t('keys.overlap')" [error]="form.error('form')">
            <hk-select [choices]="overlaps()" [(chosen)]="hours" />
          </hk-field>
        </form>
      }
      <ng-container foot>
        <span class="sp"></span>
        @if (token()) {
          <button type="button" hkButton="primary" (click)="closed.emit()">{{ t("keys.done") }}</button>
        } @else {
          <button type="submit" form="renew-key" hkButton="primary" [attr.aria-disabled]="form.busy()">
            {{ t("keys.renew") }}
          </button>
        }
      </ng-container>
    </hk-dialog>
  `,
})
export class RenewKey {
  readonly key = input.required<ApiClient>();
  readonly team = input<string>();
  readonly made = output();
  readonly closed = output();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  protected readonly form = formState([], { part: true });
  protected readonly heading = computed(() => this.t("keys.renew_one", { name: isolated(visible(this.key().name)) }));
  protected readonly hours = signal<number>(USUAL_OVERLAP);
  protected readonly overlaps = computed(() =>
    OVERLAPS.map((value) => ({
      value,
      text: value === 0 ? this.t("keys.at_once") : this.t("keys.overlap_h", { n: value }),
    })),
  );
  protected readonly token = signal("");

  protected renew(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        const made = await this.questions.proved(() => this.api.renewKey(this.key().id, this.hours(), this.team()));
        if (!made) return;
        this.token.set(made.token);
        this.made.emit();
      },
    );
  }
}
