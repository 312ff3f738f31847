import { Directive, inject } from "@angular/core";

import { Field } from "./field";

/** What one types in or presses, of a control that is the content of a field: the field's label, hint and error are its. */
@Directive({
  selector: "[hkControl]",
  host: {
    "[id]": "field.name()",
    "[attr.aria-describedby]": "field.describedBy()",
    "[attr.aria-invalid]": "field.error() ? 'true' : null",
  },
})
export class Control {
  protected readonly field = inject(Field);
}
