import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";

import { Session } from "../../core/session";
import { ApiKeys } from "../keys/api-keys";

/** The API keys of the team. */
@Component({
  selector: "hk-team-keys",
  imports: [ApiKeys],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-api-keys [team]="team()" />
  `,
})
export class TeamKeys {
  private readonly session = inject(Session);
  protected readonly team = computed(() => this.session.team()?.id ?? "");
}
