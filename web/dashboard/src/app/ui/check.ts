import { ChangeDetectionStrategy, Component, booleanAttribute, input, model } from "@angular/core";

/** A box to tick, or one of several to choose (`group` names them), with its words; the browser's own input below the looks. */
@Component({
  selector: "hk-check",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./check.css",
  template: `
    <label>
      <input
        [type]="group() ? 'radio' : 'checkbox'"
        [attr.name]="group() || null"
        [checked]="checked()"
        [disabled]="disabled()"
        (change)="checked.set($any($event.target).checked)"
      />
      <span><ng-content /></span>
    </label>
  `,
})
export class Check {
  readonly checked = model.required<boolean>();
  readonly group = input("");
  readonly disabled = input(false, { transform: booleanAttribute });
}
