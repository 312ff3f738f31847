import {
  AfterViewInit,
  ChangeDetectionStrategy,
  Component,
  Directive,
  ElementRef,
  booleanAttribute,
  inject,
  input,
  output,
  viewChild,
} from "@angular/core";

import { I18n } from "../core/i18n";
import { IconButton } from "./icon-button";

let count = 0;

/**
 * What is modal stands on the browser's own dialog, which keeps the focus inside, closes with Escape, and gives the focus
 * back. Open as long as it is there.
 */
@Directive()
abstract class Modal implements AfterViewInit {
  readonly heading = input.required<string>();
  readonly closed = output();
  protected readonly t = inject(I18n).t;
  protected readonly title = `dialog-${++count}`;
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>("dialog");

  ngAfterViewInit(): void {
    const dialog = this.dialog().nativeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("input,select,[role=combobox]")?.focus();
    // A click on the backdrop is one on the dialog itself; its content fills it.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) this.close();
    });
  }

  close(): void {
    // A list of a field in it closes a moment after the field was left.
    setTimeout(() => {
      this.dialog().nativeElement.close();
    });
  }
}

/** Asks for one thing: its content, and below a line what is in `[foot]`. "large" fills the screen of a phone. */
@Component({
  selector: "hk-dialog",
  imports: [IconButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./dialog.css",
  host: { "[class.large]": "large()" },
  template: `
    <dialog #dialog [attr.aria-labelledby]="title" (close)="closed.emit()">
      <div class="inside">
        <header>
          <h2 [id]="title">{{ heading() }}</h2>
          @if (hint()) {
            <small>{{ hint() }}</small>
          }
          <button type="button" hkIconButton="close" [label]="t('action.close')" (click)="close()"></button>
        </header>
        <ng-content />
        <footer><ng-content select="[foot]" /></footer>
      </div>
    </dialog>
  `,
})
export class Dialog extends Modal {
  readonly hint = input("");
  readonly large = input(false, { transform: booleanAttribute });
}

/** A list in detail, or an editor, at the right; on a phone it fills the screen. Its page keeps it in the address (`ui/in-address.ts`). */
@Component({
  selector: "hk-sheet",
  imports: [IconButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./sheet.css",
  template: `
    <dialog #dialog [attr.aria-labelledby]="title" (close)="closed.emit()">
      <header>
        <h2 [id]="title">{{ heading() }}</h2>
        <ng-content select="[tools]" />
        <button type="button" hkIconButton="close" [label]="t('action.close')" (click)="close()"></button>
      </header>
      <div class="scroll"><ng-content /></div>
      <footer><ng-content select="[foot]" /></footer>
    </dialog>
  `,
})
export class Sheet extends Modal {}
