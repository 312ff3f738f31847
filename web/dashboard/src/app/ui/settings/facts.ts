import { ChangeDetectionStrategy, Component, input } from "@angular/core";

/** A figure of a state: what it is called, how it stands, and what it is measured against. */
export interface Measure {
  name: string;
  value: string;
  hint?: string;
}

/** Up to four figures side by side. */
@Component({
  selector: "hk-facts",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./facts.css",
  template: `
    <dl>
      @for (fact of facts(); track fact.name) {
        <div>
          <dt>{{ fact.name }}</dt>
          <dd class="value">{{ fact.value }}</dd>
          @if (fact.hint) {
            <dd class="hint">{{ fact.hint }}</dd>
          }
        </div>
      }
    </dl>
  `,
})
export class Facts {
  readonly facts = input.required<readonly Measure[]>();
}

/** Names and what they stand for, below each other. */
@Component({
  selector: "hk-key-values",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./key-values.css",
  template: `
    <dl>
      @for (pair of pairs(); track pair.name) {
        <dt>{{ pair.name }}</dt>
        <dd>
          <bdi>{{ pair.value }}</bdi>
        </dd>
      }
    </dl>
  `,
})
export class KeyValues {
  readonly pairs = input.required<readonly Measure[]>();
}
