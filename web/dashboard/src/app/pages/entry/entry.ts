import { ChangeDetectionStrategy, Component, booleanAttribute, input } from "@angular/core";

import { Logo } from "../../ui/logo";
import { Steps } from "./steps";

/** What is around every page for those who are not signed in yet, or have no site: the name, the step of the set-up, one card. */
@Component({
  selector: "hk-entry",
  imports: [Logo, Steps],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./entry.css",
  template: `
    <main class="entry" id="main" [class.wide]="wide()">
      @if (!plain()) {
        <span class="brand">
          <hk-logo />
          HitKeep
        </span>
      }
      @if (step()) {
        <hk-steps [current]="step()" />
      }
      <ng-content />
    </main>
  `,
})
export class Entry {
  /** Of the set-up; 0 is none of it. */
  readonly step = input(0);
  readonly wide = input(false, { transform: booleanAttribute });
  readonly plain = input(false, { transform: booleanAttribute });
}
