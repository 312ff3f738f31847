import { Menu as AriaMenu, MenuItem } from "@angular/aria/menu";
import { NgTemplateOutlet } from "@angular/common";
import {
  ChangeDetectionStrategy,
  Component,
  afterNextRender,
  input,
  output,
  viewChild,
  viewChildren,
} from "@angular/core";
import { Params, RouterLink } from "@angular/router";

import { Icon, IconName } from "./icon";
import { SiteMark } from "./site-mark";

/** What can be chosen: its words, a quieter word behind them, and at the right a key or a figure. */
export interface MenuEntry<T = string> {
  value: T;
  text: string;
  note?: string;
  icon?: IconName;
  /** A site's domain, for its letter. */
  site?: string;
  tail?: string;
  /** One of several of which one is chosen, or several are. */
  checked?: boolean;
  disabled?: boolean;
  /** Leads to another page: the router's commands. */
  link?: readonly unknown[];
  params?: Params;
}

/** An entry, a heading above the next entries, or a line between groups. */
export type MenuPart<T = string> = MenuEntry<T> | { heading: string } | "rule";

/**
 * The entries of a menu. Arrow keys, Home and End move, letters search, Enter and Space choose. What is chosen has a check
 *
 * mark; where several can be, each entry has a box and the menu stays open.
 */
@Component({
  selector: "hk-menu",
  imports: [AriaMenu, MenuItem, Icon, NgTemplateOutlet, RouterLink, SiteMark],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./menu.css",
  template: `
    <div ngMenu class="menu" [attr.aria-label]="label()" (itemSelected)="chosen.emit($any($event))">
      @for (part of parts(); track $index) {
        @if (part === "rule") {
          <hr />
        } @else if (isHeading(part)) {
          <span class="head" role="presentation">{{ part.heading }}</span>
        } @else if (part.link) {
          <a
            ngMenuItem
            [value]="part.value"
            [searchTerm]="part.text"
            [routerLink]="part.link"
            [queryParams]="part.params"
            [attr.aria-current]="part.checked ? 'page' : null"
            (keydown.enter)="follow($event)"
          >
            <ng-container [ngTemplateOutlet]="inside" [ngTemplateOutletContext]="{ $implicit: part }" />
          </a>
        } @else {
          <button
            type="button"
            ngMenuItem
            [value]="part.value"
            [searchTerm]="part.text"
            [disabled]="part.disabled ?? false"
            [role]="part.checked === undefined ? 'menuitem' : several() ? 'menuitemcheckbox' : 'menuitemradio'"
            [attr.aria-checked]="part.checked ?? null"
          >
            <ng-container [ngTemplateOutlet]="inside" [ngTemplateOutletContext]="{ $implicit: part }" />
          </button>
        }
      }
    </div>
    <ng-template #inside let-part>
      @if (several() && part.checked !== undefined) {
        <span class="box" [class.on]="part.checked"><hk-icon name="check" /></span>
      }
      @if (part.site) {
        <hk-site-mark [domain]="part.site" />
      } @else if (part.icon) {
        <hk-icon [name]="part.icon" />
      }
      <bdi class="text">
        {{ part.text }}
        @if (part.note) {
          &ngsp;
          <small>{{ part.note }}</small>
        }
      </bdi>
      @if (part.tail) {
        <span class="tail">{{ part.tail }}</span>
      }
      @if (part.checked && !part.tail && !several()) {
        <hk-icon class="tick" name="check" />
      }
    </ng-template>
  `,
})
export class Menu<T> {
  readonly label = input.required<string>();
  readonly parts = input.required<readonly MenuPart<T>[]>();
  readonly several = input(false);
  readonly chosen = output<T>();

  private readonly menu = viewChild.required<AriaMenu<T>>(AriaMenu);
  private readonly items = viewChildren<MenuItem<T>>(MenuItem);

  constructor() {
    // The focus, and with it the arrow keys, start at what is chosen.
    afterNextRender({
      read: () => {
        const items = this.items();
        const first = items.find((item) => item.element.matches('[aria-checked="true"],[aria-current]')) ?? items[0];
        if (first) this.menu()._pattern.listBehavior.goto(first._pattern);
      },
    });
  }

  protected isHeading(part: MenuPart<T>): part is { heading: string } {
    return typeof part === "object" && "heading" in part;
  }

  /** Enter follows a link as a click does, and chooses it. */
  protected follow(event: Event): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    (event.currentTarget as HTMLElement).click();
  }
}
