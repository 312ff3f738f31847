import { Combobox as AriaCombobox, ComboboxPopup, ComboboxWidget } from "@angular/aria/combobox";
import { Listbox, Option } from "@angular/aria/listbox";
import { CdkConnectedOverlay, type OverlayRef } from "@angular/cdk/overlay";
import {
  ApplicationRef,
  ChangeDetectionStrategy,
  Component,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  model,
  output,
  untracked,
  viewChild,
} from "@angular/core";

import { I18n } from "../core/i18n";
import { Icon } from "./icon";
import { Choice } from "./seg";

/** A choice of a list, with a quieter word or figure at its end. */
export interface ListChoice<T = string> extends Choice<T> {
  tail?: string;
  /** Below a line: it is of another kind than those above. */
  apart?: boolean;
}

/** The list that opens below the field of `hk-select`, `hk-combobox` and `hk-chips`, as wide as it, at what is chosen. */
@Component({
  selector: "hk-options",
  imports: [CdkConnectedOverlay, ComboboxPopup, ComboboxWidget, Icon, Listbox, Option],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./options.css",
  template: `
    <ng-template ngComboboxPopup [combobox]="box()">
      <ng-template
        cdkConnectedOverlay
        cdkConnectedOverlayUsePopover="inline"
        [cdkConnectedOverlayOpen]="open()"
        [cdkConnectedOverlayOrigin]="below() ?? box().element"
        [cdkConnectedOverlayMatchWidth]="true"
        [cdkConnectedOverlayDisableClose]="true"
        (overlayOutsideClick)="open.set(false)"
      >
        <div class="list" (mousedown)="$event.preventDefault()">
          @if (heading()) {
            <p class="heading">{{ heading() }}</p>
          }
          <div
            ngComboboxWidget
            ngListbox
            #list="ngListbox"
            focusMode="activedescendant"
            selectionMode="explicit"
            [multi]="several()"
            [tabindex]="-1"
            [attr.aria-labelledby]="labelledBy()"
            [activeDescendant]="list.activeDescendant()"
            [value]="selected()"
            (valueChange)="take($event)"
          >
            @for (choice of choices(); track choice.value) {
              <div ngOption [value]="choice.value" [label]="choice.text" [class.apart]="choice.apart">
                <span>
                  @for (piece of pieces(choice.text); track $index) {
                    @if ($index === 1) {
                      <b [textContent]="piece"></b>
                    } @else {
                      <i [textContent]="piece"></i>
                    }
                  }
                </span>
                @if (choice.tail) {
                  <small>{{ choice.tail }}</small>
                }
                @if (chosen().includes(choice.value)) {
                  <hk-icon name="check" />
                }
              </div>
            }
          </div>
          @if (!choices().length) {
            <p class="none" role="status">{{ t("field.no_match") }}</p>
          }
        </div>
      </ng-template>
    </ng-template>
  `,
})
export class Options<T> {
  /** The field. */
  readonly box = input.required<AriaCombobox>();
  /** What the list is as wide as, where that is not the field. */
  readonly below = input<HTMLElement>();
  readonly labelledBy = input.required<string>();
  readonly heading = input("");
  readonly choices = input.required<readonly ListChoice<T>[]>();
  readonly chosen = input.required<readonly T[]>();
  /** More than one can be chosen: the first that is not is the one at hand, else that which is. */
  readonly several = input(false);
  /** Stands out where a choice has it. */
  readonly typed = input("");
  readonly open = model.required<boolean>();
  /** A choice was made, perhaps of what is chosen. */
  readonly taken = output<T>();

  protected readonly t = inject(I18n).t;
  private readonly list = viewChild<Listbox<T>>(Listbox);
  private readonly overlay = viewChild(CdkConnectedOverlay);
  protected readonly selected = computed(() =>
    this.choices()
      .map((choice) => choice.value)
      .filter((value) => this.chosen().includes(value)),
  );

  constructor() {
    // A key finds the list and the field as the key before left them: on a busy machine one types faster than they are drawn.
    const app = inject(ApplicationRef);
    effect((ended) => {
      const field = this.box().element;
      const draw = (): void => {
        app.tick();
      };
      field.addEventListener("keydown", draw, { capture: true });
      ended(() => {
        field.removeEventListener("keydown", draw, { capture: true });
      });
    });
    // A list that grows may fit only above its field. Before it is drawn there is no overlay yet.
    afterRenderEffect(() => {
      const drawn: OverlayRef | undefined = this.overlay()?.overlayRef;
      if (this.choices().length && this.open()) drawn?.updatePosition();
    });
    // What is at hand is found among choices that are drawn.
    afterRenderEffect(() => {
      const list = this.list();
      if (!list || !this.open()) return;
      const choices = this.several() ? this.choices() : untracked(this.choices);
      untracked(() => {
        const at = choices.findIndex((choice) => this.chosen().includes(choice.value) !== this.several());
        if (at < 0) return;
        list.gotoIndex(at);
        list.scrollActiveItemIntoView({ block: "nearest" });
      });
    });
  }

  /** What stands before what is typed, that, and what comes behind it. */
  protected pieces(text: string): string[] {
    const typed = this.typed().trim();
    const at = typed ? text.toLowerCase().indexOf(typed.toLowerCase()) : -1;
    return at < 0 ? [text] : [text.slice(0, at), text.slice(at, at + typed.length), text.slice(at + typed.length)];
  }

  /** The list says what is chosen in it now; what was made is the difference. */
  protected take(values: T[]): void {
    const selected = this.selected();
    const value =
      values.find((one) => !selected.includes(one)) ?? selected.find((one) => !values.includes(one)) ?? values[0];
    this.open.set(false);
    if (value !== undefined) this.taken.emit(value);
  }
}
