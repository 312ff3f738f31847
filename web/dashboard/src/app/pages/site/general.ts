import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from "@angular/core";

import { Api, SiteChange } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { SiteApi } from "../../core/site-api";
import { hostText } from "../../core/text";
import { Here } from "../../shell/here";
import { Chips } from "../../ui/chips";
import { Combobox } from "../../ui/combobox";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Select } from "../../ui/select";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { domainOf, zones } from "../../ui/site-form";
import { Switch } from "../../ui/switch";

/** Monday first, as ISO 8601 counts them; 0: as the reader's language has it. */
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6, 7];
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** What a site is called, by which clock and calendar it counts, and whether it counts. */
@Component({
  selector: "hk-general",
  imports: [Chips, Combobox, Field, SaveFoot, Section, Select, SettingRow, Switch],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section [error]="form.error('form')" [heading]="t('section.general.name')">
        <hk-setting-row [name]="t('field.domain')" [hint]="t('general.domain_hint')">
          <hk-field
            bare
            required
            name="domain"
            inputmode="url"
            autocomplete="off"
            [label]="t('field.domain')"
            [(value)]="domain"
            [error]="form.error('domain')"
          />
        </hk-setting-row>
        <hk-setting-row [name]="t('field.zone')" [hint]="zoneHint()">
          <hk-field bare required name="zone" [label]="t('field.zone')" [error]="form.error('zone')">
            <hk-combobox [choices]="zones" [(chosen)]="zone" />
          </hk-field>
        </hk-setting-row>
        <hk-setting-row [name]="t('general.currency')" [hint]="t('general.currency_hint')">
          <hk-field bare name="currency" [label]="t('general.currency')" [error]="form.error('currency')">
            <hk-combobox [choices]="currencies()" [(chosen)]="currency" />
          </hk-field>
        </hk-setting-row>
        <hk-setting-row [name]="t('general.week')" [hint]="t('general.week_hint')">
          <hk-field bare name="first_weekday" [label]="t('general.week')">
            <hk-select [choices]="weekdays()" [(chosen)]="weekday" />
          </hk-field>
        </hk-setting-row>
        <hk-setting-row [name]="t('general.labels')" [hint]="t('general.labels_hint')">
          <hk-field bare name="labels" [label]="t('general.labels')" [error]="form.error('labels')">
            <hk-chips [chips]="labelChips()" [choices]="knownLabels()" [(values)]="labels" [(typed)]="typedLabel" />
          </hk-field>
        </hk-setting-row>
        <hk-setting-row kind="beside" [name]="t('general.counts')" [hint]="countsHint()">
          <button hkSwitch [label]="t('general.counts')" [(on)]="counts"></button>
        </hk-setting-row>
        <hk-save-foot
          foot
          discards
          [changes]="changes()"
          [busy]="form.busy()"
          [saved]="saved()"
          (save)="save($event)"
          (discard)="discard()"
        />
      </hk-section>
    </form>
    <hk-section [heading]="t('general.own')">
      <hk-setting-row kind="beside" [name]="t('general.pin')" [hint]="t('general.pin_hint')">
        <button hkSwitch [label]="t('general.pin')" [on]="pinned()" (onChange)="pin($event)"></button>
      </hk-setting-row>
    </hk-section>
  `,
})
export class General {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly siteApi = inject(SiteApi);
  private readonly session = inject(Session);
  private readonly here = inject(Here);
  private readonly site = this.here.site;
  protected readonly form = formState(["domain", "zone", "currency", "first_weekday", "labels"], {
    part: true,
  });
  protected readonly before = computed(() => {
    const site = this.site();
    return {
      domain: site?.domain ?? "",
      zone: site?.zone ?? "UTC",
      currency: site?.currency ?? "",
      weekday: site?.first_weekday ?? 0,
      labels: site?.labels ?? [],
      counts: !site?.paused,
    };
  });
  protected readonly domain = linkedSignal(() => hostText(this.before().domain));
  protected readonly zone = linkedSignal(() => this.before().zone);
  protected readonly currency = linkedSignal(() => this.before().currency);
  protected readonly weekday = linkedSignal(() => this.before().weekday);
  protected readonly labels = linkedSignal<readonly string[]>(() => this.before().labels);
  protected readonly typedLabel = signal("");
  protected readonly counts = linkedSignal(() => this.before().counts);
  protected readonly pinned = computed(() => this.site()?.pinned ?? false);
  protected readonly saved = signal(false);

  protected readonly zones = zones(this.before().zone).map((value) => ({ value, text: value.replaceAll("_", " ") }));
  protected readonly currencies = computed(() => {
    const names = new Intl.DisplayNames([this.i18n.locale()], { type: "currency" });
    return [
      { value: "", text: this.t("general.by_language") },
      ...Intl.supportedValuesOf("currency").map((value) => ({ value, text: `${value}, ${names.of(value) ?? value}` })),
    ];
  });
  protected readonly weekdays = computed(() => {
    const name = new Intl.DateTimeFormat(this.i18n.locale(), { weekday: "long", timeZone: "UTC" });
    return WEEKDAYS.map((value) => ({
      value,
      text: value ? name.format(MONDAY + (value - 1) * DAY_MS) : this.t("general.by_language"),
    }));
  });
  protected readonly labelChips = computed(() => this.labels().map((value) => ({ value, text: value })));
  /** Those of the other sites. */
  protected readonly knownLabels = computed(() => {
    const typed = this.typedLabel().trim().toLowerCase();
    const all = new Set((this.session.sites() ?? []).flatMap((site) => site.labels));
    return [...all]
      .filter((label) => !this.labels().includes(label) && label.toLowerCase().includes(typed))
      .sort((a, b) => a.localeCompare(b))
      .map((value) => ({ value, text: value }));
  });
  /** What a change means, and what an earlier one meant. */
  protected readonly zoneHint = computed(() => {
    const site = this.site();
    if (this.zone() === this.before().zone && site?.zone_from)
      return this.t("general.zone_since", {
        day: new Intl.DateTimeFormat(this.i18n.locale(), { dateStyle: "long", timeZone: "UTC" }).format(
          Date.parse(site.zone_from),
        ),
        before: (site.zone_before ?? "").replaceAll("_", " "),
      });
    return this.t("general.zone_hint");
  });
  protected readonly countsHint = computed(() =>
    this.t(this.site()?.team_paused ? "general.team_paused" : this.counts() ? "general.counts_hint" : "general.paused"),
  );

  /** What is to be changed, and how it is called. */
  private readonly wanted = computed(() => {
    const before = this.before();
    const names: string[] = [];
    const change: SiteChange = {};
    const domain = domainOf(this.domain());
    if (domain !== before.domain) {
      change.domain = domain;
      names.push(this.t("field.domain"));
    }
    if (this.zone() !== before.zone) {
      change.zone = this.zone();
      names.push(this.t("field.zone"));
    }
    if (this.currency() !== before.currency) {
      change.currency = this.currency();
      names.push(this.t("general.currency"));
    }
    if (this.weekday() !== before.weekday) {
      change.first_weekday = this.weekday();
      names.push(this.t("general.week"));
    }
    if ([...this.labels()].sort().join() !== [...before.labels].sort().join()) {
      change.labels = [...this.labels()];
      names.push(this.t("general.labels"));
    }
    if (this.counts() !== before.counts) {
      change.paused = !this.counts();
      names.push(this.t("general.counts"));
    }
    return { change, names };
  });
  protected readonly changes = computed(() => this.wanted().names);

  protected save(event: Event): Promise<void> {
    this.saved.set(false);
    return this.form.submit(
      event,
      () => ({ domain: domainOf(this.domain()) ? undefined : this.t("error.required") }),
      async () => {
        const before = this.before().domain;
        const site = await this.api.changeSite(this.site()?.id ?? "", this.wanted().change);
        this.session.update({ ...site, ...(this.pinned() ? { pinned: true } : {}) });
        this.saved.set(true);
        // The page's address names the site by its domain.
        if (site.domain !== before) await this.here.renamed(site);
      },
    );
  }

  protected discard(): void {
    const before = this.before();
    this.domain.set(hostText(before.domain));
    this.zone.set(before.zone);
    this.currency.set(before.currency);
    this.weekday.set(before.weekday);
    this.labels.set(before.labels);
    this.counts.set(before.counts);
  }

  /** At once, for the reader alone. */
  protected async pin(pinned: boolean): Promise<void> {
    const site = this.site();
    if (!site) return;
    await this.form.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        await this.siteApi.pin(site.id, pinned);
        this.session.update({ ...site, pinned });
      },
    );
  }
}
