import { ChangeDetectionStrategy, Component, input, model } from "@angular/core";

/** Something that is on or off and takes effect as the form says. Its name is read out; the row beside it shows it. */
@Component({
  selector: "button[hkSwitch]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./switch.css",
  host: {
    type: "button",
    role: "switch",
    "[attr.aria-checked]": "on()",
    "[attr.aria-label]": "label()",
    "(click)": "on.set(!on())",
  },
  template: "",
})
export class Switch {
  readonly on = model.required<boolean>();
  readonly label = input.required<string>();
}
