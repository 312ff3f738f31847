import { ChangeDetectionStrategy, Component, input, model } from "@angular/core";

import { Rove } from "./rove";
import { Choice } from "./seg";

/** The tabs of a panel. The page gives the panel role="tabpanel", the id `panel` and aria-labelledby="tab-VALUE". */
@Component({
  selector: "hk-tabs",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./tabs.css",
  hostDirectives: [Rove],
  host: { class: "tabs", role: "tablist", "[attr.aria-label]": "label()" },
  template: `
    @for (tab of tabs(); track tab.value) {
      <button
        type="button"
        role="tab"
        [id]="'tab-' + tab.value"
        [attr.aria-selected]="tab.value === chosen()"
        [attr.aria-controls]="panel()"
        [tabindex]="tab.value === chosen() ? 0 : -1"
        (click)="chosen.set(tab.value)"
      >
        <span>{{ tab.text }}</span>
      </button>
    }
  `,
})
export class Tabs<T extends string> {
  readonly tabs = input.required<readonly Choice<T>[]>();
  readonly chosen = model.required<T>();
  readonly label = input.required<string>();
  readonly panel = input.required<string>();
}
