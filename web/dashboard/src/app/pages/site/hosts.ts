import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from "@angular/core";

import { Api, SiteChange } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { hostText, isolated } from "../../core/text";
import { Here } from "../../shell/here";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { formState, stored } from "../../ui/form";
import { IconButton } from "../../ui/icon-button";
import { Entry } from "../../ui/settings/entry";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { Switch } from "../../ui/switch";
import { Tag } from "../../ui/tag";
import { lastChange } from "./last-change";

/** The domains of a site, and which hosts below them count for it. */
@Component({
  selector: "hk-hosts",
  imports: [Button, Entry, Field, IconButton, SaveFoot, Section, SettingRow, Switch, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: "flex flex-col gap-4" },
  styleUrl: "./exclusions.css",
  template: `
    <hk-section [error]="domains.error('form')" [heading]="t('section.hosts.name')" [lead]="t('hosts.lead')">
      <ul [attr.aria-label]="t('section.hosts.name')">
        <li hkEntry [name]="domain()">
          <hk-tag state>{{ t("hosts.main") }}</hk-tag>
        </li>
        @for (host of further(); track host) {
          <li hkEntry [name]="text(host)">
            <button
              type="button"
              hkIconButton="close"
              [label]="t('hosts.remove', { domain: shown(host) })"
              (click)="remove(host)"
            ></button>
          </li>
        }
      </ul>
      <hk-setting-row>
        <form novalidate class="add one" (submit)="add($event)">
          <hk-field
            name="former_domains"
            autocomplete="off"
            [label]="t('hosts.further')"
            [hint]="t('hosts.further_hint')"
            [error]="domains.error('former_domains')"
            [(value)]="typed"
          />
          <button type="submit" hkButton [attr.aria-disabled]="domains.busy()">{{ t("exclusions.add") }}</button>
        </form>
      </hk-setting-row>
      <span foot>{{ lastDomains.text() }}</span>
    </hk-section>
    <form novalidate>
      <hk-section [error]="form.error('form')" [heading]="t('hosts.below_heading')" [lead]="t('hosts.below_lead')">
        <hk-setting-row kind="beside" [name]="t('hosts.subdomains', { domain: domain() })">
          <button
            hkSwitch
            [label]="t('hosts.subdomains', { domain: domain() })"
            [on]="subdomains()"
            (onChange)="subdomains.set($event); saved.set(false)"
          ></button>
        </hk-setting-row>
        <hk-setting-row
          [name]="t('hosts.excluded')"
          [hint]="t('hosts.excluded_hint', { example: 'staging.' + domain() })"
        >
          <hk-field
            bare
            name="excluded_hosts"
            autocomplete="off"
            [label]="t('hosts.excluded')"
            [(value)]="excluded"
            [error]="form.error('excluded_hosts')"
          />
        </hk-setting-row>
        <hk-save-foot
          foot
          [changes]="changes()"
          [busy]="form.busy()"
          [last]="saved() ? t('hosts.saved') : lastBelow.text()"
          (save)="save($event)"
        />
      </hk-section>
    </form>
  `,
})
export class Hosts {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly site = inject(Here).site;
  protected readonly text = hostText;
  protected readonly shown = (host: string): string => isolated(hostText(host));
  protected readonly domain = computed(() => hostText(this.site()?.domain ?? ""));

  protected readonly domains = formState(["former_domains"], {
    part: true,
    server: { former_domains: { field: "former_domains", text: "hosts.wrong" } },
  });
  protected readonly further = computed(() => this.site()?.former_domains ?? []);
  protected readonly typed = signal("");
  protected readonly lastDomains = lastChange("site.updated", (field) =>
    field === "former_domains" || field === "domain" ? this.t("section.hosts.name") : undefined,
  );

  protected readonly form = formState(["excluded_hosts"], { part: true });
  private readonly before = stored(() => ({
    subdomains: this.site()?.subdomains ?? false,
    excluded: this.site()?.excluded_hosts ?? [],
  }));
  protected readonly subdomains = linkedSignal(() => this.before().subdomains);
  protected readonly excluded = linkedSignal(() => this.before().excluded.join(", "));
  private readonly hosts = computed(() =>
    this.excluded()
      .split(/[\s,]+/)
      .filter((host) => host !== ""),
  );
  protected readonly saved = signal(false);
  protected readonly changes = computed(() => [
    ...(this.subdomains() === this.before().subdomains ? [] : [this.t("hosts.below")]),
    ...(this.hosts().join() === this.before().excluded.join() ? [] : [this.t("hosts.excluded")]),
  ]);
  protected readonly lastBelow = lastChange("site.updated", (field) =>
    field === "subdomains" ? this.t("hosts.below") : field === "excluded_hosts" ? this.t("hosts.excluded") : undefined,
  );

  protected add(event: Event): Promise<void> {
    return this.domains.submit(
      event,
      () => ({ former_domains: this.typed().trim() ? undefined : this.t("error.required") }),
      async () => {
        await this.change({ former_domains: [...this.further(), this.typed().trim()] });
        this.typed.set("");
        await this.lastDomains.again();
      },
    );
  }

  protected remove(host: string): Promise<void> {
    return this.domains.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        await this.change({ former_domains: this.further().filter((other) => other !== host) });
        await this.lastDomains.again();
      },
    );
  }

  protected save(event: Event): Promise<void> {
    this.saved.set(false);
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        await this.change({ subdomains: this.subdomains(), excluded_hosts: this.hosts() });
        await this.lastBelow.again();
        this.saved.set(true);
      },
    );
  }

  private async change(change: SiteChange): Promise<void> {
    this.session.update(await this.api.changeSite(this.site()?.id ?? "", change));
  }
}
