import { ChangeDetectionStrategy, Component } from "@angular/core";

/** A key, drawn as its cap. */
@Component({
  selector: "kbd[hkKbd]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./kbd.css",
  template: `
    <ng-content />
  `,
})
export class Kbd {}
