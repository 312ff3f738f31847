import { NgTemplateOutlet } from "@angular/common";
import {
  ChangeDetectionStrategy,
  Component,
  TemplateRef,
  computed,
  contentChild,
  inject,
  input,
  model,
} from "@angular/core";

import { Tone } from "../../core/format";
import { I18n } from "../../core/i18n";
import { Icon } from "../icon";

/** A column: what it is called, and what it shows of a row. A phone keeps the name and the columns with `phone`. */
export interface Column<R> {
  name: string;
  heading: string;
  /** "name" is at the left and takes what room there is; "share" has a meter; "change" is coloured by its tone. */
  kind: "name" | "figure" | "share" | "change";
  text: (row: R) => string;
  /** A second line below the name. */
  sub?: (row: R) => string;
  /** Of "share": 0 to 1 of the largest row. */
  share?: (row: R) => number;
  /** Of "change". */
  tone?: (row: R) => Tone;
  /** Ranks the rows: its figures stand out. */
  main?: boolean;
  phone?: boolean;
  /** The sum of all rows, for the foot. */
  sum?: string;
  /** Cannot be sorted by. */
  fixed?: boolean;
}

/** By which column rows are sorted. */
export interface Sort {
  column: string;
  descending: boolean;
}

/**
 * A table of figures: it shows rows that its page has sorted and cut, and says what the reader wants. `<ng-template>` is
 * what one can do with a row, in sight while the pointer or the focus is on it.
 */
@Component({
  selector: "hk-data-table",
  imports: [Icon, NgTemplateOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./data-table.css",
  template: `
    <table [class.tall]="tall()">
      <caption class="sr">
        {{ label() }}
      </caption>
      <thead>
        <tr>
          @for (column of columns(); track column.name) {
            <th
              scope="col"
              [class.l]="column.kind === 'name'"
              [class.roomy]="!keeps(column)"
              [attr.aria-sort]="order(column)"
            >
              @if (column.fixed) {
                {{ column.heading }}
              } @else {
                <button type="button" (click)="sortBy(column)">
                  {{ column.heading }}
                  @if (sort().column === column.name) {
                    <hk-icon [name]="sort().descending ? 'down' : 'up'" />
                  }
                </button>
              }
            </th>
          }
          @if (action()) {
            <th class="roomy">
              <span class="sr">{{ t("table.action") }}</span>
            </th>
          }
        </tr>
      </thead>
      <tbody>
        @for (row of rows(); track key()(row)) {
          <tr [class.on]="key()(row) === chosen()">
            @for (column of columns(); track column.name) {
              @switch (column.kind) {
                @case ("name") {
                  <th scope="row" class="l fill" [attr.title]="column.text(row)">
                    <bdi class="cut">{{ column.text(row) }}</bdi>
                    @if (column.sub) {
                      <span class="sub cut">{{ column.sub(row) }}</span>
                    }
                  </th>
                }
                @case ("share") {
                  <td [class.roomy]="!keeps(column)">
                    <span class="share">
                      <span class="meter" aria-hidden="true">
                        <i [style.width.%]="(column.share?.(row) ?? 0) * 100"></i>
                      </span>
                      {{ column.text(row) }}
                    </span>
                  </td>
                }
                @case ("change") {
                  <td class="change" [class]="column.tone?.(row) ?? ''" [class.roomy]="!keeps(column)">
                    {{ column.text(row) }}
                  </td>
                }
                @default {
                  <td [class.main]="column.main" [class.roomy]="!keeps(column)">{{ column.text(row) }}</td>
                }
              }
            }
            @if (action(); as action) {
              <td class="act roomy">
                <ng-container [ngTemplateOutlet]="action" [ngTemplateOutletContext]="{ $implicit: row }" />
              </td>
            }
          </tr>
        } @empty {
          <tr class="plain">
            <td class="l none" [attr.colspan]="columns().length + (action() ? 1 : 0)">{{ empty() }}</td>
          </tr>
        }
      </tbody>
      @if (sums() && rows().length) {
        <tfoot>
          <tr>
            @for (column of columns(); track column.name; let first = $first) {
              <td [class.l]="first" [class.roomy]="!keeps(column)">{{ first ? t("table.sum") : column.sum }}</td>
            }
            @if (action()) {
              <td class="roomy"></td>
            }
          </tr>
        </tfoot>
      }
    </table>
  `,
})
export class DataTable<R> {
  readonly label = input.required<string>();
  readonly columns = input.required<readonly Column<R>[]>();
  readonly rows = input.required<readonly R[]>();
  /** What a row is known by. */
  readonly key = input.required<(row: R) => string>();
  readonly sort = model.required<Sort>();
  readonly chosen = input<string>();
  /** Said instead of rows. */
  readonly empty = input.required<string>();
  /** Rows of two lines. */
  readonly tall = input(false);
  protected readonly action = contentChild<TemplateRef<{ $implicit: R }>>(TemplateRef);

  protected readonly t = inject(I18n).t;
  protected readonly sums = computed(() => this.columns().some((column) => column.sum !== undefined));

  protected keeps(column: Column<R>): boolean {
    return column.kind === "name" || column.phone === true;
  }

  protected order(column: Column<R>): "ascending" | "descending" | null {
    if (this.sort().column !== column.name) return null;
    return this.sort().descending ? "descending" : "ascending";
  }

  /** Figures begin with the largest, names with A. */
  protected sortBy(column: Column<R>): void {
    const { column: current, descending } = this.sort();
    this.sort.set({
      column: column.name,
      descending: current === column.name ? !descending : column.kind !== "name",
    });
  }
}
