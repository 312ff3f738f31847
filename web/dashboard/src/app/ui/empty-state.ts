import { ChangeDetectionStrategy, Component, input } from "@angular/core";

/** Why there is nothing, in one sentence, and the one action that changes it; once a page at most. */
@Component({
  selector: "hk-empty-state",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./empty-state.css",
  template: `
    <h2>{{ heading() }}</h2>
    <p>{{ text() }}</p>
    <ng-content />
  `,
})
export class EmptyState {
  readonly heading = input.required<string>();
  readonly text = input.required<string>();
}
