import { ChangeDetectionStrategy, Component, computed, signal } from "@angular/core";

import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { IconButton } from "../ui/icon-button";
import { MenuPart } from "../ui/menu";
import { MenuOpener, Opens } from "../ui/opens";
import { EXPORTS, FIGURES, SEGMENTS } from "./examples";

@Component({
  selector: "hk-parts-menus",
  imports: [Button, Icon, IconButton, MenuOpener, Opens],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  template: `
    <div class="line">
      <button type="button" hkButton [hkMenu]="segments()" (chosen)="segment.set($event)">
        {{ segment() }}
        <hk-icon name="down" />
      </button>
      <button type="button" hkButton [several]="true" [hkMenu]="figures()" (chosen)="toggle($event)">
        More figures
      </button>
      <button
        type="button"
        hkIconButton="dots"
        label="This view"
        side="end"
        [hkMenu]="exports"
        (chosen)="last.set($event)"
      ></button>
      <button type="button" hkButton [hkOpens]="note">Note</button>
      <ng-template #note let-close="close">
        <form class="box" (submit)="$event.preventDefault(); close()">
          <b>Note on 4 November</b>
          <label>
            Text
            <input value="Hacker News, front page for 9 hours" />
          </label>
          <button hkButton="primary" small>Save</button>
        </form>
      </ng-template>
      <output>{{ last() }}</output>
    </div>
  `,
})
export class PartsMenus {
  protected readonly segment = signal("All visits");
  protected readonly segments = computed<MenuPart[]>(() =>
    SEGMENTS.map((part) =>
      typeof part === "object" && "value" in part ? { ...part, checked: part.value === this.segment() } : part,
    ),
  );
  private readonly shown = signal<ReadonlySet<string>>(new Set(["Visits", "Page views"]));
  protected readonly figures = computed<MenuPart[]>(() => [
    { heading: "Figures shown, up to six" },
    ...FIGURES.map(({ text, tail }) => ({ value: text, text, tail, checked: this.shown().has(text) })),
  ]);
  protected readonly exports = EXPORTS;
  protected readonly last = signal("");

  protected toggle(figure: string): void {
    const shown = new Set(this.shown());
    if (!shown.delete(figure)) shown.add(figure);
    this.shown.set(shown);
  }
}
