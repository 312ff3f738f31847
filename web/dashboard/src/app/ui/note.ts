import { ChangeDetectionStrategy, Component, computed, input } from "@angular/core";

import { Icon } from "./icon";
import { Tone } from "./tag";

/** A sentence that explains, where it is needed, once. */
@Component({
  selector: "hk-note",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./note.css",
  host: { "[class]": "tone()" },
  template: `
    <hk-icon [name]="icon()" />
    <span><ng-content /></span>
  `,
})
export class Note {
  readonly tone = input<Tone>("");
  protected readonly icon = computed(() =>
    this.tone() === "good" ? "check" : this.tone() === "" ? "info" : "warning",
  );
}
