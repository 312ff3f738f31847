import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { errorText } from "../../core/problem";
import { Session } from "../../core/session";
import { visible } from "../../core/text";
import { Button } from "../../ui/button";
import { Section, SettingRow } from "../../ui/settings/section";

/** Who is signed in, and the way out. */
@Component({
  selector: "hk-profile",
  imports: [Button, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./profile.css",
  template: `
    <hk-section [heading]="t('section.profile.name')">
      <hk-setting-row>
        <div class="person">
          <p>
            <b>
              <bdi>{{ name() }}</bdi>
            </b>
            <bdi>{{ email() }}</bdi>
          </p>
          <button type="button" hkButton (click)="leave()">{{ t("account.sign_out") }}</button>
        </div>
        @if (problem()) {
          <p class="error" role="alert">{{ problem() }}</p>
        }
      </hk-setting-row>
      <hk-setting-row>
        <p class="hint">HitKeep {{ version() }}</p>
      </hk-setting-row>
    </hk-section>
  `,
})
export class ProfileSection {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly session = inject(Session);
  protected readonly problem = signal("");
  protected readonly name = computed(() => visible(this.session.profile()?.display_name ?? ""));
  protected readonly email = computed(() => visible(this.session.profile()?.email ?? ""));
  protected readonly version = computed(() => this.session.status()?.version ?? "");

  protected async leave(): Promise<void> {
    try {
      await this.session.leave();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem.set(errorText(this.i18n, error));
    }
  }
}
