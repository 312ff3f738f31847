import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { Api } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { Field } from "../../ui/field";
import { SHORTEST_PASSWORD, formState, passwordError } from "../../ui/form";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";

/** A new password, which ends all other sessions. */
@Component({
  selector: "hk-password",
  imports: [Field, SaveFoot, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section
        [error]="form.error('form')"
        [heading]="t('section.password.name')"
        [lead]="t('account.password_lead')"
      >
        <input type="email" name="email" autocomplete="username" hidden [value]="email()" />
        <hk-setting-row [name]="t('field.current_password')">
          <hk-field
            bare
            name="current_password"
            type="password"
            autocomplete="current-password"
            required
            [label]="t('field.current_password')"
            [(value)]="current"
            [error]="form.error('current_password')"
          />
        </hk-setting-row>
        <hk-setting-row [name]="t('field.new_password')" [hint]="t('field.password_hint', { n: shortest })">
          <hk-field
            bare
            name="new_password"
            type="password"
            autocomplete="new-password"
            required
            [label]="t('field.new_password')"
            [(value)]="next"
            [error]="form.error('new_password')"
          />
        </hk-setting-row>
        <hk-save-foot
          foot
          [action]="t('account.change')"
          [busy]="form.busy()"
          [last]="changed() ? t('account.changed') : ''"
          (save)="change($event)"
        />
      </hk-section>
    </form>
  `,
})
export class Password {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  protected readonly form = formState(["current_password", "new_password"], { part: true });
  protected readonly shortest = SHORTEST_PASSWORD;
  /** Whose password it is, for password managers. */
  protected readonly email = computed(() => this.session.profile()?.email ?? "");
  protected readonly current = signal("");
  protected readonly next = signal("");
  protected readonly changed = signal(false);

  protected change(event: Event): Promise<void> {
    this.changed.set(false);
    return this.form.submit(
      event,
      () => ({
        current_password: this.current() ? undefined : this.t("error.required"),
        new_password: passwordError(this.i18n, this.next()),
      }),
      async () => {
        await this.api.changePassword(this.current(), this.next());
        this.current.set("");
        this.next.set("");
        this.changed.set(true);
      },
    );
  }
}
