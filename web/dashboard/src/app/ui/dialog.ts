import {
  AfterViewInit,
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  inject,
  input,
  output,
  viewChild,
} from "@angular/core";

import { I18n } from "../core/i18n";
import { Icon } from "./icon";

/** A modal dialog on the browser's own: it keeps the focus inside, closes with Escape and gives the focus back. */
@Component({
  selector: "hk-dialog",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <dialog #dialog class="dialog" aria-labelledby="hk-dialog-title" (close)="closed.emit()">
      <div class="dialog-body">
        <header>
          <h2 id="hk-dialog-title">{{ heading() }}</h2>
          <button type="button" class="icon-btn" [attr.aria-label]="t('action.close')" (click)="close()">
            <hk-icon name="close" />
          </button>
        </header>
        <ng-content />
      </div>
    </dialog>
  `,
})
export class Dialog implements AfterViewInit {
  readonly heading = input.required<string>();
  readonly closed = output();
  protected readonly t = inject(I18n).t;
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>("dialog");

  ngAfterViewInit(): void {
    const dialog = this.dialog().nativeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("input,select")?.focus();
    // A click on the backdrop is one on the dialog itself; its content fills it.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) this.close();
    });
  }

  close(): void {
    this.dialog().nativeElement.close();
  }
}
