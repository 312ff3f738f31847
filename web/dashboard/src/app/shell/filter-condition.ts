import { ChangeDetectionStrategy, Component, computed, inject, input, model, signal, viewChild } from "@angular/core";

import { Site } from "../core/api";
import { Format } from "../core/format";
import { I18n } from "../core/i18n";
import { Names } from "../core/names";
import {
  Dimension,
  FILTER_DIMENSIONS,
  Filter,
  HUMAN,
  MACHINES,
  QueryBody,
  list,
  operatorsOf,
  property,
} from "../core/query";
import { settled } from "../core/settled";
import { SiteQuery } from "../core/site-query";
import { Chips } from "../ui/chips";
import { matches } from "../ui/combobox";
import { Field } from "../ui/field";
import { ListChoice } from "../ui/options";
import { Select } from "../ui/select";

/** As many values as one looks through. */
const SUGGESTIONS = 8;
/** Of values that are called otherwise than the server calls them: all of them are looked through here. */
const ALL = 1_000;
/** The choice to look for what is typed inside of values. No value is that. */
const INSIDE = "\0";

let count = 0;

/** One test of a filter: what, how, and the values, of which those that the site has are offered while one types. */
@Component({
  selector: "hk-filter-condition",
  imports: [Chips, Field, Select],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./filter-condition.css",
  template: `
    <hk-field bare required [name]="id + '-what'" [label]="t('filter.dimension')">
      <hk-select small [choices]="dimensions()" [chosen]="condition().dimension" (chosenChange)="goBy($event)" />
    </hk-field>
    <hk-field bare required [name]="id + '-how'" [label]="t('filter.operator')">
      <hk-select small [choices]="operators()" [chosen]="condition().op" (chosenChange)="change({ op: $event })" />
    </hk-field>
    <hk-field bare required class="values" [name]="id + '-values'" [label]="t('filter.values')">
      <hk-chips
        [chips]="chips()"
        [choices]="choices()"
        [heading]="heading()"
        [listed]="named()"
        [values]="condition().values"
        [(typed)]="typed"
        [(open)]="open"
        (valuesChange)="change({ values: $any($event) })"
        (apart)="lookInside($event)"
      />
    </hk-field>
  `,
})
export class FilterCondition {
  readonly site = input.required<Site | undefined>();
  /** Of which values are offered. */
  readonly range = input.required<QueryBody["range"]>();
  /** Names of the site's own. */
  readonly properties = input.required<readonly string[]>();
  readonly condition = model.required<Filter>();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly names = inject(Names);
  private readonly format = inject(Format);
  private readonly values = viewChild.required(Chips);

  protected readonly id = `filter-${String(++count)}`;
  protected readonly typed = signal("");
  protected readonly open = signal(false);
  private readonly dimension = computed(() => this.condition().dimension);
  protected readonly operators = computed(() =>
    operatorsOf(this.dimension()).map((value) => ({ value, text: this.t(`operator.${value}`) })),
  );
  protected readonly dimensions = computed(() => {
    const known: Dimension[] = [...FILTER_DIMENSIONS, ...this.properties().map(property)];
    return [...new Set([...known, this.dimension()])].map((value) => ({ value, text: this.names.ofDimension(value) }));
  });
  protected readonly chips = computed(() =>
    this.condition().values.map((value) => ({ value, text: this.names.of(this.dimension(), value) })),
  );
  /** Its values have names of their own here, so the server cannot look for what is typed. */
  protected readonly named = computed(() => this.names.translates(this.dimension()));

  private readonly searched = settled(this.typed);
  private readonly query = new SiteQuery({
    site: computed(() => (this.open() ? this.site() : undefined)),
    state: computed(() => ({
      dimension: this.dimension(),
      text: this.named() ? "" : (this.searched() ?? "").trim(),
      range: this.range(),
    })),
    body: ({ dimension, text, range }) => {
      const all = list(dimension, this.named() ? ALL : SUGGESTIONS);
      const found: Filter[] = text ? [{ dimension, op: "contains", values: [text] }] : [];
      if (dimension === "visitor_kind") found.push(MACHINES);
      return {
        range,
        compare: null,
        filters: found,
        include: [],
        queries: { values: all, ...(text ? { inside: { metrics: ["visitors"], dimensions: [] } } : {}) },
      };
    },
  });
  private readonly answer = computed(() => {
    const shown = this.query.shown();
    return shown?.state.dimension === this.dimension() ? shown : undefined;
  });

  protected readonly heading = computed(() => {
    const dimension = this.names.ofDimension(this.dimension());
    const text = this.typed().trim();
    return this.t(text ? "filter.found" : "filter.most", { dimension, text });
  });
  protected readonly choices = computed((): ListChoice[] => {
    const typed = this.typed().trim();
    const dimension = this.dimension();
    const rows = this.answer()?.answer.results["values"]?.rows ?? [];
    const human = { dimensions: [HUMAN], metrics: [] };
    const found = (dimension === "visitor_kind" ? [human, ...rows] : rows)
      .map(({ dimensions: [value = ""], metrics: [visitors = null] }) => ({
        value,
        text: this.names.of(dimension, value),
        tail: visitors === null ? "" : this.format.integer(visitors),
      }))
      .filter(({ text }) => matches(text, typed))
      .slice(0, SUGGESTIONS);
    if (!typed || this.named()) return found;
    const exact = found.filter(({ value }) => value === typed);
    const others = found.filter(({ value }) => value !== typed);
    return this.looksInside()
      ? [{ value: typed, text: typed, tail: this.foundInside() }, ...others]
      : [...exact, ...others, ...(others.length ? [this.insideChoice(typed)] : [])];
  });

  /** The values, or what it is about. */
  focus(where?: "what"): void {
    if (where) document.getElementById(`${this.id}-what`)?.focus();
    else this.values().focus();
  }

  protected goBy(dimension: Dimension): void {
    const { op } = this.condition();
    this.change({ dimension, op: operatorsOf(dimension).includes(op) ? op : "is", values: [] });
  }

  protected change(change: Partial<Filter>): void {
    this.condition.update((condition) => ({ ...condition, ...change }));
  }

  protected lookInside(text: string): void {
    this.change({ op: this.condition().op === "is" ? "contains" : "contains_not", values: [text] });
  }

  private looksInside(): boolean {
    return this.condition().op.startsWith("contains");
  }

  private insideChoice(typed: string): ListChoice {
    return { value: INSIDE, text: this.t("filter.inside", { text: typed }), tail: this.foundInside(), apart: true };
  }

  /** How many visitors have a value with what is typed in it, once the server has said so. */
  private foundInside(): string {
    const answer = this.answer();
    const visitors = answer?.answer.results["inside"]?.rows[0]?.metrics[0];
    return visitors === undefined || answer?.state.text !== this.typed().trim() ? "" : this.format.integer(visitors);
  }
}
