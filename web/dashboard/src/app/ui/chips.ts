import { Combobox as AriaCombobox } from "@angular/aria/combobox";
import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  effect,
  inject,
  input,
  linkedSignal,
  model,
  output,
  untracked,
  viewChild,
} from "@angular/core";

import { I18n } from "../core/i18n";
import { Control } from "./control";
import { Field } from "./field";
import { Icon } from "./icon";
import { ListChoice, Options } from "./options";
import { Choice } from "./seg";

/**
 * Several values, each a chip, found by typing, in a field. A click on a chip takes it away, and so does Backspace in the
 * empty field for the last one. Its page finds the choices by `typed`; Enter takes the one at hand. Where none is found
 * Enter takes what is typed, and so it is kept when one leaves; with `listed` only choices are taken, as soon as they come.
 */
@Component({
  selector: "hk-chips",
  imports: [AriaCombobox, Control, Icon, Options],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./chips.css",
  template: `
    <div #frame class="chips">
      @for (chip of chips(); track chip.value) {
        <button
          type="button"
          class="chip"
          [attr.aria-label]="t('field.take_away', { value: chip.text })"
          (click)="remove(chip.value)"
        >
          <bdi>{{ chip.text }}</bdi>
          <hk-icon name="close" />
        </button>
      }
      <input
        #entry
        hkControl
        ngCombobox
        #box="ngCombobox"
        type="text"
        autocomplete="off"
        spellcheck="false"
        [(expanded)]="open"
        [(value)]="typed"
        (click)="open.set(true)"
        (keydown)="key($event)"
        (blur)="left()"
      />
    </div>
    <hk-options
      [box]="box"
      [below]="frame"
      [labelledBy]="field.name() + '-label'"
      [heading]="heading()"
      [choices]="choices()"
      [several]="true"
      [chosen]="values()"
      [typed]="typed()"
      [(open)]="open"
      (taken)="take($event)"
    />
  `,
})
export class Chips {
  /** What is chosen, as it is called. */
  readonly chips = input.required<readonly Choice[]>();
  /** What is offered for what is typed. */
  readonly choices = input.required<readonly ListChoice[]>();
  readonly heading = input("");
  readonly listed = input(false);
  readonly values = model.required<readonly string[]>();
  readonly typed = model("");
  readonly open = model(false);
  /** A choice that stands apart is no value: its page knows what it means, with what is typed. */
  readonly apart = output<string>();

  protected readonly t = inject(I18n).t;
  protected readonly field = inject(Field);
  private readonly entry = viewChild.required<string, ElementRef<HTMLInputElement>>("entry", { read: ElementRef });
  /** Enter was pressed, and no choice is there for what is typed. */
  private readonly wanted = linkedSignal({ source: this.typed, computation: () => false });

  constructor() {
    effect(() => {
      const found = this.wanted() ? this.choices().find(({ value }) => !this.values().includes(value)) : undefined;
      if (found) untracked(() => this.take(found.value));
    });
  }

  focus(): void {
    this.entry().nativeElement.focus();
  }

  protected remove(value: string): void {
    this.values.update((values) => values.filter((one) => one !== value));
    this.focus();
  }

  protected take(value: string): void {
    const typed = this.typed().trim();
    const apart = this.choices().some((choice) => choice.apart && choice.value === value);
    this.clear();
    if (apart) this.apart.emit(typed);
    else this.add(value);
  }

  protected key(event: KeyboardEvent): void {
    if (event.key === "Backspace" && !this.typed()) this.values.update((values) => values.slice(0, -1));
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    // With choices in sight the list takes the one at hand; with nothing typed the form is sent.
    if (!this.typed().trim() || (this.open() && this.choices().length)) return;
    event.preventDefault();
    if (this.listed()) this.wanted.set(true);
    else this.keep();
  }

  /**
   * What is typed is kept when one leaves. Where one does so by pressing something, only once that is let go: a chip more
   * may take a line more, and what is pressed must not move away from under the pointer.
   */
  protected left(): void {
    if (document.querySelector(":active")) {
      document.addEventListener("mouseup", () => this.keep(), { once: true, capture: true });
    } else {
      this.keep();
    }
  }

  /** Takes what is typed as a value. */
  private keep(): void {
    const value = this.typed().trim();
    this.clear();
    this.open.set(false);
    if (value && !this.listed()) this.add(value);
  }

  /** The field too, at once: what is typed next must not wait for it to be drawn. */
  private clear(): void {
    this.entry().nativeElement.value = "";
    this.typed.set("");
  }

  private add(value: string): void {
    if (!this.values().includes(value)) this.values.update((values) => [...values, value]);
  }
}
