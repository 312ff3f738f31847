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

import { I18n } from "../core/i18n";
import { Input } from "./input";
import { Link } from "./link";

/**
 * A control with its label, its hint and its error, tied together for screen readers: a text input (a password can be
 * looked at), or the control that is its content, `hk-select`, `hk-combobox` or `hk-chips`, or an own one with `hkControl`.
 */
@Component({
  selector: "hk-field",
  imports: [Input, Link],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./field.css",
  host: { class: "field" },
  template: `
    <label [attr.for]="name()" [id]="name() + '-label'" [class.sr]="bare()">
      {{ label() }}
      @if (!required()) {
        <small>{{ t("field.optional") }}</small>
      }
    </label>
    <span class="control">
      <ng-content>
        <input
          hkInput
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
          [attr.aria-describedby]="describedBy()"
          (input)="value.set($any($event.target).value)"
        />
        @if (type() === "password") {
          <button type="button" hkLink="quiet" [attr.aria-controls]="name()" (click)="shown.set(!shown())">
            {{ t(shown() ? "action.hide" : "action.show") }}
          </button>
        }
      </ng-content>
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

  /** The row that it stands in shows the label. */
  readonly bare = input(false, { transform: booleanAttribute });

  /** The id of what describes the control. */
  readonly describedBy = computed(() =>
    this.error() ? `${this.name()}-error` : this.hint() ? `${this.name()}-hint` : null,
  );
  protected readonly t = inject(I18n).t;
  protected readonly shown = signal(false);
}
