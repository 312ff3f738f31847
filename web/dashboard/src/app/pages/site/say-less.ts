import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { SiteApi, SiteRules } from "../../core/site-api";
import { Here } from "../../shell/here";
import { formState, stored } from "../../ui/form";
import { Seg } from "../../ui/seg";
import { KeyValues, Measure } from "../../ui/settings/facts";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { Switch } from "../../ui/switch";
import { lastChange } from "./last-change";
import { PrivacyText } from "./privacy-text";

const LOCATIONS = ["none", "country", "region", "city"] as const;
const REFERRERS = ["none", "host", "path"] as const;
const SWITCHES = ["network", "screen", "language", "title", "utm", "engagement"] as const;
const FIELDS: readonly (keyof SiteRules)[] = ["location", "referrer", ...SWITCHES];

/** What is kept of each hit: a switch an attribute, what is left of a page view, and what that means in a privacy policy. */
@Component({
  selector: "hk-say-less",
  imports: [KeyValues, PrivacyText, SaveFoot, Section, Seg, SettingRow, Switch],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: "flex flex-col gap-4" },
  template: `
    @if (rules(); as kept) {
      <form novalidate>
        <hk-section [error]="form.error('form')" [heading]="t('section.less.name')" [lead]="t('less.lead')">
          <hk-setting-row kind="beside" [name]="t('less.location')" [hint]="t('less.location_hint')">
            <hk-seg
              size="small"
              [label]="t('less.location')"
              [choices]="locations()"
              [chosen]="kept.location"
              (chosenChange)="change({ location: $event })"
            />
          </hk-setting-row>
          <hk-setting-row kind="beside" [name]="t('less.referrer')" [hint]="t('less.referrer_hint')">
            <hk-seg
              size="small"
              [label]="t('less.referrer')"
              [choices]="referrers()"
              [chosen]="kept.referrer"
              (chosenChange)="change({ referrer: $event })"
            />
          </hk-setting-row>
          @for (name of switches; track name) {
            <hk-setting-row kind="beside" [name]="t('less.' + name)" [hint]="t('less.' + name + '_hint')">
              <button hkSwitch [label]="t('less.' + name)" [on]="kept[name]" (onChange)="turn(name, $event)"></button>
            </hk-setting-row>
          }
          <hk-save-foot
            foot
            discards
            [changes]="changes()"
            [saved]="saved()"
            [last]="last.text()"
            [busy]="form.busy()"
            (save)="save($event)"
            (discard)="rules.set(before())"
          />
        </hk-section>
      </form>
      <hk-section [heading]="t('less.stored')" [lead]="t('less.stored_lead')">
        <hk-key-values [pairs]="pairs()" />
        <span foot>{{ t("less.never") }}</span>
      </hk-section>
      <hk-privacy-text [rules]="kept" />
    }
    @if (list.problem(); as problem) {
      <p class="error" role="alert">{{ problem }}</p>
    }
  `,
})
export class SayLess {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(SiteApi);
  private readonly site = inject(Here).site;
  protected readonly switches = SWITCHES;
  protected readonly form = formState([], { part: true });
  protected readonly list = loaded(async () => {
    const site = this.site();
    return site && (await this.api.rules(site.id));
  });
  protected readonly before = stored(() => this.list.value());
  protected readonly rules = linkedSignal(() => this.before());
  protected readonly saved = signal(false);
  private readonly changed = computed(() => FIELDS.filter((field) => this.rules()?.[field] !== this.before()?.[field]));
  protected readonly changes = computed(() => this.changed().map((field) => this.t(`less.${field}`)));
  protected readonly last = lastChange("site.rules_updated", (field) =>
    FIELDS.some((one) => one === field) ? this.t(`less.${field}`) : undefined,
  );
  protected readonly locations = computed(() =>
    LOCATIONS.map((value) => ({ value, text: this.t(`less.location_${value}`) })),
  );
  protected readonly referrers = computed(() =>
    REFERRERS.map((value) => ({ value, text: this.t(`less.referrer_${value}`) })),
  );

  /** An invented page view, as it would be kept now. */
  protected readonly pairs = computed<Measure[]>(() => {
    const rules = this.rules();
    if (!rules) return [];
    const { t } = this;
    const off = t("less.off");
    const pair = (name: string, kept: boolean, value: string) => ({
      name: t(`less.${name}`),
      value: kept ? value : off,
    });
    const place = [t("less.example_city"), t("less.example_region"), t("less.example_country")];
    return [
      { name: t("less.page"), value: "/guide/kingfisher" },
      pair("title", rules.title, t("less.example_title")),
      pair(
        "referrer",
        rules.referrer !== "none",
        rules.referrer === "path" ? "www.google.com/search" : "www.google.com",
      ),
      pair("utm", rules.utm, "newsletter-44"),
      pair("location", rules.location !== "none", place.slice(3 - LOCATIONS.indexOf(rules.location)).join(", ")),
      pair("network", rules.network, "Deutsche Telekom AG"),
      { name: t("less.browser"), value: "Firefox 144, Linux" },
      pair("screen", rules.screen, t("less.example_screen")),
      pair("language", rules.language, t("less.example_language")),
      pair("engagement", rules.engagement, t("less.example_engagement")),
      { name: t("less.visitor"), value: t("less.example_visitor") },
    ];
  });

  protected change(change: Partial<SiteRules>): void {
    this.saved.set(false);
    this.rules.update((rules) => rules && { ...rules, ...change });
  }

  protected turn(name: (typeof SWITCHES)[number], on: boolean): void {
    this.change({ [name]: on });
  }

  protected save(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        const [site, rules] = [this.site(), this.rules()];
        if (!site || !rules) return;
        await this.api.changeRules(site.id, Object.fromEntries(this.changed().map((field) => [field, rules[field]])));
        await Promise.all([this.list.again(), this.last.again()]);
        this.saved.set(true);
      },
    );
  }
}
