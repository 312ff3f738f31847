import { ChangeDetectionStrategy, Component, Injectable, computed, inject, input } from "@angular/core";

import { I18n } from "../core/i18n";
import { Names } from "../core/names";
import { isTest, partsOf } from "../core/predicate";
import { Predicate } from "../core/query";

/** Of more values of a test than this only the first two show. */
const SHOWN_VALUES = 3;

/** A filter is said in words and values, which stand out. */
interface Piece {
  text: string;
  value: boolean;
}

/** How filters are said. */
@Injectable({ providedIn: "root" })
export class FilterText {
  private readonly t = inject(I18n).t;
  private readonly names = inject(Names);

  /** With all of its values. */
  whole(filter: Predicate): string {
    return this.pieces(filter, true)
      .map((piece) => piece.text)
      .join("");
  }

  /** Junctions inside of others stand in parentheses; there, "or" is not between the values of a test. */
  pieces(filter: Predicate, whole = false, depth = 0): Piece[] {
    const word = (text: string): Piece => ({ text, value: false });
    if (isTest(filter)) {
      const values = filter.values.map((value) => this.names.of(filter.dimension, value));
      const rest = whole || values.length <= SHOWN_VALUES ? 0 : values.length - 2;
      const between = depth || rest ? ", " : ` ${this.t("filter.or")} `;
      return [
        word(`${this.names.ofDimension(filter.dimension)} ${this.t(`operator.${filter.op}`)} `),
        { text: values.slice(0, values.length - rest).join(between), value: true },
        ...(rest ? [word(` + ${String(rest)}`)] : []),
      ];
    }
    const [kind, parts] = partsOf(filter);
    const said = parts.flatMap((part, i) => [
      ...(i ? [word(` ${this.t(`filter.${kind}`)} `)] : []),
      ...this.pieces(part, whole, depth + 1),
    ]);
    if (kind === "not") return [word(`${this.t("filter.not")} (`), ...said, word(")")];
    return depth ? [word("("), ...said, word(")")] : said;
  }
}

/** A filter in words. */
@Component({
  selector: "hk-filter-words",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./filter-words.css",
  template: `
    @for (piece of pieces(); track $index) {
      @if (piece.value) {
        <b>
          <bdi>{{ piece.text }}</bdi>
        </b>
      } @else {
        <span>{{ piece.text }}</span>
      }
    }
  `,
})
export class FilterWords {
  readonly filter = input.required<Predicate>();

  private readonly text = inject(FilterText);
  protected readonly pieces = computed(() => this.text.pieces(this.filter()));
}
