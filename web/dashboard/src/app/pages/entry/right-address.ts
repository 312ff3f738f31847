import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { Api } from "../../core/api";
import { I18n } from "../../core/i18n";
import { Link } from "../../ui/link";

/**
 * HitKeep's own address where signing in cannot work here: it is https, and the page was opened without, so that the
 * browser would keep no cookie. Else empty.
 */
export function rightAddress(publicUrl: string | undefined, page: { protocol: string; secure: boolean }): string {
  return publicUrl?.startsWith("https://") && page.protocol === "http:" && !page.secure ? publicUrl : "";
}

/** Leads to the right address whoever came to the wrong one. */
@Component({
  selector: "hk-right-address",
  imports: [Link],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (address()) {
      <p class="error" role="alert">
        {{ t("address.other") }}
        <a hkLink [href]="address()">{{ address() }}</a>
      </p>
    }
  `,
})
export class RightAddress {
  protected readonly t = inject(I18n).t;
  private readonly publicUrl = signal<string | undefined>(undefined);
  protected readonly address = computed(() =>
    rightAddress(this.publicUrl(), { protocol: location.protocol, secure: globalThis.isSecureContext }),
  );

  constructor() {
    inject(Api)
      .status()
      .then(
        (status) => this.publicUrl.set(status.public_url),
        () => undefined, // the form says what is wrong
      );
  }
}
