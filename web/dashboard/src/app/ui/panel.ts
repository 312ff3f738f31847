import { CdkConnectedOverlay, ConnectedPosition } from "@angular/cdk/overlay";
import { NgTemplateOutlet } from "@angular/common";
import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  ElementRef,
  TemplateRef,
  afterNextRender,
  computed,
  inject,
  input,
  output,
  viewChild,
} from "@angular/core";

/** Between the button and its panel, in px. */
const GAP = 6;
/** Between a panel and the edge of the window, in px. */
const MARGIN = 14;

/** "bare" has no padding, "tall" may fill the window, "sheet" rises from the lower edge of a phone. */
export type PanelLook = "" | "bare" | "sheet" | "bare tall sheet";

function positions(side: "start" | "end"): ConnectedPosition[] {
  const at = (x: "start" | "end", below: boolean): ConnectedPosition => ({
    originX: x,
    overlayX: x,
    originY: below ? "bottom" : "top",
    overlayY: below ? "top" : "bottom",
    offsetY: below ? GAP : -GAP,
  });
  const other = side === "start" ? "end" : "start";
  return [at(side, true), at(other, true), at(side, false), at(other, false)];
}

/**
 * What opens below a button, or above it where there is no room: in the browser's top layer, but for Tab right behind
 * its origin. It is there as long as it is open; `closed` says that it wants to go, and whether the focus goes back.
 */
@Component({
  selector: "hk-panel",
  host: { class: "contents" },
  imports: [CdkConnectedOverlay],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./panel.css",
  template: `
    <ng-template
      cdkConnectedOverlay
      [cdkConnectedOverlayOpen]="true"
      [cdkConnectedOverlayDisableClose]="true"
      cdkConnectedOverlayPush
      cdkConnectedOverlayUsePopover="inline"
      [cdkConnectedOverlayPanelClass]="look().includes('sheet') ? 'hk-sheet-pane' : ''"
      [cdkConnectedOverlayOrigin]="origin()"
      [cdkConnectedOverlayPositions]="positions()"
      [cdkConnectedOverlayMinWidth]="origin().offsetWidth"
      [cdkConnectedOverlayViewportMargin]="margin"
      (overlayOutsideClick)="closed.emit(false)"
    >
      <div
        #panel
        class="pop"
        [class]="look()"
        [attr.role]="label() ? 'dialog' : null"
        [attr.aria-label]="label() || null"
        (focusout)="left($event)"
      >
        <ng-content />
      </div>
    </ng-template>
  `,
})
export class Panel {
  readonly origin = input.required<HTMLElement>();
  /** Names a dialog; what it holds may name itself. */
  readonly label = input("");
  readonly side = input<"start" | "end">("start");
  readonly look = input<PanelLook>("");
  /** True: the focus goes back to the origin. */
  readonly closed = output<boolean>();

  protected readonly margin = MARGIN;
  protected readonly positions = computed(() => positions(this.side()));
  private readonly overlay = viewChild.required(CdkConnectedOverlay);
  private readonly gone = inject(DestroyRef);
  private readonly panel = viewChild.required<ElementRef<HTMLElement>>("panel");

  constructor() {
    afterNextRender({
      read: () => {
        // While it goes down: a menu keeps Escape for itself.
        this.panel().nativeElement.addEventListener("keydown", (event) => this.escape(event), { capture: true });
        this.takeFocus();
        this.follow();
      },
    });
  }

  /** Keeps its place when its content grows. */
  private follow(): void {
    if (!("ResizeObserver" in globalThis)) return;
    const observer = new ResizeObserver(() => this.overlay().overlayRef.updatePosition());
    observer.observe(this.panel().nativeElement);
    this.gone.onDestroy(() => observer.disconnect());
  }

  /** To what is chosen, or to the first control; a menu has taken it already. */
  private takeFocus(): void {
    const panel = this.panel().nativeElement;
    if (panel.contains(document.activeElement)) return;
    const first =
      panel.querySelector<HTMLElement>('[aria-checked="true"],[aria-current]') ??
      panel.querySelector<HTMLElement>("input,a,button,select");
    first?.focus();
  }

  private escape(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    this.closed.emit(true);
  }

  protected left(event: FocusEvent): void {
    const to = event.relatedTarget as Node | null;
    if (to && !this.panel().nativeElement.contains(to) && !this.origin().contains(to)) this.closed.emit(false);
  }
}

/** A panel that holds a template, which is given `close`. */
@Component({
  selector: "hk-template-panel",
  host: { class: "contents" },
  imports: [NgTemplateOutlet, Panel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-panel [origin]="origin()" [label]="label()" [side]="side()" [look]="look()" (closed)="closed.emit($event)">
      <ng-container [ngTemplateOutlet]="content()" [ngTemplateOutletContext]="{ close: close }" />
    </hk-panel>
  `,
})
export class TemplatePanel {
  readonly origin = input.required<HTMLElement>();
  readonly label = input.required<string>();
  readonly side = input<"start" | "end">("start");
  readonly look = input<PanelLook>("");
  readonly content = input.required<TemplateRef<unknown>>();
  readonly closed = output<boolean>();
  protected readonly close = (): void => this.closed.emit(true);
}
