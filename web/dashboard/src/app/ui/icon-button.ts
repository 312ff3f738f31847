import { ChangeDetectionStrategy, Component, booleanAttribute, input } from "@angular/core";

import { Icon, IconName } from "./icon";

/** A picture that acts; its name is read out and shown while the pointer rests on it. */
@Component({
  selector: "button[hkIconButton], a[hkIconButton]",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./icon-button.css",
  host: {
    class: "icon-btn",
    "[class.small]": "small()",
    "[style.--icon-stroke]": "hkIconButton() === 'dots' ? 2.8 : null",
    "[attr.aria-label]": "label()",
    "[title]": "label()",
  },
  template: `
    <hk-icon [name]="hkIconButton()" />
  `,
})
export class IconButton {
  readonly hkIconButton = input.required<IconName>();
  readonly label = input.required<string>();
  readonly small = input(false, { transform: booleanAttribute });
}
