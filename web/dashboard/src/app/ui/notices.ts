import { ChangeDetectionStrategy, Component, DestroyRef, computed, effect, inject, input, signal } from "@angular/core";

import { Api, Notice } from "../core/api";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { Icon } from "./icon";

/** A notice comes and goes without any event: ask this often, in ms. */
const REFRESH_MS = 60_000;
const HIDDEN_KEY = "hitkeep.hidden_notices";
const LOOK = { info: "", warning: "mid", alarm: "bad" } as const;

/** What is hidden stays so until the browser's tab is closed, also when its figures move. */
const identity = (notice: Notice): string => `${notice.kind} ${notice.site_id ?? ""}`;
const hidden = (): string[] => JSON.parse(sessionStorage.getItem(HIDDEN_KEY) ?? "[]") as string[];

/** What the reader of a site's page should know: about the site, and about the instance if it is his. */
@Component({
  selector: "hk-notices",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (shown().length) {
      <section class="notices" [attr.aria-label]="t('notice.heading')">
        @for (notice of shown(); track notice.id) {
          <div class="note" [class]="notice.look">
            <hk-icon [name]="notice.look ? 'warning' : 'info'" />
            <p>
              <b>{{ notice.title }}</b>
              {{ notice.text }}
            </p>
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
  private readonly all = signal<Notice[]>([]);
  private readonly hidden = signal(hidden());

  protected readonly shown = computed(() =>
    this.all()
      .filter((notice) => notice.site_id === undefined || notice.site_id === this.siteId())
      .filter((notice) => !this.hidden().includes(identity(notice)))
      .map((notice) => {
        const words = this.i18n.has(`notice.${notice.kind}.title`) ? notice.kind : "other";
        const facts = { ...notice.facts, domain: notice.domain, kind: notice.kind };
        return {
          id: identity(notice),
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

  protected hide(id: string): void {
    this.hidden.update((ids) => [...ids, id]);
    sessionStorage.setItem(HIDDEN_KEY, JSON.stringify(this.hidden()));
  }
}
