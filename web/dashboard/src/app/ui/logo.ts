import { ChangeDetectionStrategy, Component } from "@angular/core";

/** HitKeep's mark; `--size` is its height. */
@Component({
  selector: "hk-logo",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./logo.css",
  template: `
    <i></i>
  `,
})
export class Logo {}
