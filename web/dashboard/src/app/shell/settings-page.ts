import { ChangeDetectionStrategy, Component, computed, effect, inject } from "@angular/core";
import { RouterLink } from "@angular/router";

import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { isOfSite, linkOf } from "../registry";
import { foundBy } from "../sections";
import { Button } from "../ui/button";
import { lazy, Lazy } from "../ui/lazy";
import { LeaveQuestion } from "../ui/settings/leave-question";
import { QuestionPlace } from "../ui/settings/questions";
import { Here } from "./here";
import { NotFound } from "./not-found";
import { SitePicker } from "./pickers";

/** A page of settings: its sections at the left, what is set at the right. */
@Component({
  selector: "hk-settings-page",
  imports: [Button, LeaveQuestion, Lazy, NotFound, QuestionPlace, RouterLink, SitePicker],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./settings-page.css",
  template: `
    @if (page(); as page) {
      @if (site(); as site) {
        <div class="bar">
          <hk-site-picker [site]="site" [sites]="session.sites() ?? []" [to]="here" />
          <a hkButton [routerLink]="['/s', site.domain]">{{ t("settings.figures") }}</a>
        </div>
      }
      @if (bar(); as bar) {
        <div class="bar"><ng-container [hkLazy]="bar" /></div>
      }
      <h1>{{ t(page.text) }}</h1>
      <div class="settings">
        <nav [attr.aria-label]="t(page.text)">
          @for (entry of entries(); track entry.section.id) {
            <a [routerLink]="entry.link" [attr.aria-current]="entry.section === chosen() ? 'page' : null">
              {{ t(entry.section.text) }}
            </a>
          }
        </nav>
        <div class="stack">
          @for (entry of shown(); track entry.section.id) {
            <fieldset [id]="'section-' + entry.section.id" [disabled]="!entry.may">
              @if (!entry.may) {
                <p class="hint">{{ t("settings.admins") }}</p>
              }
              <ng-container [hkLazy]="entry.content" />
            </fieldset>
          }
        </div>
      </div>
      <hk-leave-question />
      <hk-questions />
    } @else {
      <hk-not-found />
    }
  `,
})
export class SettingsPage {
  protected readonly t = inject(I18n).t;
  protected readonly session = inject(Session);
  private readonly at = inject(Here);

  protected readonly site = this.at.site;
  protected readonly chosen = this.at.section;
  /** Nothing of a site that is not there, or of a section. */
  protected readonly page = computed(() => {
    const page = this.at.page();
    return page?.settings && this.chosen() && (this.site() || !isOfSite(page)) ? page : undefined;
  });
  protected readonly bar = computed(() => {
    const bar = this.at.sections()?.bar;
    return bar && lazy(bar, {});
  });
  protected readonly entries = computed(() => {
    const page = this.page();
    const domain = this.site()?.domain;
    if (!page) return [];
    return foundBy(this.at.sections(), (permission) => this.session.may(permission, this.site())).map((section) => ({
      section,
      link: linkOf(page, domain, section),
      may: section.permission === undefined || this.session.may(section.permission, this.site()),
      content: lazy(section.load, {}),
    }));
  });
  protected readonly shown = computed(() =>
    this.at.sections()?.together ? this.entries() : this.entries().filter(({ section }) => section === this.chosen()),
  );
  /** Another site's settings of the same kind. */
  protected readonly here = (domain: string): string[] => {
    const page = this.page();
    return page ? linkOf(page, domain, this.chosen()) : [];
  };

  constructor() {
    effect(() => {
      const section = this.chosen();
      if (!section || !this.at.sections()?.together) return;
      const first = this.entries()[0]?.section === section;
      document.getElementById(first ? "main" : `section-${section.id}`)?.scrollIntoView();
    });
  }
}
