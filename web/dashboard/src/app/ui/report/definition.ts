import { ChangeDetectionStrategy, Component, input } from "@angular/core";

import { Opens } from "../opens";

/** One thing to know about a figure here: the site's rule, what is hidden, imported, or partial. */
export interface Fact {
  name: string;
  text: string;
}

/** The name of a figure, a column or a chart, which explains itself: one or two sentences, what applies here, and ways on. */
@Component({
  selector: "hk-definition",
  imports: [Opens],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./definition.css",
  template: `
    <button type="button" class="name" panelLook="sheet" [hkOpens]="definition">{{ name() }}</button>
    <ng-template #definition>
      <div class="def" tabindex="-1">
        <h3>{{ name() }}</h3>
        <p>{{ text() }}</p>
        @if (facts().length) {
          <dl>
            @for (fact of facts(); track fact.name) {
              <dt>{{ fact.name }}</dt>
              <dd>{{ fact.text }}</dd>
            }
          </dl>
        }
        <div class="ways"><ng-content /></div>
      </div>
    </ng-template>
  `,
})
export class Definition {
  readonly name = input.required<string>();
  readonly text = input.required<string>();
  /** Only what applies. */
  readonly facts = input<readonly Fact[]>([]);
}
