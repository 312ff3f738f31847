import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal } from "@angular/core";

import { Api, Site } from "../core/api";
import { copyTextOf } from "../core/clipboard";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { SiteQuery } from "../core/site-query";
import { hostText, isolated, visible } from "../core/text";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";

/** How long "Copied" stays, in ms. */
const COPIED_MS = 2_000;
/** No event says that something did not count: ask this often, in ms. */
const DROPS_MS = 5_000;
/** The server's reasons, as far as they have a name of their own here; the others are about requests that make no sense. */
const REASONS: Record<string, string> = {
  address_bound: "bound",
  dnt: "signal",
  excluded_country: "rule",
  excluded_host: "host",
  excluded_network: "rule",
  excluded_path: "rule",
  excluded_query: "rule",
  gpc: "signal",
  clock: "not_stored",
  log_refused: "not_stored",
  machine: "bot",
  paused: "paused",
  unstorable: "not_stored",
  spam: "spam",
  subdomain: "host",
};

/** The snippet, and a line that turns from "waiting" to "it works" with the site's first page view. */
@Component({
  selector: "hk-install",
  imports: [Button, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./install.css",
  template: `
    <p>{{ t("install.where", { domain: domain() }) }}</p>
    <div class="snippet">
      <pre><code #code>{{ snippet() }}</code></pre>
      <button type="button" hkButton small (click)="copy(code)">
        <hk-icon [name]="copied() ? 'check' : 'copy'" />
        <span aria-live="polite">{{ t(copied() ? "install.copied" : "install.copy") }}</span>
      </button>
    </div>
    <p
      class="waiting"
      role="status"
      [class.done]="!query.problem() && seen() !== undefined"
      [class.lost]="query.problem()"
    >
      <i></i>
      @if (query.problem()) {
        <span>{{ query.problem() }}</span>
      } @else if (seen() === undefined) {
        <span>{{ t("install.waiting") }}</span>
      } @else if (seen()) {
        <span>{{ t("install.works_on", { page: page() }) }}</span>
      } @else {
        <span>{{ t("install.works") }}</span>
      }
    </p>
    @if (dropped()) {
      <p class="hint">{{ t("install.dropped", { reasons: dropped() }) }}</p>
    }
    <p class="hint">{{ t("install.hint") }}</p>
  `,
})
export class Install {
  readonly site = input.required<Site | undefined>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly format = inject(Format);
  protected readonly copied = signal(false);
  protected readonly query = new SiteQuery({
    site: this.site,
    state: signal(undefined),
    body: () => ({
      range: "12mo",
      compare: null,
      filters: [],
      include: ["first_day"],
      queries: { pages: { metrics: ["pageviews"], dimensions: ["page"], limit: 1 } },
    }),
    live: true,
  });
  /** A page that was seen; empty if none is known by name; undefined while nothing has come. */
  protected readonly seen = computed(() => {
    const answer = this.query.shown()?.answer;
    return answer?.first_day ? (answer.results["pages"]?.rows[0]?.dimensions[0] ?? "") : undefined;
  });
  private readonly drops = signal<Record<string, number>>({});
  protected readonly dropped = computed(() => {
    const counts = new Map<string, number>();
    for (const [reason, count] of Object.entries(this.drops())) {
      const name = REASONS[reason] ?? "unreadable";
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
    return [...counts].map(([name, count]) => `${this.t(`drop.${name}`)} ${this.format.integer(count)}`).join(" · ");
  });
  protected readonly domain = computed(() => isolated(hostText(this.site()?.domain ?? "")));
  protected readonly page = computed(() => isolated(visible(this.seen() ?? "")));
  protected readonly snippet = computed(
    () => `<script async src="${new URL("hk.js", document.baseURI).href}"></script>`,
  );

  constructor() {
    effect((cleanUp) => {
      const site = this.site();
      if (!site) return;
      this.drops.set({});
      void this.askDrops(site);
      const timer = setInterval(() => document.visibilityState === "visible" && void this.askDrops(site), DROPS_MS);
      cleanUp(() => clearInterval(timer));
    });
  }

  private async askDrops(site: Site): Promise<void> {
    try {
      const { dropped, bots } = await this.api.ingestStatus(site.id);
      const machines = Object.values(bots).reduce((sum, count) => sum + count, 0);
      if (this.site()?.id === site.id) this.drops.set(machines > 0 ? { ...dropped, machine: machines } : dropped);
    } catch {
      // The question about page views fails as well, and says so.
    }
  }

  protected async copy(code: HTMLElement): Promise<void> {
    if (!(await copyTextOf(code))) return;
    this.copied.set(true);
    setTimeout(() => this.copied.set(false), COPIED_MS);
  }
}
