import { ChangeDetectionStrategy, Component, computed, input } from "@angular/core";

import { hostText } from "../core/text";

/** Colours that carry white text (4.5:1 at least). */
const COLOURS = 6;

/** A small square with the first letter of the domain; nothing is fetched from the site. */
@Component({
  selector: "hk-site-mark",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./site-mark.css",
  template: `
    <span class="fav" aria-hidden="true" [attr.data-colour]="colour()" [attr.data-letter]="letter()"></span>
  `,
})
export class SiteMark {
  readonly domain = input.required<string>();
  protected readonly letter = computed(() => Array.from(hostText(this.domain()))[0] ?? "");
  protected readonly colour = computed(
    () => Array.from(this.domain()).reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 997, 0) % COLOURS,
  );
}
