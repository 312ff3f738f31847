import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  afterNextRender,
  inject,
  Injector,
  input,
  signal,
  viewChild,
} from "@angular/core";

import { Icon } from "./icon";

/** A button with a panel below it. Escape, a click outside, or focus that leaves closes it; Escape gives the focus back. */
@Component({
  selector: "hk-popover",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: {
    "(document:pointerdown)": "outside($event)",
    "(focusout)": "left($event)",
    "(keydown.escape)": "escape($event)",
  },
  template: `
    <button
      #button
      type="button"
      [class]="buttonClass()"
      [attr.aria-haspopup]="kind()"
      [attr.aria-expanded]="open()"
      [attr.aria-label]="label() || null"
      (click)="toggle()"
      (keydown.arrowdown)="show(); $event.preventDefault()"
    >
      <ng-content select="[face]" />
      <hk-icon name="down" />
    </button>
    @if (open()) {
      <div
        #panel
        class="pop"
        [class.end]="side() === 'end'"
        [attr.role]="kind() === 'dialog' ? 'dialog' : null"
        [attr.aria-label]="kind() === 'dialog' ? label() : null"
      >
        <ng-content />
      </div>
    }
  `,
})
export class Popover {
  readonly label = input("");
  readonly kind = input<"menu" | "dialog">("menu");
  readonly side = input<"start" | "end">("start");
  readonly buttonClass = input("btn");
  readonly open = signal(false);

  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);
  private readonly button = viewChild.required<ElementRef<HTMLButtonElement>>("button");
  private readonly panel = viewChild<ElementRef<HTMLElement>>("panel");

  toggle(): void {
    if (this.open()) this.open.set(false);
    else this.show();
  }

  show(): void {
    this.open.set(true);
    afterNextRender(
      () => {
        const panel = this.panel()?.nativeElement;
        const first =
          panel?.querySelector<HTMLElement>('[aria-checked="true"],[aria-current]') ??
          panel?.querySelector<HTMLElement>("a,button,input,select");
        first?.focus();
      },
      { injector: this.injector },
    );
  }

  /** Closes, and puts the focus back where it came from. */
  close(): void {
    this.open.set(false);
    this.button().nativeElement.focus();
  }

  protected outside(event: Event): void {
    if (this.open() && !this.host.contains(event.target as Node)) this.open.set(false);
  }

  protected left(event: FocusEvent): void {
    const to = event.relatedTarget as Node | null;
    if (to && !this.host.contains(to)) this.open.set(false);
  }

  protected escape(event: Event): void {
    if (!this.open()) return;
    event.stopPropagation();
    this.close();
  }
}
