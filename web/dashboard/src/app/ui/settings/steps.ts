import { ChangeDetectionStrategy, Component, computed, inject, input } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Icon, IconName } from "../icon";

/** How a step stands. */
export type StepState = "done" | "now" | "waiting" | "failed";

/** A step with its outcome: what was done, or what failed and how it is mended. */
export interface Step {
  text: string;
  state: StepState;
  detail?: string;
  /** When it was done, or how far it is. */
  when?: string;
}

const MARKS: Record<StepState, IconName | ""> = { done: "check", failed: "close", now: "", waiting: "" };

/** Checks that are made one after the other, each with its outcome; one that runs turns. */
@Component({
  selector: "hk-checklist",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./checklist.css",
  template: `
    <div role="status">
      <ol>
        @for (step of shown(); track step.text) {
          <li [class]="step.state">
            <span class="mark">
              @if (step.mark) {
                <hk-icon [name]="step.mark" />
              }
            </span>
            <div>
              <span class="sr">{{ t("step." + step.state) }}</span>
              &ngsp;{{ step.text }}
              @if (step.detail) {
                <p>{{ step.detail }}</p>
              }
            </div>
            @if (step.when) {
              <span class="when">{{ step.when }}</span>
            }
          </li>
        }
      </ol>
    </div>
  `,
})
export class Checklist {
  readonly steps = input.required<readonly Step[]>();
  protected readonly t = inject(I18n).t;
  protected readonly shown = computed(() => this.steps().map((step) => ({ ...step, mark: MARKS[step.state] })));
}

/** Something left to do, with its number; its content is the button that does it. */
@Component({
  selector: "hk-todo",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./todo.css",
  host: { role: "listitem", "[class]": "state()" },
  template: `
    <span class="mark">
      @if (state() === "done") {
        <hk-icon name="check" />
      } @else {
        {{ number() }}
      }
    </span>
    <div>
      <div class="name">
        <span class="sr">{{ t("step." + state()) }}</span>
        &ngsp;{{ text() }}
      </div>
      @if (detail()) {
        <div class="hint">{{ detail() }}</div>
      }
    </div>
    <ng-content />
  `,
})
export class Todo {
  readonly number = input.required<number>();
  readonly text = input.required<string>();
  readonly state = input<"done" | "now" | "waiting">("waiting");
  readonly detail = input("");
  protected readonly t = inject(I18n).t;
}

/** A task in few steps: where one is, and its content, the form of this step. */
@Component({
  selector: "hk-wizard",
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./wizard.css",
  host: { class: "card" },
  template: `
    <ol [attr.aria-label]="label()">
      @for (step of steps(); track step; let i = $index) {
        <li [attr.aria-current]="i + 1 === current() ? 'step' : null" [class.done]="i + 1 < current()">
          <span class="mark">
            @if (i + 1 < current()) {
              <hk-icon name="check" />
            } @else {
              {{ i + 1 }}
            }
          </span>
          <span class="text">{{ step }}</span>
        </li>
      }
    </ol>
    <div class="inside"><ng-content /></div>
  `,
})
export class Wizard {
  readonly label = input.required<string>();
  readonly steps = input.required<readonly string[]>();
  /** From 1. */
  readonly current = input.required<number>();
}
