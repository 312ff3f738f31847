import { ChangeDetectionStrategy, Component, computed, effect, inject, input, output, signal } from "@angular/core";

import { Api, ApiError, Site } from "../core/api";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { Answer } from "../core/query";
import { Realtime } from "../core/realtime";
import { Session } from "../core/session";
import { errorText } from "./form";
import { Icon } from "./icon";

/** How long "Copied" stays, in ms. */
const COPIED_MS = 2_000;

/** The snippet, and a line that turns from "waiting" to "it works" with the site's first page view. */
@Component({
  selector: "hk-install",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <p>{{ t("install.where", { domain: site().domain }) }}</p>
    <div class="snippet">
      <pre><code>{{ snippet() }}</code></pre>
      <button type="button" class="btn" (click)="copy()">
        <hk-icon [name]="copied() ? 'check' : 'copy'" />
        <span aria-live="polite">{{ t(copied() ? "install.copied" : "install.copy") }}</span>
      </button>
    </div>
    <p class="waiting" role="status" [class.done]="!problem() && seen() !== undefined" [class.lost]="problem()">
      <i></i>
      @if (problem()) {
        <span>{{ problem() }}</span>
      } @else if (seen() === undefined) {
        <span>{{ t("install.waiting") }}</span>
      } @else if (seen()) {
        <span>{{ t("install.works_on", { page: seen() }) }}</span>
      } @else {
        <span>{{ t("install.works") }}</span>
      }
    </p>
    <p class="hint">{{ t("install.hint") }}</p>
  `,
})
export class Install {
  readonly site = input.required<Site>();
  readonly arrived = output();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  protected readonly copied = signal(false);
  /** A page that was seen; empty if none is known by name; undefined while nothing has come. */
  protected readonly seen = signal<string | undefined>(undefined);
  protected readonly problem = signal("");
  protected readonly snippet = computed(
    () => `<script async src="${new URL("hk.js", document.baseURI).href}"></script>`,
  );

  private readonly latest = new Latest<Site, Answer>(
    (site, signal) =>
      this.api.query(
        site.id,
        {
          range: "12mo",
          compare: null,
          filters: [],
          queries: {
            pages: { metrics: ["pageviews"], dimensions: ["page"], limit: 1 },
          },
        },
        signal,
      ),
    (_site, answer) => {
      this.problem.set("");
      if (!answer.first_day) return;
      this.seen.set(answer.results["pages"]?.rows[0]?.dimensions[0] ?? "");
      this.arrived.emit();
    },
    // The stream's next event, or its reconnection, asks again.
    (_site, error) => {
      if (error instanceof ApiError && error.status === 401) this.session.expired();
      else this.problem.set(errorText(this.i18n, error));
    },
  );

  constructor() {
    effect((cleanUp) => {
      const site = this.site();
      this.seen.set(undefined);
      this.latest.ask(site);
      const stream = new Realtime(this.api.realtimeUrl(site.id), () => this.latest.again());
      cleanUp(() => {
        stream.close();
        this.latest.stop();
      });
    });
  }

  protected async copy(): Promise<void> {
    const snippet = this.snippet();
    try {
      await navigator.clipboard.writeText(snippet);
    } catch {
      // Over plain HTTP there is no clipboard API: select the text, so that Ctrl+C is all that is left to do.
      const code = document.querySelector(".snippet code");
      if (code) getSelection()?.selectAllChildren(code);
      return;
    }
    this.copied.set(true);
    setTimeout(() => this.copied.set(false), COPIED_MS);
  }
}
