import { ChangeDetectionStrategy, Component, inject, input, linkedSignal, output, signal } from "@angular/core";

import { Api, Site } from "../core/api";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Control } from "./control";
import { Field } from "./field";
import { formState } from "./form";
import { FormCard } from "./form-card";
import { Input } from "./input";

/** What people paste: a whole address. What counts is its host in ASCII, without "www."; what has none stays as it is. */
export function domainOf(text: string): string {
  const address = text.trim().replace(/^[a-z]+:\/\//i, "");
  try {
    return new URL(`http://${address}`).hostname.replace(/^www\./, "");
  } catch {
    return address;
  }
}

/** All that the browser knows, and the one at hand. */
export function zones(own: string): string[] {
  const all = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", own]);
  return [...all].sort();
}

@Component({
  selector: "hk-site-form",
  imports: [Control, Field, FormCard, Input],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-form-card [form]="form" [heading]="heading()" [action]="t('site.submit')" (send)="submit($event)">
      <hk-field
        name="domain"
        inputmode="url"
        autocomplete="off"
        required
        [label]="t('field.domain')"
        [hint]="t('site.domain_hint')"
        [(value)]="domain"
        [error]="form.error('domain')"
      />
      <hk-field
        name="zone"
        required
        [label]="t('field.zone')"
        [hint]="t('site.zone_hint')"
        [error]="form.error('zone')"
      >
        <select hkInput hkControl name="zone" (change)="zone.set($any($event.target).value)">
          @for (name of zones; track name) {
            <option [value]="name" [selected]="name === zone()">{{ name.replaceAll("_", " ") }}</option>
          }
        </select>
      </hk-field>
    </hk-form-card>
  `,
})
export class SiteForm {
  readonly heading = input.required<string>();
  /** A domain to begin with. */
  readonly suggested = input("");
  readonly created = output<Site>();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  protected readonly form = formState(["domain", "zone"]);
  private readonly own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  protected readonly zones = zones(this.own);
  protected readonly domain = linkedSignal(() => this.suggested());
  protected readonly zone = signal(this.own);

  protected submit(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({ domain: domainOf(this.domain()) ? undefined : this.t("error.required") }),
      async () => {
        const site = await this.api.createSite(domainOf(this.domain()), this.zone());
        await this.session.load();
        this.created.emit(site);
      },
    );
  }
}
