import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  computed,
  inject,
  linkedSignal,
  output,
  signal,
  viewChild,
} from "@angular/core";
import { Router } from "@angular/router";

import { Params, readState, writeState } from "../core/address";
import { I18n } from "../core/i18n";
import { Session } from "../core/session";
import { hostText } from "../core/text";
import { PAGES, Page, isOfSite, linkOf } from "../registry";
import { SettingsSection, foundBy, sectionsOf } from "../sections";
import { Dialog } from "../ui/dialog";
import { Input } from "../ui/input";
import { FRAME } from "./frame-state";
import { Here } from "./here";

/** Something that one can go to. */
interface Target {
  name: string;
  /** Where it is, in a quieter voice. */
  place: string;
  /** All that it is found by, in small letters. */
  words: string;
  link: string[];
  params?: Params;
}

/** Targets that are offered at most. */
const SHOWN = 12;

/**
 * Goes to any page, setting or site by its name or another word for it, from the registry. What nothing is named after can
 * become a filter of the figures.
 */
@Component({
  selector: "hk-command-menu",
  imports: [Dialog, Input],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./command-menu.css",
  template: `
    <hk-dialog [heading]="t('command.heading')" (closed)="closed.emit()">
      <input
        hkInput
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-expanded="true"
        aria-controls="command-targets"
        aria-autocomplete="list"
        [attr.aria-label]="t('command.heading')"
        [attr.aria-activedescendant]="'command-' + at()"
        [placeholder]="t('command.placeholder')"
        [value]="text()"
        (input)="text.set($any($event.target).value)"
        (keydown)="key($event)"
      />
      <ul #list id="command-targets" role="listbox" [attr.aria-label]="t('command.heading')">
        @for (target of targets(); track target; let i = $index) {
          <!-- The focus stays in the field, whose keys choose. -->
          <!-- eslint-disable-next-line @angular-eslint/template/click-events-have-key-events, @angular-eslint/template/interactive-supports-focus -->
          <li role="option" [id]="'command-' + i" [attr.aria-selected]="i === at()" (click)="go(target)">
            <bdi>{{ target.name }}</bdi>
            <span>
              <bdi>{{ target.place }}</bdi>
            </span>
          </li>
        }
      </ul>
    </hk-dialog>
  `,
})
export class CommandMenu {
  readonly closed = output();

  protected readonly t = inject(I18n).t;
  private readonly session = inject(Session);
  private readonly here = inject(Here);
  private readonly router = inject(Router);
  private readonly dialog = viewChild.required(Dialog);
  private readonly list = viewChild.required<ElementRef<HTMLElement>>("list");

  protected readonly text = signal("");
  private readonly all = computed<Target[]>(() => [
    ...PAGES.flatMap((page) => this.ofPage(page)),
    ...(this.session.sites() ?? []).map(({ domain }) => this.target(hostText(domain), "", domain, ["/s", domain])),
  ]);
  protected readonly targets = computed<Target[]>(() => {
    const words = this.text().toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.all().filter((target) => words.every((word) => target.words.includes(word)));
    return found.length || !words.length ? found.slice(0, SHOWN) : this.asFilter();
  });
  /** The one that Enter goes to. */
  protected readonly at = linkedSignal({ source: this.targets, computation: () => 0 });

  protected key(event: KeyboardEvent): void {
    const last = this.targets().length - 1;
    const to = { ArrowDown: this.at() + 1, ArrowUp: this.at() - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.at.set(Math.min(last, Math.max(0, to)));
      this.list().nativeElement.children[this.at()]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      const target = this.targets()[this.at()];
      if (target) this.go(target);
    }
  }

  protected go({ link, params }: Target): void {
    this.dialog().close();
    void this.router.navigate(link, params ? { queryParams: params } : {});
  }

  /** A page that has words of its own, and its sections. */
  private ofPage(page: Page): Target[] {
    const site = this.here.siteAtHand();
    if (page.words === undefined || (isOfSite(page) && !site)) return [];
    if (page.permission !== undefined && !this.session.may(page.permission, site)) return [];
    const place = isOfSite(page) && site ? hostText(site.domain) : "";
    const link = (section?: SettingsSection) => linkOf(page, site?.domain, section);
    return [
      this.target(this.t(page.text), place, this.t(page.words), link()),
      ...foundBy(sectionsOf(page), (permission) => this.session.may(permission, site)).map((section) =>
        this.target(this.t(section.text), this.t(page.text), this.t(section.words), link(section)),
      ),
    ];
  }

  private asFilter(): Target[] {
    const site = this.here.siteAtHand();
    if (!site) return [];
    const text = this.text().trim();
    const state = readState(FRAME, this.here.params());
    const params = writeState(FRAME, {
      ...state,
      filters: [...state.filters, { dimension: "page", op: "contains", values: [text] }],
    });
    return [this.target(this.t("command.filter", { text }), hostText(site.domain), "", ["/s", site.domain], params)];
  }

  private target(name: string, place: string, words: string, link: string[], params?: Params): Target {
    return { name, place, words: `${name} ${place} ${words}`.toLowerCase(), link, ...(params ? { params } : {}) };
  }
}
