import { ChangeDetectionStrategy, Component, inject } from "@angular/core";
import { RouterOutlet } from "@angular/router";

import { Here } from "./shell/here";

@Component({
  selector: "hk-root",
  imports: [RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <router-outlet />
  `,
})
export class App {
  constructor() {
    // Names the window after the page, whichever it is.
    inject(Here);
  }
}
