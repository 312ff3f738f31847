import { Directive, ElementRef, inject, input } from "@angular/core";

/**
 * Arrow keys, Home and End move within a group of controls that is one stop for Tab (tabs, radios, menus).
 * The group's template sets tabindex 0 on its chosen member and -1 on the others. "select" also clicks on arrival.
 */
@Directive({ selector: "[hkRove]", host: { "(keydown)": "move($event)" } })
export class Rove {
  readonly hkRove = input<"select" | "focus">("select");
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  protected move(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const members = [
      ...this.host.querySelectorAll<HTMLElement>(
        '[role="tab"],[role="radio"],[role="menuitem"],[role="menuitemradio"],[role="option"],[role="button"]',
      ),
    ];
    const at = members.indexOf(document.activeElement as HTMLElement);
    const target = Rove.target(event.key, at, members.length);
    if (at < 0 || target === undefined) return;
    event.preventDefault();
    members[target]?.focus();
    if (this.hkRove() === "select") members[target]?.click();
  }

  private static target(key: string, at: number, count: number): number | undefined {
    switch (key) {
      case "ArrowRight":
      case "ArrowDown":
        return (at + 1) % count;
      case "ArrowLeft":
      case "ArrowUp":
        return (at - 1 + count) % count;
      case "Home":
        return 0;
      case "End":
        return count - 1;
      default:
        return undefined;
    }
  }
}
