import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { RuleForm } from "./rule-form";
import { ruleLists } from "./rule-lists";

/** Networks that are never taken for a data centre. */
@Component({
  selector: "hk-trusted-networks",
  imports: [RuleForm],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-rule-form [lists]="lists" [heading]="t('trusted.heading')" [lead]="t('trusted.lead')" [rows]="rows()" />
  `,
})
export class TrustedNetworks {
  protected readonly t = inject(I18n).t;
  protected readonly lists = ruleLists({ trusted_networks: "trusted.networks" });
  protected readonly rows = computed(() => [
    { field: "trusted_networks" as const, name: this.t("trusted.networks"), hint: this.t("trusted.hint") },
  ]);
}
