import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n, LANGUAGES, Language } from "../../core/i18n";
import { Keys } from "../../core/keys";
import { THEMES } from "../../core/look";
import { PeopleApi, Preferences, PreferencesChange } from "../../core/people-api";
import { errorText } from "../../core/problem";
import { PRESETS } from "../../core/query";
import { Session } from "../../core/session";
import { Field } from "../../ui/field";
import { Seg } from "../../ui/seg";
import { Select } from "../../ui/select";
import { Section, SettingRow } from "../../ui/settings/section";
import { Switch } from "../../ui/switch";

/** What the dashboard begins with where nobody chose. */
const USUAL_PERIOD = "28d";
const CLOCKS = ["language", "24", "12"] as const;
const NUMBERS = { comma: "1,234.56", point: "1.234,56", space: "1\u202f234,56", apostrophe: "1\u2019234.56" } as const;

/** How one wants to see things, on whatever machine. Each choice holds at once. */
@Component({
  selector: "hk-language",
  imports: [Field, Section, Seg, Select, SettingRow, Switch],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./language.css",
  template: `
    <hk-section [heading]="t('section.language.name')" [error]="problem()">
      <hk-setting-row [name]="t('account.language')" [hint]="t('account.language_hint')">
        <hk-field bare required name="language" [label]="t('account.language')">
          <hk-select [choices]="languages" [chosen]="i18n.current()" (chosenChange)="speak($event)" />
        </hk-field>
      </hk-setting-row>
      @if (chosen(); as chosen) {
        <hk-setting-row [name]="t('account.numbers_hours')">
          <div class="pair">
            <hk-field bare required name="numbers" [label]="t('account.numbers')">
              <hk-select
                [choices]="numbers()"
                [chosen]="chosen.number_format"
                (chosenChange)="choose({ number_format: $event })"
              />
            </hk-field>
            <hk-field bare required name="clock" [label]="t('account.hours')">
              <hk-select [choices]="clocks()" [chosen]="chosen.clock" (chosenChange)="choose({ clock: $event })" />
            </hk-field>
          </div>
        </hk-setting-row>
        <hk-setting-row [name]="t('account.theme')">
          <hk-seg
            [label]="t('account.theme')"
            [choices]="themes()"
            [chosen]="chosen.theme"
            (chosenChange)="choose({ theme: $event })"
          />
        </hk-setting-row>
        <hk-setting-row [name]="t('account.start')" [hint]="t('account.start_hint')">
          <hk-field bare required name="period" [label]="t('account.start')">
            <hk-select [choices]="periods()" [chosen]="period()" (chosenChange)="choose({ default_period: $event })" />
          </hk-field>
        </hk-setting-row>
      }
      <hk-setting-row kind="beside" [name]="t('account.keys')" [hint]="t('account.keys_hint')">
        <button hkSwitch [label]="t('account.keys')" [on]="keys.on()" (onChange)="keys.turn($event)"></button>
      </hk-setting-row>
    </hk-section>
  `,
})
export class LanguageSection {
  protected readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  protected readonly keys = inject(Keys);
  private readonly api = inject(PeopleApi);
  private readonly session = inject(Session);
  protected readonly problem = signal("");
  protected readonly languages = Object.entries(LANGUAGES).map(([value, text]) => ({ value: value as Language, text }));
  protected readonly chosen = this.session.preferences;
  protected readonly numbers = computed(() => [
    { value: "language" as const, text: this.t("account.by_language") },
    ...Object.entries(NUMBERS).map(([value, text]) => ({ value: value as keyof typeof NUMBERS, text })),
  ]);
  protected readonly clocks = computed(() =>
    CLOCKS.map((value) => ({
      value,
      text: value === "language" ? this.t("account.by_language") : this.t("account.hours_n", { n: value }),
    })),
  );
  protected readonly themes = computed(() =>
    THEMES.map((value) => ({ value, text: this.t(`account.themes.${value}`) })),
  );
  protected readonly periods = computed(() => PRESETS.map((value) => ({ value, text: this.t(`range.long.${value}`) })));
  protected readonly period = computed(
    () => PRESETS.find((preset) => preset === this.chosen()?.default_period) ?? USUAL_PERIOD,
  );

  protected async speak(language: Language): Promise<void> {
    await this.choose({ default_locale: language });
  }

  /** Shown at once; taken back where the server does not keep it. */
  protected async choose(change: PreferencesChange): Promise<void> {
    const before = this.chosen();
    if (!before) return;
    this.problem.set("");
    this.session.updateSelf({ preferences: { ...before, ...change } as Preferences });
    try {
      this.session.updateSelf({ preferences: await this.api.changePreferences(change) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.session.updateSelf({ preferences: before });
      this.problem.set(errorText(this.i18n, error));
    }
  }
}
