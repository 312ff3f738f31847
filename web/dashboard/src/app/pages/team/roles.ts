import { ChangeDetectionStrategy, Component, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Icon } from "../../ui/icon";
import { Section } from "../../ui/settings/section";

const ROLES = ["owner", "admin", "member"] as const;
/** What may be done, and how many of the roles may it, from the first on (`docs/access.md`). */
const MAY = { own: 3, make: 3, all: 2, people: 2, keys: 2, rename: 2, delete: 1 } as const;

/** What the roles of a team may. */
@Component({
  selector: "hk-roles",
  imports: [Icon, Section],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./roles.css",
  template: `
    <hk-section [heading]="t('section.roles.name')" [lead]="t('team.roles_lead')">
      <table>
        <thead>
          <tr>
            <th scope="col">{{ t("team.role_may") }}</th>
            @for (role of roles; track role) {
              <th scope="col">{{ t("team.as." + role) }}</th>
            }
          </tr>
        </thead>
        <tbody>
          @for (row of rows; track row.what) {
            <tr>
              <th scope="row">{{ t("team.can." + row.what) }}</th>
              @for (role of roles; track role; let i = $index) {
                <td>
                  @if (i < row.count) {
                    <hk-icon name="check" />
                    <span class="sr">{{ t("team.yes") }}</span>
                  } @else {
                    <span aria-hidden="true">–</span>
                    <span class="sr">{{ t("team.no") }}</span>
                  }
                </td>
              }
            </tr>
          }
        </tbody>
      </table>
    </hk-section>
  `,
})
export class Roles {
  protected readonly t = inject(I18n).t;
  protected readonly roles = ROLES;
  protected readonly rows = Object.entries(MAY).map(([what, count]) => ({ what, count }));
}
