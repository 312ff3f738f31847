import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { Api } from "../../core/api";
import { I18n } from "../../core/i18n";
import { loaded } from "../../core/loaded";
import { Moments } from "../../core/moments";
import { Names } from "../../core/names";
import { PeopleApi, SessionEntry } from "../../core/people-api";
import { formState } from "../../ui/form";
import { Link } from "../../ui/link";
import { Entry } from "../../ui/settings/entry";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section } from "../../ui/settings/section";
import { Tag } from "../../ui/tag";

/** Where one is signed in, and the end of it: one by one, or all others. */
@Component({
  selector: "hk-sessions",
  imports: [Entry, Link, SaveFoot, Section, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section
        [error]="form.error('form') || list.problem()"
        [heading]="t('section.sessions.name')"
        [lead]="t('account.sessions_lead')"
      >
        <ul>
          @for (entry of entries(); track entry.id) {
            <li hkEntry [name]="entry.name" [sub]="entry.country">
              <span state>{{ entry.when }}</span>
              @if (entry.current) {
                <hk-tag tone="good">{{ t("account.this_one") }}</hk-tag>
              } @else {
                <button type="button" hkLink="danger" [attr.aria-label]="entry.end" (click)="end(entry.id, $event)">
                  {{ t("account.end") }}
                </button>
              }
            </li>
          }
        </ul>
        @if (entries().length > 1 || ended()) {
          <hk-save-foot
            foot
            [action]="t('account.end_others')"
            [busy]="form.busy()"
            [last]="ended()"
            (save)="endOthers($event)"
          />
        }
      </hk-section>
    </form>
  `,
})
export class Sessions {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  private readonly people = inject(PeopleApi);
  private readonly moments = inject(Moments);
  private readonly names = inject(Names);
  protected readonly form = formState([], { part: true });
  protected readonly list = loaded(() => this.people.sessions());
  protected readonly entries = computed(() =>
    (this.list.value() ?? []).map((one) => {
      const name = this.nameOf(one);
      return {
        id: one.id,
        name,
        country: one.country ? this.names.of("country", one.country) : "",
        current: one.current,
        when: this.t("account.since", { when: this.moments.short(one.created_at) }),
        end: this.t("account.end_one", { name }),
      };
    }),
  );
  /** What came of it. */
  protected readonly ended = signal("");

  private nameOf({ browser, os }: SessionEntry): string {
    if (browser && os) return this.t("account.browser_on", { browser, os });
    return browser ?? os ?? this.t("account.unknown_browser");
  }

  protected end(id: string, event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        await this.people.endSession(id);
        this.ended.set(this.t("account.ended_one"));
        await this.list.again();
      },
    );
  }

  protected endOthers(event: Event): Promise<void> {
    this.ended.set("");
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        await this.api.endOtherSessions();
        await this.list.again();
        this.ended.set(this.t("account.ended"));
      },
    );
  }
}
