import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from "@angular/core";

import { Site } from "../core/api";
import { I18n } from "../core/i18n";
import { loaded } from "../core/loaded";
import { SiteApi } from "../core/site-api";
import { hostText, isolated } from "../core/text";
import { Button } from "../ui/button";
import { formState } from "../ui/form";

/** One's own visits are not counted: in this browser by a link, from this network by an exclusion. */
@Component({
  selector: "hk-leave-out",
  imports: [Button],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./install.css",
  template: `
    <p>{{ t("leave_out.lead") }}</p>
    <div class="acts">
      <a hkButton target="_blank" rel="noopener" [href]="address()">{{ t("leave_out.browser") }}</a>
      @if (own.value(); as own) {
        @if (excluded()) {
          <span role="status">{{ t("leave_out.done") }}</span>
        } @else {
          <button type="button" hkButton [attr.aria-disabled]="form.busy()" (click)="exclude(own.address)">
            {{ t("leave_out.network", { address: isolated(own.address) }) }}
          </button>
        }
      }
    </div>
    <p class="hint">{{ t("leave_out.hint", { domain: domain() }) }}</p>
    @if (form.error("form"); as error) {
      <p class="error" role="alert">{{ error }}</p>
    }
  `,
})
export class LeaveOut {
  readonly site = input.required<Site>();

  protected readonly t = inject(I18n).t;
  protected readonly isolated = isolated;
  private readonly api = inject(SiteApi);
  protected readonly form = formState([], { part: true });
  protected readonly excluded = signal(false);
  protected readonly own = loaded(() => this.api.ownRequest(this.site().id));
  protected readonly domain = computed(() => isolated(hostText(this.site().domain)));
  /** The script on the page asks, and keeps the answer there. */
  protected readonly address = computed(() => {
    const { domain } = this.site();
    return `${domain === "localhost" ? "http" : "https"}://${domain}/#hk-ignore`;
  });

  protected exclude(address: string): Promise<void> {
    return this.form.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        await this.api.exclude(this.site().id, { type: "cidr", cidr: address, description: this.t("leave_out.note") });
        this.excluded.set(true);
      },
    );
  }
}
