import { ChangeDetectionStrategy, Component, booleanAttribute, input } from "@angular/core";

/** One of a list in a card of settings: what it is, how it stands, and what one can do with it. A phone has the state below. */
@Component({
  selector: "li[hkEntry]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./entry.css",
  host: { "[class.off]": "off()", "[class.marked]": "mark()", "[class.wordy]": "wordy()" },
  template: `
    @if (mark()) {
      <span class="mark" aria-hidden="true">{{ mark() }}</span>
    }
    <div class="what">
      <bdi class="name">{{ name() }}</bdi>
      @if (sub()) {
        <bdi class="sub">{{ sub() }}</bdi>
      }
    </div>
    <div class="state"><ng-content select="[state]" /></div>
    <div class="acts"><ng-content /></div>
  `,
})
export class Entry {
  readonly name = input.required<string>();
  readonly sub = input("");
  /** Initials, in place of a picture. */
  readonly mark = input("");
  /** It is over, or switched off. */
  readonly off = input(false);
  /** What one can do with it takes many words: a phone has them below, too. */
  readonly wordy = input(false, { transform: booleanAttribute });
}
