import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  Injector,
  OnInit,
  afterNextRender,
  computed,
  inject,
  input,
  output,
  signal,
  viewChild,
  viewChildren,
} from "@angular/core";

import { Api } from "../core/api";
import { I18n } from "../core/i18n";
import { Latest } from "../core/latest";
import { Answer, Dimension, FILTER_DIMENSIONS, Filter, OPERATORS, Operator, QueryBody } from "../core/query";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { Names } from "./names";
import { list } from "./view-state";

const SUGGESTIONS = 50;

/** Makes or changes one filter. The values that the site has are offered while one types. */
@Component({
  selector: "hk-filter-dialog",
  imports: [Dialog, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-dialog [heading]="t(filter() ? 'filter.change' : 'filter.add')" (closed)="closed.emit()">
      <form class="filter-form" (submit)="apply($event)">
        <div class="pair">
          <select [attr.aria-label]="t('filter.dimension')" (change)="pick($any($event.target).value)">
            @for (name of dimensions; track name) {
              <option [value]="name" [selected]="name === dimension()">{{ t("dimension." + name) }}</option>
            }
          </select>
          <select [attr.aria-label]="t('filter.operator')" (change)="op.set($any($event.target).value)">
            @for (name of operators; track name) {
              <option [value]="name" [selected]="name === op()">{{ t("operator." + name) }}</option>
            }
          </select>
        </div>
        @for (value of values(); track $index; let i = $index) {
          <div class="value">
            <input
              #input
              type="text"
              list="hk-filter-values"
              autocomplete="off"
              spellcheck="false"
              [attr.aria-label]="t('filter.value')"
              [placeholder]="t('filter.value')"
              [value]="value"
              (input)="type(i, $any($event.target).value)"
            />
            @if (values().length > 1) {
              <button
                type="button"
                class="icon-btn"
                [attr.aria-label]="t('filter.remove_value', { value })"
                (click)="drop(i)"
              >
                <hk-icon name="close" />
              </button>
            }
          </div>
        }
        <datalist id="hk-filter-values">
          @for (row of suggestions(); track row.value) {
            <option [value]="row.value">{{ row.name }}</option>
          }
        </datalist>
        <button type="button" class="link start" (click)="another()">
          <hk-icon name="plus" />
          {{ t("filter.another") }}
        </button>
        <div class="actions">
          <button type="submit" class="btn primary" [disabled]="!ready()">{{ t("filter.apply") }}</button>
        </div>
      </form>
    </hk-dialog>
  `,
})
export class FilterDialog implements OnInit {
  readonly siteId = input.required<string>();
  /** Range and the other filters, so that only values are offered that the reader can see. */
  readonly base = input.required<QueryBody>();
  /** The filter to change; undefined makes a new one. */
  readonly filter = input<Filter>();
  readonly closed = output();
  readonly done = output<Filter>();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  private readonly names = inject(Names);
  private readonly injector = inject(Injector);
  private readonly dialog = viewChild.required(Dialog);
  private readonly inputs = viewChildren<ElementRef<HTMLInputElement>>("input");

  protected readonly dimensions = FILTER_DIMENSIONS;
  protected readonly operators = OPERATORS;
  protected readonly dimension = signal<Dimension>("page");
  protected readonly op = signal<Operator>("is");
  protected readonly values = signal<string[]>([""]);
  protected readonly suggestions = signal<{ value: string; name: string }[]>([]);
  protected readonly ready = computed(() => this.values().some((value) => value.trim() !== ""));

  private readonly latest = new Latest<Dimension, Answer>(
    (dimension, signal) =>
      this.api.query(
        this.siteId(),
        {
          ...this.base(),
          compare: null,
          queries: { values: list(dimension, SUGGESTIONS) },
        },
        signal,
      ),
    (dimension, answer) =>
      this.suggestions.set(
        (answer.results["values"]?.rows ?? [])
          .map((row) => row.dimensions[0] ?? "")
          .filter((value) => value !== "")
          .map((value) => ({ value, name: this.names.of(dimension, value) })),
      ),
    () => this.suggestions.set([]),
  );

  ngOnInit(): void {
    const filter = this.filter();
    if (filter) {
      this.dimension.set(filter.dimension);
      this.op.set(filter.op);
      this.values.set([...filter.values]);
    }
    this.latest.ask(this.dimension());
  }

  protected pick(dimension: Dimension): void {
    this.dimension.set(dimension);
    this.values.set([""]);
    this.latest.ask(dimension);
  }

  protected type(index: number, text: string): void {
    this.values.update((values) => values.map((value, i) => (i === index ? text : value)));
  }

  protected another(): void {
    this.values.update((values) => [...values, ""]);
    afterNextRender(() => this.inputs().at(-1)?.nativeElement.focus(), { injector: this.injector });
  }

  protected drop(index: number): void {
    this.values.update((values) => values.filter((_, i) => i !== index));
  }

  protected apply(event: Event): void {
    event.preventDefault();
    const values = [...new Set(this.values().map((value) => value.trim()))].filter((value) => value !== "");
    if (!values.length) return;
    this.done.emit({ dimension: this.dimension(), op: this.op(), values });
    this.dialog().close();
  }
}
