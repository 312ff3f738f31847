import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { TotpSetup } from "../../core/api.generated";
import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Button } from "../../ui/button";
import { Digits } from "../../ui/digits";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Link } from "../../ui/link";
import { Questions } from "../../ui/settings/questions";
import { Section, SettingRow } from "../../ui/settings/section";
import { Tag } from "../../ui/tag";
import { qr, qrPath } from "./qr";
import { SecurityState } from "./security-state";

/** An authenticator app. */
@Component({
  selector: "hk-factors",
  imports: [Button, Digits, Field, Link, Section, SettingRow, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./factors.css",
  template: `
    <hk-section
      [heading]="t('section.factors.name')"
      [lead]="t('factors.lead')"
      [error]="form.error('form') || security.problem()"
    >
      @if (security.now(); as now) {
        <hk-tag head [tone]="now.totp_enabled ? 'good' : ''">
          {{ t(now.totp_enabled ? "factors.on" : "factors.off") }}
        </hk-tag>
      }
      @if (security.now(); as now) {
        @if (setup(); as setup) {
          <hk-setting-row>
            <div class="setup">
              @if (picture(); as picture) {
                <svg class="qr" role="img" [attr.aria-label]="t('factors.qr')" [attr.viewBox]="picture.box">
                  <path [attr.d]="picture.path" />
                </svg>
              }
              <form class="fields" novalidate (submit)="confirm($event)">
                <p class="soft">{{ t("factors.scan") }}</p>
                <div>
                  <span class="label">{{ t("factors.key") }}</span>
                  <code>{{ key() }}</code>
                </div>
                <hk-field name="code" required [label]="t('factors.code')" [error]="form.error('code')">
                  <hk-digits [(value)]="code" (full)="confirm()" />
                </hk-field>
                <div class="tools">
                  <button type="submit" hkButton="primary" [attr.aria-disabled]="form.busy()">
                    {{ t("factors.turn_on") }}
                  </button>
                  <button type="button" hkLink (click)="leave()">{{ t("action.cancel") }}</button>
                </div>
              </form>
            </div>
          </hk-setting-row>
        } @else if (!now.totp_enabled) {
          <hk-setting-row kind="beside" [name]="t('factors.app')" [hint]="t('factors.app_hint')">
            <button type="button" hkButton [attr.aria-disabled]="form.busy()" (click)="start($event)">
              {{ t("factors.set_up") }}
            </button>
          </hk-setting-row>
        } @else {
          @if (leaving()) {
            <hk-setting-row>
              <form class="fields" novalidate (submit)="switchOff($event)">
                <hk-field
                  name="code"
                  required
                  autocomplete="one-time-code"
                  [label]="t('factors.either')"
                  [(value)]="code"
                  [error]="form.error('code')"
                />
                <div class="tools">
                  <button type="submit" hkButton="delete" [attr.aria-disabled]="form.busy()">
                    {{ t("factors.switch_off") }}
                  </button>
                  <button type="button" hkLink (click)="leave()">{{ t("action.cancel") }}</button>
                </div>
              </form>
            </hk-setting-row>
          } @else {
            <hk-setting-row kind="beside" [name]="t('factors.switch_off')" [hint]="t('factors.switch_off_hint')">
              <button type="button" hkButton="danger" (click)="ask()">{{ t("factors.switch_off") }}</button>
            </hk-setting-row>
          }
        }
      }
    </hk-section>
  `,
})
export class FactorsSection {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  protected readonly security = inject(SecurityState);
  protected readonly form = formState(["code"], { part: true });

  /** The key that waits to be confirmed. */
  protected readonly setup = signal<TotpSetup | undefined>(undefined);
  protected readonly key = computed(
    () =>
      this.setup()
        ?.secret.match(/.{1,4}/g)
        ?.join(" ") ?? "",
  );
  protected readonly picture = computed(() => {
    const modules = qr(this.setup()?.otpauth_url ?? "");
    return modules && { path: qrPath(modules), box: `0 0 ${String(modules.length)} ${String(modules.length)}` };
  });
  protected readonly code = signal("");
  /** A code is asked for, with which the app goes. */
  protected readonly leaving = signal(false);

  protected start(event: Event): Promise<void> {
    return this.send(event, false, async () => {
      this.setup.set(await this.questions.proved(() => this.api.startTotp()));
      if (this.setup()) this.form.clear();
    });
  }

  protected confirm(event: Event = new Event("submit")): Promise<void> {
    return this.send(event, true, async () => {
      await this.api.confirmTotp(this.code());
      this.leave();
      await this.security.firstCodes();
    });
  }

  protected ask(): void {
    this.leaving.set(true);
    this.form.clear();
  }

  protected switchOff(event: Event): Promise<void> {
    return this.send(event, true, async () => {
      await this.api.disableTotp(this.code().trim());
      this.leave();
      this.security.codes.set(undefined);
      await this.security.again();
    });
  }

  protected leave(): void {
    this.setup.set(undefined);
    this.leaving.set(false);
    this.code.set("");
  }

  private send(event: Event, withCode: boolean, act: () => Promise<unknown>): Promise<void> {
    return this.form.submit(
      event,
      () => ({ code: withCode && !this.code().trim() ? this.t("error.required") : undefined }),
      async () => {
        try {
          await act();
        } catch (error) {
          this.code.set("");
          throw error;
        }
      },
    );
  }
}
