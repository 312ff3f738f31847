import { ChangeDetectionStrategy, Component } from "@angular/core";

import { ApiKeys } from "../keys/api-keys";

/** One's own API keys. */
@Component({
  selector: "hk-own-keys",
  imports: [ApiKeys],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-api-keys />
  `,
})
export class OwnKeys {}
