import { Combobox as AriaCombobox } from "@angular/aria/combobox";
import {
  ChangeDetectionStrategy,
  Component,
  booleanAttribute,
  computed,
  inject,
  input,
  model,
  signal,
} from "@angular/core";

import { Control } from "./control";
import { Field } from "./field";
import { Icon } from "./icon";
import { ListChoice, Options } from "./options";

/**
 * One of a list, chosen behind a button, in a field. Arrow keys, Home, End and letters move in the open list; Enter and
 * Space choose, Escape closes.
 */
@Component({
  selector: "hk-select",
  imports: [AriaCombobox, Control, Icon, Options],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./select.css",
  host: { "[class.small]": "small()" },
  template: `
    <button
      type="button"
      hkControl
      ngCombobox
      #box="ngCombobox"
      class="pick"
      [(expanded)]="open"
      [attr.aria-labelledby]="field.name() + '-label ' + field.name() + '-value'"
    >
      <span [id]="field.name() + '-value'">{{ text() }}</span>
      <hk-icon name="down" />
    </button>
    <hk-options
      [box]="box"
      [labelledBy]="field.name() + '-label'"
      [choices]="choices()"
      [chosen]="[chosen()]"
      [(open)]="open"
      (taken)="chosen.set($event)"
    />
  `,
})
export class Select<T> {
  readonly choices = input.required<readonly ListChoice<T>[]>();
  readonly chosen = model.required<T>();
  readonly small = input(false, { transform: booleanAttribute });

  protected readonly field = inject(Field);
  protected readonly open = signal(false);
  protected readonly text = computed(() => this.choices().find((choice) => choice.value === this.chosen())?.text ?? "");
}
