import { ChangeDetectionStrategy, Component, DestroyRef, computed, inject, input, signal } from "@angular/core";

import { ApiError, Site } from "../core/api";
import { I18n } from "../core/i18n";
import { loaded } from "../core/loaded";
import { errorText } from "../core/problem";
import { SiteApi, SiteLook, TabCheck } from "../core/site-api";
import { hostText, isolated, visible } from "../core/text";
import { Button } from "../ui/button";
import { Checklist, Step } from "../ui/settings/steps";

/** How often the server is asked what a tab told, and for how long, in ms. */
const ASK_MS = 1_000;
const PATIENCE_MS = 20_000;

/** Findings that keep hits from coming, in the order in which they are mended. */
type TabState = "waiting" | "silent" | { report: NonNullable<TabCheck["report"]> };

/** Why no visit comes: what the server sees of the page, what the script in a tab tells, what one's own request lacks. */
@Component({
  selector: "hk-live-check",
  imports: [Button, Checklist],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./install.css",
  template: `
    <div class="acts">
      <button type="button" hkButton [attr.aria-disabled]="busy()" (click)="look()">{{ t("check.look") }}</button>
      <button type="button" hkButton (click)="open()">{{ t("check.open") }}</button>
    </div>
    <hk-checklist [steps]="steps()" />
    @if (problem()) {
      <p class="error" role="alert">{{ problem() }}</p>
    }
  `,
})
export class LiveCheck {
  readonly site = input.required<Site>();
  /** A visit has come. */
  readonly arrived = input(false);

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(SiteApi);
  protected readonly busy = signal(false);
  protected readonly problem = signal("");
  private readonly looked = signal<SiteLook | undefined>(undefined);
  private readonly tab = signal<TabState | undefined>(undefined);
  private readonly own = loaded(() => this.api.ownRequest(this.site().id));
  private timer?: ReturnType<typeof setTimeout>;

  protected readonly steps = computed<Step[]>(() => [...this.pageSteps(), ...this.tabSteps(), ...this.lastSteps()]);

  constructor() {
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
  }

  /** What the server saw. */
  private pageSteps(): Step[] {
    const looked = this.looked();
    if (!looked) return [{ text: this.t("check.page"), state: this.busy() ? "now" : "waiting" }];
    const answers = !looked.found.some(({ what }) => what === "unreachable" || what === "moved");
    const found = looked.found.map(({ what, detail }): Step => ({
      text: this.t(`check.found.${what}`),
      state: "failed",
      detail: this.t(`check.help.${what}`, { detail: isolated(visible(detail ?? "")) }),
    }));
    return [
      ...(answers ? [{ text: this.t("check.answers", this.words()), state: "done" } as const] : []),
      ...(looked.script
        ? [{ text: this.t("check.has_script"), state: "done", detail: visible(looked.script) } as const]
        : []),
      ...found,
    ];
  }

  /** What the script told from its page. */
  private tabSteps(): Step[] {
    const tab = this.tab();
    if (!tab) return [];
    if (tab === "waiting") return [{ text: this.t("check.tab"), state: "now" }];
    if (tab === "silent")
      return [{ text: this.t("check.silent"), state: "failed", detail: this.t("check.silent_help") }];
    const { host, ...signs } = tab.report;
    const wrong = (["opted_out", "privacy_control", "do_not_track", "insecure", "waits", "manual"] as const).filter(
      (sign) => signs[sign],
    );
    const words = { host: isolated(hostText(host)) };
    const elsewhere = host !== this.site().domain && host !== `www.${this.site().domain}`;
    return [
      { text: this.t("check.runs", words), state: "done" },
      ...(elsewhere
        ? [{ text: this.t("check.elsewhere", words), state: "failed", detail: this.t("check.elsewhere_help") } as const]
        : []),
      ...wrong.map((sign): Step => ({
        text: this.t(`check.sign.${sign}`),
        state: "failed",
        detail: this.t(`check.sign_help.${sign}`),
      })),
    ];
  }

  /** The way to the server, and what is waited for. */
  private lastSteps(): Step[] {
    const own = this.own.value();
    return [
      ...(own?.unnamed_proxy
        ? [{ text: this.t("check.proxy"), state: "failed", detail: this.t("check.proxy_help") } as const]
        : []),
      { text: this.t("check.visit"), state: this.arrived() ? "done" : "now" },
    ];
  }

  private words(): Record<string, string> {
    return { domain: isolated(hostText(this.site().domain)) };
  }

  protected async look(): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    this.problem.set("");
    try {
      this.looked.set(await this.api.look(this.site().id));
    } catch (error) {
      this.fail(error);
    } finally {
      this.busy.set(false);
    }
  }

  protected async open(): Promise<void> {
    clearTimeout(this.timer);
    this.problem.set("");
    // Before anything is waited for: a browser opens no window later.
    const tab = window.open("about:blank", "_blank");
    try {
      const { code, address } = await this.api.openTab(this.site().id);
      if (tab) {
        tab.opener = null;
        tab.location.href = address;
      }
      this.tab.set("waiting");
      this.ask(code, performance.now() + PATIENCE_MS);
    } catch (error) {
      tab?.close();
      this.fail(error);
    }
  }

  private ask(code: string, until: number): void {
    this.timer = setTimeout(() => {
      void this.api.tab(this.site().id, code).then(
        ({ report }) => {
          if (report) this.tab.set({ report });
          else if (performance.now() > until) this.tab.set("silent");
          else this.ask(code, until);
        },
        (error: unknown) => this.fail(error),
      );
    }, ASK_MS);
  }

  private fail(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    this.problem.set(error.status === 403 ? this.t("check.off") : errorText(this.i18n, error));
  }
}
