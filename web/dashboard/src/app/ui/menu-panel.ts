import { ChangeDetectionStrategy, Component, input, output } from "@angular/core";

import { Menu, MenuPart } from "./menu";
import { Panel, PanelLook } from "./panel";

/** A menu below its button. */
@Component({
  selector: "hk-menu-panel",
  host: { class: "contents" },
  imports: [Menu, Panel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-panel [origin]="origin()" [side]="side()" [look]="look()" (closed)="closed.emit($event)">
      <hk-menu [label]="label()" [parts]="parts()" [several]="several()" (chosen)="chosen.emit($event)" />
    </hk-panel>
  `,
})
export class MenuPanel<T> {
  readonly origin = input.required<HTMLElement>();
  readonly label = input.required<string>();
  readonly side = input<"start" | "end">("start");
  readonly look = input<PanelLook>("");
  readonly parts = input.required<readonly MenuPart<T>[]>();
  readonly several = input(false);
  readonly chosen = output<T>();
  readonly closed = output<boolean>();
}
