import { ChangeDetectionStrategy, Component, input } from "@angular/core";

/** An action or an address as words: "quiet" is a small switch beside a chart. */
@Component({
  selector: "button[hkLink], a[hkLink]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./link.css",
  host: { class: "link", "[class]": "hkLink()" },
  template: `
    <ng-content />
  `,
})
export class Link {
  readonly hkLink = input<"" | "accent" | "danger" | "quiet">("");
}
