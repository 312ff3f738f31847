import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, signal } from "@angular/core";

import { Api, Site } from "../core/api";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { hostText } from "../core/text";
import { Field } from "./field";
import { formState } from "./form";

/** Which hosts below a site's domain count for it. */
@Component({
  selector: "hk-site-hosts",
  imports: [Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form class="card form" novalidate (submit)="save($event)">
      <h2>{{ t("hosts.heading") }}</h2>
      <label class="check">
        <input type="checkbox" [checked]="subdomains()" (change)="subdomains.set($any($event.target).checked)" />
        {{ t("hosts.subdomains", { domain: host(site().domain) }) }}
      </label>
      <hk-field
        name="excluded_hosts"
        autocomplete="off"
        [label]="t('hosts.excluded')"
        [hint]="t('hosts.excluded_hint', { example: 'staging.' + host(site().domain) })"
        [(value)]="excluded"
        [error]="form.error('excluded_hosts')"
      />
      @if (form.error("form")) {
        <p class="error" role="alert">{{ form.error("form") }}</p>
      }
      <button type="submit" class="btn" [attr.aria-disabled]="form.busy()">{{ t("action.save") }}</button>
      <p class="hint" role="status">{{ saved() && !changed() ? t("hosts.saved") : "" }}</p>
    </form>
  `,
})
export class SiteHosts {
  readonly site = input.required<Site>();

  protected readonly t = inject(I18n).t;
  protected readonly host = hostText;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  protected readonly form = formState(["excluded_hosts"], { part: true });
  protected readonly subdomains = linkedSignal(() => this.site().subdomains ?? false);
  protected readonly excluded = linkedSignal(() => (this.site().excluded_hosts ?? []).join(", "));
  private readonly hosts = computed(() =>
    this.excluded()
      .split(/[\s,]+/)
      .filter((host) => host !== ""),
  );
  protected readonly saved = signal(false);
  protected readonly changed = computed(
    () =>
      this.subdomains() !== (this.site().subdomains ?? false) ||
      this.hosts().join() !== (this.site().excluded_hosts ?? []).join(),
  );

  protected save(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        this.session.update(
          await this.api.changeSite(this.site().id, { subdomains: this.subdomains(), excluded_hosts: this.hosts() }),
        );
        this.saved.set(true);
      },
    );
  }
}
