import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  afterNextRender,
  booleanAttribute,
  inject,
  input,
} from "@angular/core";

/**
 * A card that says one thing; its content says how to go on. "outcome" is what came of a form: it stands in the form's place
 * and takes the focus, so that nobody misses it.
 */
@Component({
  selector: "hk-message",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./message.css",
  host: { class: "card message" },
  template: `
    <h1 tabindex="-1">{{ heading() }}</h1>
    <p>{{ text() }}</p>
    <ng-content />
  `,
})
export class Message {
  readonly heading = input.required<string>();
  readonly text = input.required<string>();
  readonly outcome = input(false, { transform: booleanAttribute });

  constructor() {
    const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    afterNextRender({ read: () => this.outcome() && host.querySelector("h1")?.focus() });
  }
}
