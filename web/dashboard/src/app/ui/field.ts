import { ChangeDetectionStrategy, Component, booleanAttribute, inject, input, model, signal } from "@angular/core";

import { I18n } from "../core/i18n";

/** A labelled text input with its hint and its error, tied together for screen readers; a password can be looked at. */
@Component({
  selector: "hk-field",
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: "field" },
  template: `
    <label [attr.for]="name()">
      {{ label() }}
      @if (!required()) {
        <small>{{ t("field.optional") }}</small>
      }
    </label>
    <span class="control">
      <input
        [id]="name()"
        [attr.name]="name()"
        [type]="shown() ? 'text' : type()"
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
      @if (type() === "password") {
        <button type="button" class="quiet" [attr.aria-controls]="name()" (click)="shown.set(!shown())">
          {{ t(shown() ? "action.hide" : "action.show") }}
        </button>
      }
    </span>
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

  protected readonly t = inject(I18n).t;
  protected readonly shown = signal(false);
}
