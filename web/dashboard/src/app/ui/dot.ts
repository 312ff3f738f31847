import { ChangeDetectionStrategy, Component, input } from "@angular/core";

import { Tone } from "./tag";

/** A dot beside a word that says the same. */
@Component({
  selector: "hk-dot",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./dot.css",
  host: { "aria-hidden": "true", "[class]": "tone()" },
  template: "",
})
export class Dot {
  readonly tone = input<Tone>("");
}
