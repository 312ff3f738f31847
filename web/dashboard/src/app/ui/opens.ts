import {
  ComponentRef,
  Directive,
  ElementRef,
  OnDestroy,
  TemplateRef,
  Type,
  ViewContainerRef,
  afterNextRender,
  inject,
  input,
  inputBinding,
  output,
  outputBinding,
  signal,
} from "@angular/core";

import type { MenuPart } from "./menu";
import type { PanelLook } from "./panel";

/** What is needed for panels comes this long after the page, in ms, where the browser does not say when it is idle. */
const IDLE_MS = 1_000;

const whenIdle = (task: () => void): void => {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(task);
  else setTimeout(task, IDLE_MS);
};

/**
 * A button that opens something below itself. A second click, Escape, a click elsewhere, or focus that leaves closes it;
 * Escape and a choice give the focus back. The code that places panels comes while the browser is idle, not with the page.
 */
@Directive({
  host: {
    "[attr.aria-expanded]": "open()",
    "(click)": "toggle()",
    "(keydown.arrowdown)": "$event.preventDefault(); show()",
  },
})
abstract class Opener implements OnDestroy {
  readonly side = input<"start" | "end">("start");
  readonly open = signal(false);

  protected readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  protected readonly container = inject(ViewContainerRef);
  private shown: ComponentRef<unknown> | undefined;
  private gone = false;

  constructor() {
    // What does not come now is asked for again by the click.
    afterNextRender(() => whenIdle(() => void this.load().catch(() => null)));
  }

  ngOnDestroy(): void {
    this.gone = true;
    this.shown?.destroy();
  }

  toggle(): void {
    if (this.open()) this.close(true);
    else this.show();
  }

  show(): void {
    if (this.open()) return;
    this.open.set(true);
    void this.load().then((type) => {
      if (this.open() && !this.gone) this.shown = this.create(type);
    });
  }

  /** With `refocus` the focus goes back to the button. */
  close(refocus: boolean): void {
    this.open.set(false);
    this.shown?.destroy();
    this.shown = undefined;
    if (refocus) this.element.focus();
  }

  /** The button's own name names what it opens. */
  protected label(): string {
    return this.element.getAttribute("aria-label") ?? this.element.textContent.trim();
  }

  protected abstract load(): Promise<Type<unknown>>;
  protected abstract create(type: Type<unknown>): ComponentRef<unknown>;
}

/** Opens a dialog below the button: a template, made anew each time, that is given `close`. */
@Directive({ selector: "[hkOpens]", exportAs: "hkOpens", host: { "aria-haspopup": "dialog" } })
export class Opens extends Opener {
  readonly hkOpens = input.required<TemplateRef<unknown>>();
  readonly panelLook = input<PanelLook>("");

  protected load(): Promise<Type<unknown>> {
    return import("./panel").then((m) => m.TemplatePanel);
  }

  protected create(type: Type<unknown>): ComponentRef<unknown> {
    return this.container.createComponent(type, {
      bindings: [
        inputBinding("origin", () => this.element),
        inputBinding("label", () => this.label()),
        inputBinding("side", this.side),
        inputBinding("look", this.panelLook),
        inputBinding("content", this.hkOpens),
        outputBinding<boolean>("closed", (refocus) => this.close(refocus)),
      ],
    });
  }
}

/** Opens a menu below the button. Where several entries can be chosen it stays open. */
@Directive({ selector: "[hkMenu]", exportAs: "hkMenu", host: { "aria-haspopup": "menu" } })
export class MenuOpener<T> extends Opener {
  readonly hkMenu = input.required<readonly MenuPart<T>[]>();
  readonly several = input(false);
  readonly panelLook = input<PanelLook>("");
  readonly chosen = output<T>();

  protected load(): Promise<Type<unknown>> {
    return import("./menu-panel").then((m) => m.MenuPanel);
  }

  protected create(type: Type<unknown>): ComponentRef<unknown> {
    return this.container.createComponent(type, {
      bindings: [
        inputBinding("origin", () => this.element),
        inputBinding("label", () => this.label()),
        inputBinding("side", this.side),
        inputBinding("look", this.panelLook),
        inputBinding("parts", this.hkMenu),
        inputBinding("several", this.several),
        outputBinding<boolean>("closed", (refocus) => this.close(refocus)),
        outputBinding<T>("chosen", (value) => {
          if (!this.several()) this.close(true);
          this.chosen.emit(value);
        }),
      ],
    });
  }
}
