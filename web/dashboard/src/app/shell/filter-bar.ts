import { ChangeDetectionStrategy, Component, inject, input, output } from "@angular/core";

import { I18n } from "../core/i18n";
import { Predicate } from "../core/query";
import { Icon } from "../ui/icon";
import { FilterText, FilterWords } from "./filter-words";

/** The filters in force: a click changes one, its cross takes it away as a whole. */
@Component({
  selector: "hk-filter-bar",
  imports: [FilterWords, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./filter-bar.css",
  template: `
    <ul class="filters" [attr.aria-label]="t('filter.active')">
      @for (filter of filters(); track $index) {
        <li class="pill">
          <button
            type="button"
            class="what"
            [attr.aria-label]="t('filter.edit', { filter: text.whole(filter) })"
            (click)="edit.emit($index)"
          >
            <hk-filter-words [filter]="filter" />
          </button>
          <button
            type="button"
            class="remove"
            [attr.aria-label]="t('filter.remove', { filter: text.whole(filter) })"
            (click)="remove.emit($index)"
          >
            <hk-icon name="close" />
          </button>
        </li>
      }
      <li>
        <button type="button" class="ghost" (click)="edit.emit(-1)">
          <hk-icon name="plus" />
          {{ t("filter.add") }}
        </button>
      </li>
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
  readonly filters = input.required<Predicate[]>();
  /** One of them; -1: one more. */
  readonly edit = output<number>();
  readonly remove = output<number>();
  readonly clear = output();

  protected readonly t = inject(I18n).t;
  protected readonly text = inject(FilterText);
}
