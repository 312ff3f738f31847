import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  computed,
  effect,
  inject,
  signal,
  untracked,
} from "@angular/core";
import { Router, RouterLink, RouterOutlet } from "@angular/router";

import { Params, readState, writeState } from "../core/address";
import { I18n, isLanguage } from "../core/i18n";
import { Keys } from "../core/keys";
import { Session } from "../core/session";
import { initialsOf, visible } from "../core/text";
import { PAGES, Page, isOfSite, linkOf } from "../registry";
import { Icon, IconName } from "../ui/icon";
import { Lazy, lazy } from "../ui/lazy";
import { Logo } from "../ui/logo";
import { MenuPart } from "../ui/menu";
import { MenuOpener } from "../ui/opens";
import { FRAME } from "./frame-state";
import { Here } from "./here";

/** Reports that the bar of a phone holds; everything else is behind "More". */
const IN_BAR = 4;
/** How long after G the letter of a page may come, in ms. */
const LETTER_MS = 1_500;
/** Words beside the icons would take too much of such a window. */
const NARROW = "(max-width: 1180px)";
const FOLDED_KEY = "hitkeep.folded";

/** An entry of the navigation. */
interface Entry {
  page: Page;
  name: string;
  icon: IconName;
  /** In place of the icon: of somebody's name. */
  initials: string;
  link: string[];
  params: Params;
  current: boolean;
}

/**
 * The frame of every page of a signed-in user: the sidebar, on a phone a bar at the bottom. `[` folds the sidebar to its
 * icons, G and a letter lead to a page, Ctrl or ⌘ with K to anything.
 */
@Component({
  selector: "hk-app-frame",
  imports: [Icon, Lazy, Logo, MenuOpener, RouterLink, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { "(document:keydown)": "key($event)" },
  styleUrl: "./app-frame.css",
  template: `
    <button type="button" class="skip" (click)="main.focus()">{{ t("shell.skip") }}</button>
    <div class="app" [class.icons]="icons()">
      <nav class="side" [attr.aria-label]="t('shell.main')">
        <a class="brand" routerLink="/">
          <hk-logo />
          <span class="word">HitKeep</span>
        </a>
        @for (entry of entries(); track entry.page.id) {
          <a
            [class.end]="entry.page.id === firstBelow()"
            [routerLink]="entry.link"
            [queryParams]="entry.params"
            [attr.aria-current]="entry.current ? 'page' : null"
          >
            @if (entry.initials) {
              <span class="initials" aria-hidden="true">{{ entry.initials }}</span>
            } @else {
              <hk-icon [name]="entry.icon" />
            }
            <span class="word">
              <bdi>{{ entry.name }}</bdi>
            </span>
          </a>
        }
      </nav>
      <main #main id="main" tabindex="-1"><router-outlet /></main>
    </div>
    <nav class="bar" [attr.aria-label]="t('shell.main')">
      @for (entry of inBar(); track entry.page.id) {
        <a [routerLink]="entry.link" [queryParams]="entry.params" [attr.aria-current]="entry.current ? 'page' : null">
          <hk-icon [name]="entry.icon" />
          {{ entry.name }}
        </a>
      }
      <button type="button" side="end" panelLook="sheet" [hkMenu]="more()">
        <hk-icon name="list" />
        {{ t("shell.more") }}
      </button>
    </nav>
    @if (searching()) {
      <ng-container [hkLazy]="commandMenu" />
    }
  `,
})
export class AppFrame {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  private readonly here = inject(Here);
  private readonly keys = inject(Keys);

  private readonly folded = signal(localStorage.getItem(FOLDED_KEY) === "1");
  private readonly narrow = signal(false);
  /** The sidebar shows icons alone. */
  protected readonly icons = computed(() => this.folded() || this.narrow());
  protected readonly searching = signal(false);
  private letterUntil = 0;

  private readonly person = computed(() => visible(this.session.profile()?.display_name ?? ""));
  /** What holds for the figures of a site holds for all its reports. */
  private readonly kept = computed(() => writeState(FRAME, readState(FRAME, this.here.params())));
  protected readonly entries = computed<Entry[]>(() =>
    PAGES.flatMap((page) => {
      const site = this.here.siteAtHand();
      if (!page.place || !page.icon || (isOfSite(page) && !site)) return [];
      if (page.permission !== undefined && !this.session.may(page.permission, site)) return [];
      return {
        page,
        name: page.place === "person" ? this.person() : this.t(page.text),
        icon: page.icon,
        initials: page.place === "person" ? initialsOf(this.person()) : "",
        link: linkOf(page, site?.domain),
        params: page.place === "reports" && this.here.site() ? this.kept() : {},
        current: page === this.here.page(),
      };
    }),
  );
  /** Reports stand above, all else at the lower end. */
  protected readonly firstBelow = computed(() => this.entries().find(({ page }) => page.place !== "reports")?.page.id);
  protected readonly inBar = computed(() =>
    this.entries()
      .filter(({ page }) => page.place === "reports")
      .slice(0, IN_BAR),
  );
  protected readonly more = computed<MenuPart[]>(() =>
    this.entries()
      .filter((entry) => !this.inBar().includes(entry))
      .map(({ page, name, icon, link, params, current }) => ({
        value: page.id,
        text: name,
        icon,
        link,
        params,
        ...(current ? { checked: true } : {}),
      })),
  );
  protected readonly commandMenu = lazy(
    async () => {
      const [menu] = await Promise.all([import("./command-menu"), this.i18n.add("directory")]);
      return menu.CommandMenu;
    },
    {},
    { closed: () => this.searching.set(false) },
  );

  constructor() {
    // Who is signed in reads his own language, whoever used this browser before.
    effect(() => {
      const language = this.session.preferences()?.default_locale ?? "";
      if (isLanguage(language) && language !== untracked(this.i18n.current)) void this.i18n.choose(language);
    });
    const narrow = matchMedia(NARROW);
    const follow = () => this.narrow.set(narrow.matches);
    follow();
    narrow.addEventListener("change", follow);
    inject(DestroyRef).onDestroy(() => narrow.removeEventListener("change", follow));
  }

  protected key(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.searching.set(true);
    } else if (!this.keys.isCommand(event)) {
      return;
    } else if (event.key === "[") {
      this.fold();
    } else if (event.key === "g" || event.key === "G") {
      this.letterUntil = performance.now() + LETTER_MS;
    } else if (performance.now() < this.letterUntil) {
      this.letterUntil = 0;
      this.goTo(event.key.toLowerCase());
    }
  }

  private fold(): void {
    this.folded.update((folded) => !folded);
    localStorage.setItem(FOLDED_KEY, this.folded() ? "1" : "0");
  }

  private goTo(letter: string): void {
    const entry = this.entries().find(({ page }) => page.key === letter);
    if (entry) void this.router.navigate(entry.link, { queryParams: entry.params });
  }
}
