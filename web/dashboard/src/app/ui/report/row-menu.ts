import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  inject,
  input,
  output,
  viewChild,
} from "@angular/core";

import { IconButton } from "../icon-button";
import { MenuPart } from "../menu";
import { MenuOpener } from "../opens";

/** A finger rests this long for the menu, in ms. */
const LONG_PRESS_MS = 500;

/**
 * What can be done with a row of a list or a table: behind ⋯ in the row, a right click, a long press, or "." while the
 * row has the focus. It belongs into an element of the row (`li`, `tr`) that it is a part of.
 */
@Component({
  selector: "hk-row-menu",
  imports: [IconButton, MenuOpener],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./row-menu.css",
  template: `
    <button
      type="button"
      hkIconButton="dots"
      small
      tabindex="-1"
      side="end"
      aria-keyshortcuts="."
      [label]="label()"
      [hkMenu]="parts()"
      (chosen)="chosen.emit($event)"
    ></button>
  `,
})
export class RowMenu<T = string> {
  readonly label = input.required<string>();
  readonly parts = input.required<readonly MenuPart<T>[]>();
  readonly chosen = output<T>();

  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly menu = viewChild.required<MenuOpener<T>>(MenuOpener);

  constructor() {
    const gone = inject(DestroyRef);
    afterNextRender(() => {
      const row = this.host.closest<HTMLElement>("li,tr");
      if (!row) throw new Error("a row menu stands in a row");
      const over = new AbortController();
      this.listen(row, over.signal);
      gone.onDestroy(() => over.abort());
    });
  }

  private listen(row: HTMLElement, signal: AbortSignal): void {
    let pressed: ReturnType<typeof setTimeout> | undefined;
    row.addEventListener("contextmenu", (event) => this.open(event), { signal });
    row.addEventListener("keydown", (event) => event.key === "." && this.open(event), { signal });
    row.addEventListener(
      "pointerdown",
      (event) => {
        if (event.pointerType === "touch") pressed = setTimeout(() => this.menu().show(), LONG_PRESS_MS);
      },
      { signal },
    );
    for (const end of ["pointerup", "pointercancel", "pointermove"])
      row.addEventListener(end, () => clearTimeout(pressed), { signal });
  }

  private open(event: Event): void {
    event.preventDefault();
    this.menu().show();
  }
}
