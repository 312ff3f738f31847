import { ChangeDetectionStrategy, Component, ElementRef, computed, inject, signal, viewChild } from "@angular/core";

import { TotpSetup } from "../../core/api.generated";
import { copyTextOf } from "../../core/clipboard";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { PeopleApi } from "../../core/people-api";
import { Button } from "../../ui/button";
import { Digits } from "../../ui/digits";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Link } from "../../ui/link";
import { Questions } from "../../ui/settings/questions";
import { Section, SettingRow } from "../../ui/settings/section";
import { Tag } from "../../ui/tag";
import { qr, qrPath } from "./qr";

/** An authenticator app and the recovery codes for when it is out of reach. */
@Component({
  selector: "hk-factors",
  imports: [Button, Digits, Field, Icon, Link, Section, SettingRow, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./factors.css",
  template: `
    <hk-section
      [heading]="t('section.factors.name')"
      [lead]="t('factors.lead')"
      [error]="form.error('form') || state.problem()"
    >
      @if (state.value(); as now) {
        <hk-tag head [tone]="now.totp_enabled ? 'good' : ''">
          {{ t(now.totp_enabled ? "factors.on" : "factors.off") }}
        </hk-tag>
      }
      @if (state.value(); as now) {
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
          <hk-setting-row kind="beside" [name]="t('factors.codes')" [hint]="left()">
            <button type="button" hkButton [attr.aria-disabled]="form.busy()" (click)="renew($event)">
              {{ t(now.recovery_codes_generated ? "factors.renew" : "factors.make") }}
            </button>
          </hk-setting-row>
          @if (codes(); as codes) {
            <hk-setting-row>
              <p class="soft" role="status">{{ t("factors.shown_once") }}</p>
              <div #list class="codes">
                @for (one of codes; track one) {
                  <code>{{ one + "\\n" }}</code>
                }
              </div>
              <div class="tools">
                <button type="button" hkButton (click)="copy()">
                  <hk-icon [name]="copied() ? 'check' : 'copy'" />
                  <span aria-live="polite">{{ t(copied() ? "factors.copied" : "factors.copy") }}</span>
                </button>
                <a hkButton download="hitkeep-recovery-codes.txt" [href]="file()">
                  <hk-icon name="download" />
                  {{ t("factors.download") }}
                </a>
              </div>
            </hk-setting-row>
          }
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
  private readonly list = viewChild<ElementRef<HTMLElement>>("list");
  protected readonly form = formState(["code"], { part: true });
  protected readonly state = loaded(() => this.api.security());

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
  /** New ones, which are never shown again. */
  protected readonly codes = signal<string[] | undefined>(undefined);
  protected readonly file = computed(
    () => `data:text/plain;charset=utf-8,${encodeURIComponent((this.codes() ?? []).join("\n") + "\n")}`,
  );
  protected readonly copied = signal(false);
  /** A code is asked for, with which the app goes. */
  protected readonly leaving = signal(false);
  protected readonly left = computed(() => {
    const now = this.state.value();
    if (!now?.recovery_codes_generated) return this.t("factors.none");
    return this.t("factors.left", { n: now.recovery_codes_remaining, of: now.recovery_codes_total });
  });

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
      await this.makeCodes();
    });
  }

  protected renew(event: Event): Promise<void> {
    return this.send(event, false, () => this.makeCodes());
  }

  protected ask(): void {
    this.leaving.set(true);
    this.form.clear();
  }

  protected switchOff(event: Event): Promise<void> {
    return this.send(event, true, async () => {
      await this.api.disableTotp(this.code().trim());
      this.leave();
      this.codes.set(undefined);
      await this.state.again();
    });
  }

  protected leave(): void {
    this.setup.set(undefined);
    this.leaving.set(false);
    this.code.set("");
  }

  protected async copy(): Promise<void> {
    const list = this.list()?.nativeElement;
    if (list && (await copyTextOf(list))) this.copied.set(true);
  }

  private async makeCodes(): Promise<void> {
    this.copied.set(false);
    const made = await this.questions.proved(() => this.api.renewRecoveryCodes());
    if (made) this.codes.set(made.codes);
    await this.state.again();
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
