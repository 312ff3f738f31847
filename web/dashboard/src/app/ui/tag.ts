import { ChangeDetectionStrategy, Component, input } from "@angular/core";

/** How something stands: the colour repeats what the word says. */
export type Tone = "" | "good" | "mid" | "bad";

/** One word about a thing. "on" is something that runs or is chosen. */
@Component({
  selector: "hk-tag",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./tag.css",
  host: { "[class]": "tone()" },
  template: `
    <ng-content />
  `,
})
export class Tag {
  readonly tone = input<Tone | "on">("");
}
