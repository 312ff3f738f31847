import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  booleanAttribute,
  computed,
  inject,
  input,
  output,
} from "@angular/core";

import { I18n } from "../../core/i18n";
import { Button } from "../button";
import { Unsaved } from "./unsaved";

/**
 * The foot of a card of settings: what is changed ("1 change: time zone"), that it was saved, who did it last; Save, and
 * Discard where the page can. Without `changes` the card is an act of its own, such as a new password. Whoever leaves the
 * page with changes is asked by `hk-leave-question`, by the browser where the page itself goes.
 */
@Component({
  selector: "hk-save-foot",
  imports: [Button],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { "(window:beforeunload)": "unload($event)", class: "contents" },
  template: `
    <span role="status" [class.down]="error()">{{ error() || state() }}</span>
    <span class="sp"></span>
    @if (discards() && changed()) {
      <button type="button" hkButton [attr.aria-disabled]="busy()" (click)="discard.emit()">
        {{ t("save.discard") }}
      </button>
    }
    <button
      type="submit"
      [hkButton]="changes() ? 'primary' : ''"
      [attr.aria-disabled]="busy() || !ready()"
      (click)="submit($event)"
    >
      {{ action() || t("action.save") }}
    </button>
  `,
})
export class SaveFoot {
  /** The names of the settings that were changed, as the page calls them. */
  readonly changes = input<readonly string[]>();
  readonly saved = input(false);
  readonly busy = input(false);
  readonly error = input("");
  /** Said while nothing is changed: what came of it, or who changed it last and from when it counts. */
  readonly last = input("");
  /** The word on the button, where it is not Save. */
  readonly action = input("");
  readonly discards = input(false, { transform: booleanAttribute });
  readonly save = output<Event>();
  readonly discard = output();

  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  /** Whether something would be lost. */
  readonly changed = computed(() => (this.changes()?.length ?? 0) > 0);
  protected readonly ready = computed(() => this.changes() === undefined || this.changed());
  protected readonly state = computed(() => {
    const changes = this.changes();
    if (changes?.length) {
      const names = new Intl.ListFormat(this.i18n.locale(), { type: "conjunction" }).format(changes);
      return this.i18n.plural("save.changes", changes.length, { n: changes.length, names });
    }
    if (this.saved()) return this.t("save.saved");
    return this.last() || (changes ? this.t("save.no_changes") : "");
  });

  constructor() {
    const unsaved = inject(Unsaved);
    unsaved.add(this);
    inject(DestroyRef).onDestroy(() => unsaved.remove(this));
  }

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.ready() && !this.busy()) this.save.emit(event);
  }

  protected unload(event: Event): void {
    if (this.changed()) event.preventDefault();
  }
}
