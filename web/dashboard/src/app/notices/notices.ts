import { ChangeDetectionStrategy, Component, DestroyRef, computed, effect, inject, input, signal } from "@angular/core";

import { RouterLink } from "@angular/router";

import { Api, Notice, Site } from "../core/api";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { errorText } from "../core/problem";
import { Session } from "../core/session";
import { hostText, visible } from "../core/text";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";

/** A notice comes and goes without any event: ask this often, in ms. */
const REFRESH_MS = 60_000;
const HIDDEN_KEY = "hitkeep.hidden_notices";
const LOOK = { info: "", warning: "mid", alarm: "bad" } as const;

/** What a press on a notice's button does. */
interface Action {
  /** Below the notice's texts. */
  name: string;
  run: (api: Api, siteId: string, notice: Notice, site: Site | undefined) => Promise<Site>;
}
const ACTIONS: Record<string, Action[]> = {
  subdomains_asked: [
    { name: "yes", run: (api, site) => api.changeSite(site, { subdomains: true }) },
    { name: "no", run: (api, site) => api.changeSite(site, { subdomains: false }) },
  ],
  copies_counted: [
    {
      name: "leave_out",
      run: (api, id, notice, site) =>
        api.changeSite(id, {
          excluded_hosts: [...(site?.excluded_hosts ?? []), ...(notice.facts["hosts"] ?? "").split(", ")],
        }),
    },
  ],
};

/** What is hidden stays so until the browser's tab is closed, also when its figures move. */
const identity = (notice: Notice): string => `${notice.kind} ${notice.site_id ?? ""}`;
const hidden = (): string[] => JSON.parse(sessionStorage.getItem(HIDDEN_KEY) ?? "[]") as string[];

/** What the reader of a site's page should know: about the site, and about the instance if it is his. */
@Component({
  selector: "hk-notices",
  imports: [Button, Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./notices.css",
  template: `
    @if (shown().length) {
      <section class="notices" [attr.aria-label]="t('notice.heading')">
        @for (notice of shown(); track notice.id) {
          <div class="note" [class]="notice.look">
            <hk-icon [name]="notice.look ? 'warning' : 'info'" />
            <div class="words">
              <p>
                <b>{{ notice.title }}</b>
                {{ notice.text }}
              </p>
              @if (notice.actions.length || notice.newSite) {
                <p class="actions">
                  @for (action of notice.actions; track action.name) {
                    <button type="button" hkButton (click)="run(notice.source, action)">
                      {{ t("notice." + notice.source.kind + "." + action.name) }}
                    </button>
                  }
                  @if (notice.newSite) {
                    <a hkButton routerLink="/sites/new" [queryParams]="{ domain: notice.newSite }">
                      {{ t("notice.hosts_unknown.add") }}
                    </a>
                  }
                </p>
              }
              @if (failed()?.id === notice.id) {
                <p class="error" role="alert">{{ failed()?.text }}</p>
              }
            </div>
            <button
              type="button"
              class="hide"
              [attr.aria-label]="t('notice.dismiss', { title: notice.title })"
              (click)="hide(notice.id)"
            >
              <hk-icon name="close" />
            </button>
          </div>
        }
      </section>
    }
  `,
})
export class Notices {
  readonly siteId = input.required<string>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly all = signal<Notice[]>([]);
  protected readonly failed = signal<{ id: string; text: string } | undefined>(undefined);
  private readonly hidden = signal(hidden());

  protected readonly shown = computed(() =>
    this.all()
      .filter((notice) => notice.site_id === undefined || notice.site_id === this.siteId())
      .filter((notice) => !this.hidden().includes(identity(notice)))
      .map((notice) => {
        const words = this.i18n.has(`notice.${notice.kind}.title`) ? notice.kind : "other";
        const told = { ...notice.facts, domain: notice.domain ?? "", kind: notice.kind };
        const facts = Object.fromEntries(Object.entries(told).map(([name, fact]) => [name, visible(hostText(fact))]));
        return {
          id: identity(notice),
          source: notice,
          actions: ACTIONS[notice.kind] ?? [],
          newSite: notice.kind === "hosts_unknown" ? notice.facts["host"] : undefined,
          look: LOOK[notice.level],
          title: this.t(`notice.${words}.title`, facts),
          text: this.t(`notice.${words}.text`, facts),
        };
      }),
  );

  // A failure is said by the page around, which asks the same server.
  private readonly latest = new Latest<string, Notice[]>(
    (_site, signal) => this.api.notices(signal),
    (_site, notices) => this.all.set(notices),
    () => undefined,
  );

  constructor() {
    effect(() => this.latest.ask(this.siteId()));
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") this.latest.again();
    }, REFRESH_MS);
    inject(DestroyRef).onDestroy(() => {
      clearInterval(timer);
      this.latest.stop();
    });
  }

  protected async run(notice: Notice, action: Action): Promise<void> {
    this.failed.set(undefined);
    try {
      const site = this.session.sites()?.find((one) => one.id === notice.site_id);
      this.session.update(await action.run(this.api, notice.site_id ?? "", notice, site));
      this.all.update((all) => all.filter((other) => other !== notice));
    } catch (error) {
      this.failed.set({ id: identity(notice), text: errorText(this.i18n, error) });
    }
  }

  protected hide(id: string): void {
    this.hidden.update((ids) => [...ids, id]);
    sessionStorage.setItem(HIDDEN_KEY, JSON.stringify(this.hidden()));
  }
}
