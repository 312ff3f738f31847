import { ChangeDetectionStrategy, Component } from "@angular/core";

@Component({
  selector: "hk-brand",
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <span class="brand">
      <span class="logo"><i></i></span>
      HitKeep
    </span>
  `,
})
export class Brand {}
