import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal } from "@angular/core";

import { Api, ApiError, Site } from "../core/api";
import { copyTextOf } from "../core/clipboard";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { loaded } from "../core/loaded";
import { Session } from "../core/session";
import { errorText } from "../core/problem";
import { SiteApi } from "../core/site-api";
import { SiteQuery } from "../core/site-query";
import { hostText, isolated, visible } from "../core/text";
import { Button } from "../ui/button";
import { Check } from "../ui/check";
import { Icon } from "../ui/icon";
import { Tabs } from "../ui/tabs";
import { LeaveOut } from "./leave-out";
import { LiveCheck } from "./live-check";
import { ATTRIBUTES, PLATFORMS, Platform, SnippetOption, snippetFor } from "./snippets";

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

/**
 * The snippet for each kind of site, with what it is asked to count; a line that turns from "waiting" to "it works" with the
 * site's first page view; until then, why none comes; and how one leaves oneself out.
 */
@Component({
  selector: "hk-install",
  imports: [Button, Check, Icon, LeaveOut, LiveCheck, Tabs],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./install.css",
  template: `
    <hk-tabs [label]="t('install.platform')" panel="snippet-panel" [tabs]="platforms()" [(chosen)]="platform" />
    <p>{{ t("install.for." + platform(), { domain: domain() }) }}</p>
    <div id="snippet-panel" role="tabpanel" class="snippet" [attr.aria-labelledby]="'tab-' + platform()">
      <pre><code #code>{{ snippet() }}</code></pre>
      <button type="button" hkButton small (click)="copy(code)">
        <hk-icon [name]="copied() ? 'check' : 'copy'" />
        <span aria-live="polite">{{ t(copied() ? "install.copied" : "install.copy") }}</span>
      </button>
    </div>
    @if (platform() !== "server") {
      <fieldset class="options">
        <legend>{{ t("install.also") }}</legend>
        @for (option of options; track option) {
          <hk-check [checked]="chosen().includes(option)" [disabled]="!may()" (checkedChange)="turn(option)">
            {{ t("install.option." + option) }}
          </hk-check>
        }
      </fieldset>
    }
    @if (failed()) {
      <p class="error" role="alert">{{ failed() }}</p>
    }
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
    @if (may()) {
      @if (site(); as site) {
        @if (seen() === undefined) {
          <h2>{{ t("check.heading") }}</h2>
          <hk-live-check [site]="site" [arrived]="seen() !== undefined" />
        }
        <h2>{{ t("leave_out.heading") }}</h2>
        <hk-leave-out [site]="site" />
      }
    }
  `,
})
export class Install {
  readonly site = input.required<Site | undefined>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly sites = inject(SiteApi);
  private readonly format = inject(Format);
  private readonly session = inject(Session);
  /** Who manages the site chooses what is counted, and has it looked at. */
  protected readonly may = computed(() => this.session.may("site.manage_data", this.site()));
  protected readonly platform = signal<Platform>("html");
  protected readonly platforms = computed(() =>
    PLATFORMS.map((value) => ({ value, text: this.t(`install.on.${value}`) })),
  );
  protected readonly options = Object.keys(ATTRIBUTES) as SnippetOption[];
  private readonly stored = loaded(async () => {
    const site = this.site();
    return site && (await this.sites.snippet(site.id));
  });
  /** Shown at once; as the server has it where it does not keep the choice. */
  private readonly wanted = signal<readonly SnippetOption[] | undefined>(undefined);
  protected readonly chosen = computed(() => this.wanted() ?? this.stored.value()?.options ?? []);
  protected readonly failed = signal("");
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
  protected readonly snippet = computed(() => {
    const script = new URL("hk.js", document.baseURI).href;
    const base = new URL(".", document.baseURI).href;
    return snippetFor(this.platform(), { script, base, domain: this.site()?.domain ?? "" }, this.chosen());
  });

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

  protected async turn(option: SnippetOption): Promise<void> {
    const site = this.site();
    if (!site) return;
    const before = this.chosen();
    const wanted = before.includes(option) ? before.filter((one) => one !== option) : [...before, option];
    this.wanted.set(wanted);
    this.failed.set("");
    try {
      await this.sites.changeSnippet(site.id, [...wanted]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.wanted.set(before);
      this.failed.set(errorText(this.i18n, error));
    }
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
