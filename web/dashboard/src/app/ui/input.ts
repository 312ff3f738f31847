import { ChangeDetectionStrategy, Component, booleanAttribute, input } from "@angular/core";

/** The browser's own input, select or text area in the look of a field. */
@Component({
  selector: "input[hkInput], select[hkInput], textarea[hkInput]",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./input.css",
  host: { "[class.small]": "small()" },
  template: `
    <ng-content />
  `,
})
export class Input {
  readonly small = input(false, { transform: booleanAttribute });
}
