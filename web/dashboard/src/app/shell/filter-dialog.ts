import {
  ChangeDetectionStrategy,
  Component,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
  viewChildren,
} from "@angular/core";

import { Api, Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Group, MAX_FILTERS, filtersOf, groupsOf, testsOf } from "../core/predicate";
import { Filter, Predicate, QueryBody, SubQuery } from "../core/query";
import { SiteQuery } from "../core/site-query";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { IconButton } from "../ui/icon-button";
import { Link } from "../ui/link";
import { Seg } from "../ui/seg";
import { FilterCondition } from "./filter-condition";
import { FilterText, FilterWords } from "./filter-words";

const VISITORS: SubQuery = { metrics: ["visitors"], dimensions: [] };

/** A condition of the form, known while its neighbours come and go. */
interface Entry {
  id: number;
  test: Filter;
}

/** Conditions of which all or any hold; none where there is what the form can only keep or take away. */
interface Card {
  id: number;
  junction: Group["junction"];
  entries: Entry[];
  kept?: Predicate;
}

let count = 0;
const entryOf = (test: Filter): Entry => ({ id: ++count, test });
const anew = (): Entry => entryOf({ dimension: "page", op: "is", values: [] });
const cardOf = (group: Group | Predicate): Card =>
  "junction" in group
    ? { id: ++count, junction: group.junction, entries: group.tests.map(entryOf) }
    : { id: ++count, junction: "and", entries: [], kept: group };
const newCard = (junction: Group["junction"]): Card => ({ id: ++count, junction, entries: [anew()] });

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** All filters of the page: groups of conditions, all of which hold, with the visitors that match meanwhile. */
@Component({
  selector: "hk-filter-dialog",
  imports: [Button, Dialog, FilterCondition, FilterWords, Icon, IconButton, Link, Seg],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./filter-dialog.css",
  template: `
    <hk-dialog large [heading]="t('filter.button')" [hint]="t('filter.hint')" (closed)="closed.emit()">
      <form
        id="filter-form"
        (submit)="apply($event)"
        (keydown.control.enter)="apply($event)"
        (keydown.meta.enter)="apply($event)"
      >
        @for (card of cards(); track card.id; let first = $first) {
          @if (!first) {
            <div class="between">{{ t("filter.and") }}</div>
          }
          @if (card.kept; as kept) {
            <div class="group kept">
              <hk-filter-words [filter]="kept" />
              <button
                type="button"
                hkIconButton="close"
                small
                [label]="t('filter.remove', { filter: text.whole(kept) })"
                (click)="removeCard(card.id)"
              ></button>
            </div>
          } @else {
            <div class="group" [class.plain]="simple()">
              @if (card.entries.length > 1 || !simple()) {
                <div class="join">
                  <hk-seg
                    size="small"
                    [label]="t('filter.together')"
                    [choices]="junctions()"
                    [chosen]="card.junction"
                    (chosenChange)="join(card.id, $event)"
                  />
                  {{ t("filter.these") }}
                </div>
              }
              @for (entry of card.entries; track entry.id; let first = $first) {
                <div
                  class="line"
                  [class.alone]="alone()"
                  [attr.role]="alone() ? null : 'group'"
                  [attr.aria-label]="alone() ? null : t('filter.condition_n', { n: numberOf(entry) })"
                >
                  @if (!alone()) {
                    <span class="word">{{ first ? "" : t("filter." + card.junction) }}</span>
                  }
                  <hk-filter-condition
                    [site]="site()"
                    [range]="base().range"
                    [properties]="properties()"
                    [condition]="entry.test"
                    (conditionChange)="change(entry.id, $event)"
                  />
                  @if (!alone()) {
                    <button
                      type="button"
                      hkIconButton="close"
                      small
                      [label]="t('filter.remove_condition', { n: numberOf(entry) })"
                      (click)="remove(entry.id)"
                    ></button>
                  }
                </div>
              }
              <button type="button" hkLink [disabled]="full()" (click)="add(card.id)">
                <hk-icon name="plus" />
                {{ t("filter.condition") }}
              </button>
            </div>
          }
        }
        <button type="button" hkLink [disabled]="full()" (click)="addGroup()">
          <hk-icon name="plus" />
          {{ t("filter.group") }}
        </button>
      </form>
      <span foot class="count" role="status" [class.busy]="match.busy()" [class.down]="match.problem()">
        @if (match.problem()) {
          {{ match.problem() }}
        } @else if (matching(); as found) {
          <b>{{ found.some }}</b>
          {{ t("filter.matching", found) }}
        }
      </span>
      <button foot type="button" hkButton class="ml-auto" (click)="dialog().close()">{{ t("action.cancel") }}</button>
      <button foot type="submit" form="filter-form" hkButton="primary">
        {{ t("filter.apply") }}
        <kbd aria-hidden="true">↵</kbd>
      </button>
    </hk-dialog>
  `,
})
export class FilterDialog {
  readonly site = input.required<Site | undefined>();
  /** Range and filters of the page. */
  readonly base = input.required<QueryBody>();
  /** Which of the filters is to be changed; -1: one more. */
  readonly at = input(-1);
  readonly closed = output();
  /** All filters, in place of those of the page. */
  readonly done = output<Predicate[]>();

  protected readonly t = inject(I18n).t;
  protected readonly text = inject(FilterText);
  private readonly format = inject(Format);
  private readonly injector = inject(Injector);
  protected readonly dialog = viewChild.required(Dialog);
  private readonly conditions = viewChildren(FilterCondition);

  /** From the filters as they were when it opened. */
  protected readonly cards = linkedSignal(() => untracked(() => this.opened()));
  private readonly entries = computed(() => this.cards().flatMap((card) => card.entries));
  protected readonly junctions = computed(() => [
    { value: "and" as const, text: this.t("filter.all_of") },
    { value: "or" as const, text: this.t("filter.any_of") },
  ]);
  /** One condition and nothing else. */
  protected readonly alone = computed(() => this.cards().length === 1 && this.entries().length === 1);
  /** One group of which all hold needs no frame. */
  protected readonly simple = computed(() => {
    const [card, ...others] = this.cards();
    return !others.length && !card?.kept && card?.junction === "and";
  });
  /** What is asked so far; conditions without a value ask nothing. */
  private readonly filters = computed(
    () =>
      filtersOf(
        this.cards().map(
          (card) =>
            card.kept ?? {
              junction: card.junction,
              tests: card.entries.map(({ test }) => test).filter((test) => test.values.length),
            },
        ),
      ),
    { equal: same },
  );
  /** The server takes no more. */
  protected readonly full = computed(() => {
    const kept = this.cards().flatMap((card) => (card.kept ? testsOf(card.kept) : []));
    return this.entries().length + kept.length >= MAX_FILTERS;
  });
  protected readonly properties = signal<readonly string[]>([]);

  protected readonly match = new SiteQuery({
    site: computed(() => (this.filters().length ? this.site() : undefined)),
    state: this.filters,
    body: (filters) => ({
      range: this.base().range,
      compare: null,
      filters: [],
      include: [],
      queries: { all: VISITORS, some: { ...VISITORS, filters } },
    }),
  });
  protected readonly matching = computed(() => {
    const results = this.match.shown()?.answer.results;
    const some = results?.["some"]?.rows[0]?.metrics[0] ?? 0;
    const all = results?.["all"]?.rows[0]?.metrics[0] ?? 0;
    return results && this.filters().length
      ? {
          some: this.format.integer(some),
          all: this.format.integer(all),
          share: this.format.figure("percent", all ? (100 * some) / all : 0),
        }
      : undefined;
  });

  constructor() {
    const api = inject(Api);
    effect(() => {
      const id = this.site()?.id;
      // Whoever is not told the names can still filter by all else.
      if (id)
        api.properties(id).then(
          (names) => this.properties.set(names),
          () => this.properties.set([]),
        );
    });
    afterNextRender(() => {
      const filter = this.base().filters[this.at()];
      const [wanted] = filter ? groupsOf([filter]) : [];
      if (!wanted) this.focusOn(this.entries().at(-1)?.id, "what");
      else if ("junction" in wanted) this.focusOn(this.entries().find(({ test }) => same(test, wanted.tests[0]))?.id);
    });
  }

  /** The cards of the page's filters, with one condition more where that is what is wanted. */
  private opened(): Card[] {
    const cards = groupsOf(this.base().filters).map(cardOf);
    if (this.base().filters[this.at()]) return cards;
    const [first, ...others] = cards;
    if (!first || first.kept || first.junction === "or") return [...cards, newCard("and")];
    return [{ ...first, entries: [...first.entries, anew()] }, ...others];
  }

  protected numberOf(entry: Entry): number {
    return this.entries().indexOf(entry) + 1;
  }

  protected join(id: number, junction: Group["junction"]): void {
    this.cards.update((cards) => cards.map((card) => (card.id === id ? { ...card, junction } : card)));
  }

  protected change(id: number, test: Filter): void {
    this.changeEntries((entries) => entries.map((entry) => (entry.id === id ? { id, test } : entry)));
  }

  protected add(cardId: number): void {
    const entry = anew();
    this.changeEntries((entries, card) => (card.id === cardId ? [...entries, entry] : entries));
    this.focusLater(entry.id, "what");
  }

  protected addGroup(): void {
    const card = newCard("or");
    this.cards.update((cards) => [...cards, card]);
    this.focusLater(card.entries[0]?.id, "what");
  }

  protected remove(id: number): void {
    const at = this.entries().findIndex((entry) => entry.id === id);
    this.changeEntries((entries) => entries.filter((entry) => entry.id !== id));
    this.leave(at);
  }

  protected removeCard(id: number): void {
    this.cards.update((cards) => cards.filter((card) => card.id !== id));
    this.leave(0);
  }

  /** Something went: an empty group goes too, unless it is the only one; the focus goes to a neighbour. */
  private leave(at: number): void {
    this.cards.update((cards) => {
      const left = cards.filter((card) => card.kept ?? card.entries.length);
      return left.length ? left : [newCard("and")];
    });
    this.focusLater(this.entries().at(Math.max(0, at - 1))?.id, "what");
  }

  private changeEntries(change: (entries: Entry[], card: Card) => Entry[]): void {
    this.cards.update((cards) => cards.map((card) => ({ ...card, entries: change(card.entries, card) })));
  }

  private focusLater(id: number | undefined, where?: "what"): void {
    afterNextRender(() => this.focusOn(id, where), { injector: this.injector });
  }

  private focusOn(id: number | undefined, where?: "what"): void {
    const at = this.entries().findIndex((entry) => entry.id === id);
    this.conditions().at(at)?.focus(where);
  }

  protected apply(event: Event): void {
    event.preventDefault();
    // What is typed in the field at hand is a value once one leaves it.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.done.emit(this.filters());
    this.dialog().close();
  }
}
