import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal } from "@angular/core";

import { copyTextOf } from "../../core/clipboard";
import { I18n, LANGUAGES, Language, Speaker } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Session } from "../../core/session";
import { SiteRules } from "../../core/site-api";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Section, SettingRow } from "../../ui/settings/section";
import { Tabs } from "../../ui/tabs";

/** What a policy says of these rules, as sentences. */
export function privacySentences(say: Speaker, language: Language, rules: SiteRules, host: string): string[] {
  const stored = [
    say("privacy.time"),
    say("privacy.page"),
    ...(rules.title ? [say("privacy.title")] : []),
    ...(rules.kept_query.length ? [say("privacy.query", { names: rules.kept_query.join(", ") })] : []),
    ...(rules.search_query.length ? [say("privacy.search")] : []),
    ...(rules.referrer === "none" ? [] : [say(`privacy.referrer.${rules.referrer}`)]),
    ...(rules.utm ? [say("privacy.utm")] : []),
    ...(rules.location === "none" ? [] : [say(`privacy.location.${rules.location}`)]),
    ...(rules.network ? [say("privacy.network")] : []),
    say("privacy.browser"),
    ...(rules.screen ? [say("privacy.screen")] : []),
    ...(rules.language ? [say("privacy.language")] : []),
    ...(rules.engagement ? [say("privacy.engagement")] : []),
  ];
  const list = new Intl.ListFormat(language, { type: "conjunction" }).format(stored);
  return [
    say("privacy.counts", { host }),
    say("privacy.cookies"),
    say("privacy.stores", { list }),
    say(rules.location === "none" ? "privacy.address" : "privacy.address_place"),
    say("privacy.days"),
    say("privacy.signals"),
  ];
}

/** The paragraph for the site's own privacy page, in any language, from what the site keeps. */
@Component({
  selector: "hk-privacy-text",
  imports: [Button, Icon, Section, SettingRow, Tabs],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./privacy-text.css",
  template: `
    <hk-section [heading]="t('privacy_page.heading')" [lead]="t('privacy_page.lead')">
      <hk-setting-row>
        <hk-tabs [label]="t('privacy_page.language')" panel="privacy-panel" [tabs]="tabs" [(chosen)]="language" />
        <div
          id="privacy-panel"
          role="tabpanel"
          class="panel"
          [attr.aria-labelledby]="'tab-' + language()"
          [attr.lang]="language()"
        >
          <p #paragraph class="text">{{ text() }}</p>
        </div>
        <code #html class="sr" aria-hidden="true">{{ markup() }}</code>
      </hk-setting-row>
      <ng-container foot>
        <span class="sp"></span>
        <button type="button" hkButton (click)="copy('html', html)">
          <hk-icon [name]="copied() === 'html' ? 'check' : 'copy'" />
          <span aria-live="polite">
            {{ t(copied() === "html" ? "privacy_page.copied" : "privacy_page.copy_html") }}
          </span>
        </button>
        <button type="button" hkButton (click)="copy('text', paragraph)">
          <hk-icon [name]="copied() === 'text' ? 'check' : 'copy'" />
          <span aria-live="polite">
            {{ t(copied() === "text" ? "privacy_page.copied" : "privacy_page.copy_text") }}
          </span>
        </button>
      </ng-container>
    </hk-section>
  `,
})
export class PrivacyText {
  readonly rules = input.required<SiteRules>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly session = inject(Session);
  protected readonly tabs = (Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, text: LANGUAGES[value] }));
  protected readonly language = linkedSignal(() => this.i18n.current());
  private readonly speaker = loaded(async () => {
    const language = this.language();
    return { language, say: await this.i18n.speaker("privacy", language) };
  });
  protected readonly copied = linkedSignal<string, "" | "html" | "text">({
    source: () => this.text(),
    computation: () => "",
  });

  /** Where the counting is done. */
  private readonly host = computed(() => {
    const url = this.session.status()?.public_url;
    return url ? new URL(url).host : location.host;
  });
  private readonly sentences = computed(() => {
    const speaker = this.speaker.value();
    return speaker ? privacySentences(speaker.say, speaker.language, this.rules(), this.host()) : [];
  });
  protected readonly text = computed((): string => this.sentences().join(" "));
  /** With a button that switches counting off, which the script on the page listens to. */
  protected readonly markup = computed(() => {
    const speaker = this.speaker.value();
    if (!speaker) return "";
    const escaped = this.text().replace(/&/g, "&amp;").replace(/</g, "&lt;");
    const button = `<button type="button" onclick="hk.optOut()">${speaker.say("privacy.opt_out")}</button>`;
    return `<p lang="${speaker.language}">${escaped} ${button}</p>`;
  });

  protected async copy(what: "html" | "text", element: HTMLElement): Promise<void> {
    this.copied.set((await copyTextOf(element)) ? what : "");
  }
}
