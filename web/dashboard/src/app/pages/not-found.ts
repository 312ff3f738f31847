import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { RouterLink } from "@angular/router";

import { I18n } from "../core/i18n";

@Component({
  selector: "hk-not-found",
  imports: [RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="card message">
      <h1>{{ t("not_found.heading") }}</h1>
      <p>{{ t("not_found.text") }}</p>
      <a class="btn" routerLink="/">{{ t("not_found.home") }}</a>
    </section>
  `,
})
export class NotFound {
  protected readonly t = inject(I18n).t;
}
