import { Toolbar as AriaToolbar, ToolbarWidget } from "@angular/aria/toolbar";
import { ChangeDetectionStrategy, Component, Directive, input } from "@angular/core";

/** Controls that belong together and are one stop for Tab; arrow keys go from one to the next. Each carries `hkTool`. */
@Component({
  selector: "hk-toolbar",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./toolbar.css",
  hostDirectives: [AriaToolbar],
  host: { "[attr.aria-label]": "label()" },
  template: `
    <ng-content />
  `,
})
export class Toolbar {
  readonly label = input.required<string>();
}

/** A control of a toolbar. */
@Directive({ selector: "[hkTool]", hostDirectives: [{ directive: ToolbarWidget, inputs: ["disabled"] }] })
export class Tool {}
