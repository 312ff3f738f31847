import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  computed,
  inject,
  signal,
  viewChild,
} from "@angular/core";

import { copyTextOf } from "../../core/clipboard";
import { I18n } from "../../core/i18n";
import { Button } from "../../ui/button";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Section, SettingRow } from "../../ui/settings/section";
import { SecurityState } from "./security-state";

/** The codes for when passkeys and app are out of reach. */
@Component({
  selector: "hk-recovery-codes",
  imports: [Button, Icon, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./recovery-codes.css",
  template: `
    <hk-section [heading]="t('section.recovery_codes.name')" [lead]="t('codes.lead')" [error]="form.error('form')">
      @if (security.now(); as now) {
        <hk-setting-row kind="beside" [name]="left()" [hint]="possible() ? '' : t('codes.later')">
          @if (possible()) {
            <button type="button" hkButton [attr.aria-disabled]="form.busy()" (click)="renew($event)">
              {{ t(now.recovery_codes_generated ? "codes.renew" : "codes.make") }}
            </button>
          }
        </hk-setting-row>
      }
      @if (security.codes(); as codes) {
        <hk-setting-row>
          <p class="soft" role="status">{{ t("codes.shown_once") }}</p>
          <div #list class="codes">
            @for (one of codes; track one) {
              <code>{{ one + "\\n" }}</code>
            }
          </div>
          <div class="tools">
            <button type="button" hkButton (click)="copy()">
              <hk-icon [name]="copied() ? 'check' : 'copy'" />
              <span aria-live="polite">{{ t(copied() ? "codes.copied" : "codes.copy") }}</span>
            </button>
            <a hkButton download="hitkeep-recovery-codes.txt" [href]="file()">
              <hk-icon name="download" />
              {{ t("codes.download") }}
            </a>
          </div>
        </hk-setting-row>
      }
    </hk-section>
  `,
})
export class RecoveryCodesSection {
  protected readonly t = inject(I18n).t;
  protected readonly security = inject(SecurityState);
  private readonly list = viewChild<ElementRef<HTMLElement>>("list");
  protected readonly form = formState([], { part: true });
  protected readonly copied = signal(false);
  /** They stand in for something. */
  protected readonly possible = computed(() => {
    const now = this.security.now();
    return !!now && (now.totp_enabled || now.passkeys.length > 0);
  });
  protected readonly left = computed(() => {
    const now = this.security.now();
    if (!now?.recovery_codes_generated) return this.t("codes.none");
    return this.t("codes.left", { n: now.recovery_codes_remaining, of: now.recovery_codes_total });
  });
  protected readonly file = computed(
    () => `data:text/plain;charset=utf-8,${encodeURIComponent((this.security.codes() ?? []).join("\n") + "\n")}`,
  );

  constructor() {
    inject(DestroyRef).onDestroy(() => this.security.codes.set(undefined));
  }

  protected renew(event: Event): Promise<void> {
    this.copied.set(false);
    return this.form.submit(
      event,
      () => ({}),
      () => this.security.makeCodes(),
    );
  }

  protected async copy(): Promise<void> {
    const list = this.list()?.nativeElement;
    if (list && (await copyTextOf(list))) this.copied.set(true);
  }
}
