import { ChangeDetectionStrategy, Component, booleanAttribute, input, model } from "@angular/core";

/** A labelled text input with its hint and its error, tied together for screen readers. */
@Component({
  selector: "hk-field",
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: "field" },
  template: `
    <label [attr.for]="name()">{{ label() }}</label>
    <input
      [id]="name()"
      [attr.name]="name()"
      [type]="type()"
      [value]="value()"
      [attr.autocomplete]="autocomplete() || null"
      [attr.inputmode]="inputmode() || null"
      [attr.spellcheck]="'false'"
      [attr.autocapitalize]="'none'"
      [required]="required()"
      [attr.aria-invalid]="error() ? 'true' : null"
      [attr.aria-describedby]="error() ? name() + '-error' : hint() ? name() + '-hint' : null"
      (input)="value.set($any($event.target).value)"
    />
    @if (error()) {
      <p class="error" [id]="name() + '-error'">{{ error() }}</p>
    } @else if (hint()) {
      <p class="hint" [id]="name() + '-hint'">{{ hint() }}</p>
    }
  `,
})
export class Field {
  readonly name = input.required<string>();
  readonly label = input.required<string>();
  readonly value = model("");
  readonly type = input<"text" | "email" | "password">("text");
  readonly autocomplete = input("");
  readonly inputmode = input("");
  readonly hint = input("");
  readonly error = input("");
  readonly required = input(false, { transform: booleanAttribute });
}
