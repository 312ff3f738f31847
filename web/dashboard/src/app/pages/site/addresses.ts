import { ChangeDetectionStrategy, Component, computed, inject } from "@angular/core";

import { I18n } from "../../core/i18n";
import { RuleForm } from "./rule-form";
import { ruleLists } from "./rule-lists";

/** Which parameters of an address make a page, and which hold what somebody searched for. */
@Component({
  selector: "hk-addresses",
  imports: [RuleForm],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-rule-form
      [lists]="lists"
      [heading]="t('section.addresses.name')"
      [lead]="t('addresses.lead')"
      [rows]="rows()"
    />
  `,
})
export class Addresses {
  protected readonly t = inject(I18n).t;
  protected readonly lists = ruleLists({ kept_query: "addresses.kept", search_query: "addresses.search" });
  protected readonly rows = computed(() => [
    { field: "kept_query" as const, name: this.t("addresses.kept"), hint: this.t("addresses.kept_hint") },
    { field: "search_query" as const, name: this.t("addresses.search"), hint: this.t("addresses.search_hint") },
  ]);
}
