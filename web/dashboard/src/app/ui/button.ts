import { ChangeDetectionStrategy, Component, booleanAttribute, input } from "@angular/core";

/** "danger" leads to something that cannot be undone, "delete" does it; one primary button at most in a form or dialog. */
export type ButtonKind = "" | "primary" | "danger" | "delete";

/** A button, or a link that looks like one. Its native attributes stay its own: type, disabled, aria-disabled, data-key. */
@Component({
  selector: "button[hkButton], a[hkButton]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./button.css",
  host: { class: "btn", "[class]": "hkButton()", "[class.small]": "small()" },
  template: `
    <ng-content />
  `,
})
export class Button {
  readonly hkButton = input<ButtonKind>("");
  readonly small = input(false, { transform: booleanAttribute });
}
