import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../core/i18n";

/** The server does not answer, or not as it should. */
@Component({
  selector: "hk-unavailable",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="entry" id="main">
      <section class="card message">
        <h1>{{ t("unavailable.heading") }}</h1>
        <p>{{ t("unavailable.text") }}</p>
        <button type="button" class="btn" (click)="again()">{{ t("action.retry") }}</button>
      </section>
    </main>
  `,
})
export class Unavailable {
  protected readonly t = inject(I18n).t;

  protected again(): void {
    location.reload();
  }
}
