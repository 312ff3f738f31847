import { ChangeDetectionStrategy, Component, inject, input, linkedSignal, output, signal } from "@angular/core";

import { Api, Site } from "../core/api";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { Field } from "./field";
import { formState } from "./form";

/** What people paste: a whole address. What counts is its host in ASCII, without "www."; what has none stays as it is. */
export function domainOf(text: string): string {
  const address = text.trim().replace(/^[a-z]+:\/\//i, "");
  try {
    return new URL(`http://${address}`).hostname.replace(/^www\./, "");
  } catch {
    return address;
  }
}

/** The browser's zone first, then all that it knows. */
function zones(own: string): string[] {
  const all = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", own]);
  return [...all].sort();
}

@Component({
  selector: "hk-site-form",
  imports: [Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form class="card form" novalidate (submit)="submit($event)">
      <h1>{{ heading() }}</h1>
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
      <div class="field">
        <label for="zone">{{ t("field.zone") }}</label>
        <select
          id="zone"
          name="zone"
          [attr.aria-invalid]="form.error('zone') ? 'true' : null"
          [attr.aria-describedby]="form.error('zone') ? 'zone-error' : 'zone-hint'"
          (change)="zone.set($any($event.target).value)"
        >
          @for (name of zones; track name) {
            <option [value]="name" [selected]="name === zone()">{{ name.replaceAll("_", " ") }}</option>
          }
        </select>
        @if (form.error("zone")) {
          <p class="error" id="zone-error">{{ form.error("zone") }}</p>
        } @else {
          <p class="hint" id="zone-hint">{{ t("site.zone_hint") }}</p>
        }
      </div>
      @if (form.error("form")) {
        <p class="error" role="alert">{{ form.error("form") }}</p>
      }
      <button type="submit" class="btn primary" [attr.aria-disabled]="form.busy()">{{ t("site.submit") }}</button>
    </form>
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
        this.session.add(site);
        this.created.emit(site);
      },
    );
  }
}
