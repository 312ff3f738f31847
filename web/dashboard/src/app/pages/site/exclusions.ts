import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { Format } from "../../core/format";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Moments } from "../../core/moments";
import { Exclusion, SiteApi } from "../../core/site-api";
import { isolated, visible } from "../../core/text";
import { Here } from "../../shell/here";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { IconButton } from "../../ui/icon-button";
import { Select } from "../../ui/select";
import { Entry } from "../../ui/settings/entry";
import { Section, SettingRow } from "../../ui/settings/section";
import { TrustedNetworks } from "./trusted-networks";

const KINDS = ["cidr", "path", "country", "host", "query"] as const;
type Kind = (typeof KINDS)[number];

/** Where a value of each kind stands. */
const VALUE = { cidr: "cidr", path: "path", country: "country_code", host: "host", query: "query" } as const;
const EXAMPLE = { cidr: "203.0.113.0/24", path: "/preview/*", country: "AQ", host: "staging.*", query: "preview=1" };

/** What is not counted: networks, pages, countries, hosts and parameters, by the site and by the instance. */
@Component({
  selector: "hk-exclusions",
  imports: [Button, Entry, Field, IconButton, Section, Select, SettingRow, TrustedNetworks],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: "flex flex-col gap-4" },
  styleUrl: "./exclusions.css",
  template: `
    <hk-section
      [error]="form.error('form') || list.problem()"
      [heading]="t('section.exclusions.name')"
      [lead]="t('exclusions.lead')"
    >
      <ul [attr.aria-label]="t('section.exclusions.name')">
        @for (entry of entries(); track entry.id) {
          <li hkEntry [name]="entry.name" [sub]="entry.sub">
            @if (entry.kept) {
              <span state>{{ entry.kept }}</span>
            }
            @if (entry.own) {
              <button type="button" hkIconButton="close" [label]="entry.remove" (click)="remove(entry.id)"></button>
            }
          </li>
        }
      </ul>
      @if (list.value()?.length === 0) {
        <hk-setting-row>
          <p class="none">{{ t("exclusions.none") }}</p>
        </hk-setting-row>
      }
      <hk-setting-row>
        <form novalidate class="add" (submit)="add($event)">
          <hk-field required name="exclusion_kind" [label]="t('exclusions.what')">
            <hk-select [choices]="kinds()" [(chosen)]="kind" />
          </hk-field>
          <hk-field
            required
            name="exclusion"
            autocomplete="off"
            [label]="t('exclusions.value.' + kind())"
            [hint]="t('exclusions.example', { example: example() })"
            [error]="form.error('exclusion')"
            [(value)]="value"
          />
          <hk-field
            name="description"
            autocomplete="off"
            [label]="t('exclusions.note')"
            [error]="form.error('description')"
            [(value)]="note"
          />
          <button type="submit" hkButton [attr.aria-disabled]="form.busy()">{{ t("exclusions.add") }}</button>
        </form>
      </hk-setting-row>
      <span foot>{{ t("exclusions.from_now") }}</span>
    </hk-section>
    <hk-trusted-networks />
  `,
})
export class Exclusions {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(SiteApi);
  private readonly format = inject(Format);
  private readonly moments = inject(Moments);
  private readonly site = inject(Here).site;
  protected readonly form = formState(["exclusion", "description"], {
    part: true,
    server: Object.fromEntries(
      KINDS.map((kind) => [VALUE[kind], { field: "exclusion", text: `exclusions.wrong.${kind}` }]),
    ),
  });
  protected readonly kind = signal<Kind>("cidr");
  protected readonly value = signal("");
  protected readonly note = signal("");
  protected readonly example = computed(() => EXAMPLE[this.kind()]);
  protected readonly kinds = computed(() =>
    KINDS.map((value) => ({ value, text: this.t(`exclusions.kind.${value}`) })),
  );
  protected readonly list = loaded(async () => {
    const site = this.site();
    return site && (await this.api.exclusions(site.id));
  });
  /** What was kept out of late, by the name of what kept it out. */
  private readonly counted = loaded(async () => {
    const site = this.site();
    return site && (await this.api.counted(site.id));
  });
  protected readonly entries = computed(() =>
    (this.list.value() ?? []).map((exclusion) => {
      const value = valueOf(exclusion);
      const name = `${this.t(`exclusions.kind.${exclusion.type}`)} ${visible(value)}`;
      const about = [
        visible(exclusion.description),
        exclusion.site_id ? "" : this.t("exclusions.everywhere"),
        this.t("exclusions.since", { when: this.moments.day(exclusion.created_at) }),
      ];
      return {
        id: exclusion.id,
        name,
        sub: about.filter(Boolean).join(" · "),
        own: exclusion.site_id !== undefined,
        kept: this.kept(exclusion.type, value),
        remove: this.t("exclusions.remove", { name: isolated(name) }),
      };
    }),
  );

  /** Networks are not told apart, nor hosts by their rule. */
  private kept(type: Kind, value: string): string {
    const counted = this.counted.value();
    if (!counted || type === "cidr" || type === "host") return "";
    const rule = type === "query" ? value.replace(/=.*/, "") : value;
    const of = counted.dropped_by.find(({ reason }) => reason === `excluded_${type}`);
    const hits = of?.names.find(({ name }) => name === rule)?.hits ?? 0;
    return this.i18n.plural("exclusions.kept", hits, { count: this.format.integer(hits) });
  }

  protected add(event: Event): Promise<void> {
    const field = VALUE[this.kind()];
    return this.form.submit(
      event,
      () => ({ exclusion: this.value().trim() ? undefined : this.t("error.required") }),
      async () => {
        const site = this.site();
        if (!site) return;
        await this.api.exclude(site.id, {
          type: this.kind(),
          [field]: this.value().trim(),
          description: this.note().trim(),
        });
        this.value.set("");
        this.note.set("");
        await this.list.again();
      },
    );
  }

  protected remove(id: string): Promise<void> {
    return this.form.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        const site = this.site();
        if (!site) return;
        await this.api.includeAgain(site.id, id);
        await this.list.again();
      },
    );
  }
}

const valueOf = (exclusion: Exclusion): string => exclusion[VALUE[exclusion.type]] ?? "";
