import { ChangeDetectionStrategy, Component, booleanAttribute, input, output } from "@angular/core";

import { Button } from "./button";
import { FormState } from "./form";

/** A form that is a card of its own: its heading, its fields, what is wrong with the whole of it, and the button that sends it. */
@Component({
  selector: "hk-form-card",
  imports: [Button],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./form.css",
  host: { class: "block" },
  template: `
    <form class="card form" novalidate (submit)="send.emit($event)">
      <h1>{{ heading() }}</h1>
      <ng-content />
      @if (form().error("form"); as error) {
        <p class="error" role="alert">{{ error }}</p>
      }
      <button type="submit" [hkButton]="second() ? '' : 'primary'" [attr.aria-disabled]="form().busy()">
        {{ action() }}
      </button>
      <ng-content select="[below]" />
    </form>
  `,
})
export class FormCard {
  readonly heading = input.required<string>();
  /** What its button says. */
  readonly action = input.required<string>();
  /** Another button above is what most people take. */
  readonly second = input(false, { transform: booleanAttribute });
  readonly form = input.required<FormState>();
  readonly send = output<Event>();
}
