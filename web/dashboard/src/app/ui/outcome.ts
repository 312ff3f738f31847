import { ChangeDetectionStrategy, Component, ElementRef, afterNextRender, input, viewChild } from "@angular/core";

/** What came of a form: stands in its place and takes the focus, so that nobody misses it. Its content says how to go on. */
@Component({
  selector: "hk-outcome",
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: "card message" },
  template: `
    <h1 #heading tabindex="-1">{{ title() }}</h1>
    <p>{{ text() }}</p>
    <ng-content />
  `,
})
export class Outcome {
  readonly title = input.required<string>();
  readonly text = input.required<string>();

  private readonly heading = viewChild.required<ElementRef<HTMLElement>>("heading");

  constructor() {
    afterNextRender(() => this.heading().nativeElement.focus());
  }
}
