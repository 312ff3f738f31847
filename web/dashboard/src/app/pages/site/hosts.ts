import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from "@angular/core";

import { Api } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { hostText } from "../../core/text";
import { Here } from "../../shell/here";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { Switch } from "../../ui/switch";

/** Which hosts below a site's domain count for it. */
@Component({
  selector: "hk-hosts",
  imports: [Field, SaveFoot, Section, SettingRow, Switch],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section [error]="form.error('form')" [heading]="t('section.hosts.name')">
        <hk-setting-row kind="beside" [name]="t('hosts.subdomains', { domain: domain() })">
          <button hkSwitch [label]="t('hosts.subdomains', { domain: domain() })" [(on)]="subdomains"></button>
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
          [last]="saved() ? t('hosts.saved') : ''"
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
  protected readonly form = formState(["excluded_hosts"], { part: true });
  protected readonly domain = computed(() => hostText(this.site()?.domain ?? ""));
  private readonly before = computed(() => ({
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

  protected save(event: Event): Promise<void> {
    this.saved.set(false);
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        const id = this.site()?.id ?? "";
        this.session.update(
          await this.api.changeSite(id, { subdomains: this.subdomains(), excluded_hosts: this.hosts() }),
        );
        this.saved.set(true);
      },
    );
  }
}
