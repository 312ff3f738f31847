import {
  ChangeDetectionStrategy,
  Component,
  Injector,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  model,
  signal,
} from "@angular/core";

import { I18n } from "../../core/i18n";
import { Button } from "../button";
import { Icon } from "../icon";
import { IconButton } from "../icon-button";
import { Opens } from "../opens";

/** A column, by its name. */
interface Choosable {
  name: string;
  heading: string;
}

/**
 * Which columns a table has, of those that it can have, and in which order; the name is always there, and the first.
 * A column is dragged by its handle, or moved by the arrow keys on it.
 */
@Component({
  selector: "hk-column-chooser",
  imports: [Button, Icon, IconButton, Opens],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./column-chooser.css",
  template: `
    <button type="button" hkButton side="end" [hkOpens]="list">
      <hk-icon name="columns" />
      {{ t("table.columns") }}
    </button>
    <ng-template #list>
      <p class="head" id="column-order">{{ t("table.order") }}</p>
      <ul aria-labelledby="column-order">
        @for (column of listed(); track column.name) {
          <li [class.held]="column.name === held()">
            <button
              type="button"
              class="grip"
              hkIconButton="grip"
              small
              [label]="t('table.move', { name: column.heading })"
              (keydown)="key($event, column.name)"
              (pointerdown)="hold($event, column.name)"
              (pointermove)="drag($event)"
              (pointerup)="held.set('')"
              (pointercancel)="held.set('')"
            ></button>
            <button
              type="button"
              class="pick"
              role="checkbox"
              [attr.aria-checked]="shown().includes(column.name)"
              (click)="toggle(column.name)"
            >
              {{ column.heading }}
              @if (shown().includes(column.name)) {
                <hk-icon name="check" />
              }
            </button>
          </li>
        }
      </ul>
      <p class="sr" role="status">{{ moved() }}</p>
      <hr />
      <button type="button" class="pick" (click)="shown.set(usual())">{{ t("table.usual") }}</button>
    </ng-template>
  `,
})
export class ColumnChooser {
  readonly columns = input.required<readonly Choosable[]>();
  readonly usual = input.required<readonly string[]>();
  /** Names of the columns in sight, in their order. */
  readonly shown = model.required<readonly string[]>();

  protected readonly t = inject(I18n).t;
  private readonly injector = inject(Injector);
  /** The column that the pointer holds. */
  protected readonly held = signal("");
  /** What was moved where, for those who do not see it. */
  protected readonly moved = signal("");

  /** Names of all columns: what is taken out of sight keeps its place as long as that is no other order. */
  private readonly order = linkedSignal<{ all: string[]; shown: readonly string[] }, string[]>({
    source: () => ({ all: this.columns().map(({ name }) => name), shown: this.shown() }),
    computation: ({ all, shown }, before) => {
      const kept = before?.value ?? [];
      const same =
        kept.length === all.length &&
        all.every((name) => kept.includes(name)) &&
        kept.filter((name) => shown.includes(name)).join() === shown.join();
      return same ? kept : [...shown, ...all.filter((name) => !shown.includes(name))];
    },
  });
  protected readonly listed = computed(() =>
    this.order().flatMap((name) => this.columns().find((column) => column.name === name) ?? []),
  );

  protected toggle(name: string): void {
    const shown = this.shown();
    this.shown.set(this.order().filter((one) => (one === name ? !shown.includes(one) : shown.includes(one))));
  }

  /** The next key may come before the list is drawn anew: places are asked for by name. */
  protected key(event: KeyboardEvent, name: string): void {
    const at = this.order().indexOf(name);
    const to = event.key === "ArrowUp" ? at - 1 : event.key === "ArrowDown" ? at + 1 : -1;
    if (to < 0 || to >= this.order().length) return;
    event.preventDefault();
    const handle = event.currentTarget as HTMLElement;
    this.move(at, to);
    // What moves in the document loses the focus.
    afterNextRender(() => handle.focus(), { injector: this.injector });
  }

  protected hold(event: PointerEvent, name: string): void {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.held.set(name);
  }

  protected drag(event: PointerEvent): void {
    const at = this.order().indexOf(this.held());
    if (at < 0) return;
    const rows = [...((event.currentTarget as HTMLElement).closest("ul")?.children ?? [])];
    const to = rows.findIndex((row) => event.clientY < row.getBoundingClientRect().bottom);
    this.move(at, to < 0 ? rows.length - 1 : to);
  }

  private move(at: number, to: number): void {
    if (at === to) return;
    const order = [...this.order()];
    order.splice(to, 0, ...order.splice(at, 1));
    this.order.set(order);
    this.shown.set(order.filter((name) => this.shown().includes(name)));
    const name = this.listed()[to]?.heading ?? "";
    this.moved.set(this.t("table.place", { name, place: to + 1, count: order.length }));
  }
}
