import { ChangeDetectionStrategy, Component, inject, input, output } from "@angular/core";

import { I18n } from "../core/i18n";
import { Filter } from "../core/query";
import { Icon } from "../ui/icon";
import { Names } from "./names";

/** The filters in force: a click on one edits it, its cross takes it away. */
@Component({
  selector: "hk-filter-bar",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <ul class="filters" [attr.aria-label]="t('filter.active')">
      @for (filter of filters(); track $index) {
        <li class="pill">
          <button
            type="button"
            class="what"
            [attr.aria-label]="t('filter.edit', { filter: words(filter) })"
            (click)="edit.emit($index)"
          >
            <span>{{ t("dimension." + filter.dimension) }} {{ t("operator." + filter.op) }}</span>
            &ngsp;
            <b>
              <bdi>{{ values(filter) }}</bdi>
            </b>
          </button>
          <button
            type="button"
            class="remove"
            [attr.aria-label]="t('filter.remove', { filter: words(filter) })"
            (click)="remove.emit($index)"
          >
            <hk-icon name="close" />
          </button>
        </li>
      }
      <li>
        <button type="button" class="ghost" aria-keyshortcuts="Escape" (click)="clear.emit()">
          {{ t("filter.clear") }}
          <kbd>Esc</kbd>
        </button>
      </li>
    </ul>
  `,
})
export class FilterBar {
  readonly filters = input.required<Filter[]>();
  readonly edit = output<number>();
  readonly remove = output<number>();
  readonly clear = output();

  protected readonly t = inject(I18n).t;
  private readonly names = inject(Names);

  protected values(filter: Filter): string {
    return filter.values.map((value) => this.names.of(filter.dimension, value)).join(` ${this.t("filter.or")} `);
  }

  protected words(filter: Filter): string {
    return `${this.t(`dimension.${filter.dimension}`)} ${this.t(`operator.${filter.op}`)} ${this.values(filter)}`;
  }
}
