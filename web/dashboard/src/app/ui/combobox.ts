import { Combobox as AriaCombobox } from "@angular/aria/combobox";
import {
  ChangeDetectionStrategy,
  Component,
  computed,
  inject,
  input,
  linkedSignal,
  model,
  signal,
} from "@angular/core";

import { Control } from "./control";
import { Field } from "./field";
import { Input } from "./input";
import { ListChoice, Options } from "./options";

/** As many as one looks through; more letters bring the others. */
const SHOWN = 50;

/** Whether every word of what is typed begins somewhere in the text, whatever its case and accents. */
export function matches(text: string, typed: string): boolean {
  const plain = (one: string): string => one.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain(typed)
    .split(/[\s/_]+/)
    .every((word) => plain(text).includes(word));
}

/**
 * One of a long list, found by typing, in a field. Arrow keys move in the matches, Enter takes one; what was chosen comes
 * back when nothing is taken. With `free` any text can be taken: the list only suggests.
 */
@Component({
  selector: "hk-combobox",
  imports: [AriaCombobox, Control, Input, Options],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./combobox.css",
  template: `
    <input
      hkInput
      hkControl
      ngCombobox
      #box="ngCombobox"
      type="text"
      autocomplete="off"
      spellcheck="false"
      [(expanded)]="open"
      [(value)]="typed"
      (focus)="$any($event.target).select()"
      (blur)="left()"
    />
    <hk-options
      [box]="box"
      [labelledBy]="field.name() + '-label'"
      [choices]="found()"
      [chosen]="[chosen()]"
      [(open)]="open"
      (taken)="take($event)"
    />
  `,
})
export class Combobox {
  readonly choices = input.required<readonly ListChoice[]>();
  readonly chosen = model.required<string>();
  readonly free = input(false);

  protected readonly field = inject(Field);
  protected readonly open = signal(false);
  protected readonly text = computed(() => {
    const chosen = this.chosen();
    return this.choices().find((choice) => choice.value === chosen)?.text ?? chosen;
  });
  protected readonly typed = linkedSignal(() => this.text());
  protected readonly found = computed(() => {
    const typed = this.typed() === this.text() ? "" : this.typed();
    return this.choices()
      .filter((choice) => matches(choice.text, typed))
      .slice(0, SHOWN);
  });

  protected take(value: string): void {
    this.chosen.set(value);
    this.typed.set(this.text());
  }

  protected left(): void {
    if (this.free() && this.typed().trim()) this.chosen.set(this.typed().trim());
    this.typed.set(this.text());
  }
}
