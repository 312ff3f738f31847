import { ChangeDetectionStrategy, Component, computed, inject, input, model } from "@angular/core";

import { Format } from "../../core/format";
import { I18n } from "../../core/i18n";
import { Icon } from "../icon";
import { IconButton } from "../icon-button";
import { Link } from "../link";
import { MenuOpener } from "../opens";

const SIZES = [20, 50, 100] as const;

/** Which part of a long list is in sight; its content is what holds for the whole list. */
@Component({
  selector: "hk-pager",
  imports: [Icon, IconButton, Link, MenuOpener],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./pager.css",
  template: `
    <span role="status">{{ t("pager.rows", { from: from(), to: to(), total: format.integer(total()) }) }}</span>
    <span class="all"><ng-content /></span>
    <span class="size">
      {{ t("pager.size") }}
      <button
        type="button"
        hkLink
        side="end"
        [attr.aria-label]="t('pager.size') + ': ' + size()"
        [hkMenu]="sizes()"
        (chosen)="resize($event)"
      >
        {{ size() }}
        <hk-icon name="down" />
      </button>
    </span>
    <span class="turn">
      <button
        type="button"
        hkIconButton="left"
        small
        [label]="t('pager.back')"
        [disabled]="page() <= 1"
        (click)="page.set(page() - 1)"
      ></button>
      {{ t("pager.page", { page: page(), pages: pages() }) }}
      <button
        type="button"
        hkIconButton="right"
        small
        [label]="t('pager.next')"
        [disabled]="page() >= pages()"
        (click)="page.set(page() + 1)"
      ></button>
    </span>
  `,
})
export class Pager {
  /** From 1. */
  readonly page = model.required<number>();
  /** Rows of a page. */
  readonly size = model.required<number>();
  /** Rows of the whole list. */
  readonly total = input.required<number>();

  protected readonly t = inject(I18n).t;
  protected readonly format = inject(Format);
  protected readonly pages = computed(() => Math.max(1, Math.ceil(this.total() / this.size())));
  protected readonly from = computed(() => this.format.integer(this.total() ? (this.page() - 1) * this.size() + 1 : 0));
  protected readonly to = computed(() => this.format.integer(Math.min(this.page() * this.size(), this.total())));
  protected readonly sizes = computed(() =>
    SIZES.map((value) => ({ value, text: String(value), checked: value === this.size() })),
  );

  /** The first row in sight stays in sight. */
  protected resize(size: number): void {
    const first = (this.page() - 1) * this.size();
    this.size.set(size);
    this.page.set(Math.floor(first / size) + 1);
  }
}
