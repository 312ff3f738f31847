import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { isolated } from "../../core/text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Questions } from "../../ui/settings/questions";
import { Section, SettingRow } from "../../ui/settings/section";

/** Everything that is kept of a person as a file, and the end of the account. */
@Component({
  selector: "hk-own-data",
  imports: [Button, Dialog, Field, Icon, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section [heading]="t('section.data.name')">
      <hk-setting-row kind="beside" [name]="t('account.takeout')" [hint]="t('account.takeout_hint')">
        <a hkButton href="api/user/takeout" download="hitkeep-account.json">
          <hk-icon name="download" />
          {{ t("account.export") }}
        </a>
      </hk-setting-row>
      <hk-setting-row kind="beside" [name]="t('account.delete')" [hint]="t('account.delete_hint')">
        <button type="button" hkButton="danger" (click)="open.set(true)">{{ t("account.delete_for_good") }}</button>
      </hk-setting-row>
    </hk-section>
    @if (open()) {
      <hk-dialog [heading]="t('account.delete')" (closed)="open.set(false)">
        <p class="soft">{{ t("account.delete_text", { email: email() }) }}</p>
        <form id="delete-account" novalidate (submit)="remove($event)">
          <hk-field
            required
            name="typed_email"
            type="email"
            autocomplete="off"
            [label]="t('field.email')"
            [(value)]="typed"
            [error]="form.error('email') || form.error('form')"
          />
        </form>
        <ng-container foot>
          <button type="button" hkButton (click)="open.set(false)">{{ t("action.cancel") }}</button>
          <span class="sp"></span>
          <button type="submit" form="delete-account" hkButton="delete" [attr.aria-disabled]="form.busy()">
            {{ t("account.delete_for_good") }}
          </button>
        </ng-container>
      </hk-dialog>
    }
  `,
})
export class OwnData {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly session = inject(Session);
  protected readonly form = formState(["email"], { part: true });
  protected readonly open = signal(false);
  protected readonly typed = signal("");
  private readonly own = computed(() => this.session.profile()?.email ?? "");
  protected readonly email = computed(() => isolated(this.own()));

  protected remove(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({
        email:
          this.typed().trim().toLowerCase() === this.own().toLowerCase()
            ? undefined
            : this.t("account.delete_typed", { email: this.email() }),
      }),
      async () => {
        if (await this.questions.proved(() => this.api.deleteAccount(this.typed().trim()))) await this.session.left();
      },
    );
  }
}
