import { ChangeDetectionStrategy, Component } from "@angular/core";

import { PartsControls } from "./controls";
import { PartsFields } from "./fields";
import { PartsMenus } from "./menus";
import { PartsOverlays } from "./overlays";
import { PartsReports } from "./reports";
import { PartsSettings } from "./settings";

/** What all pages are built from, with its states. Part of development builds only. */
@Component({
  selector: "hk-parts",
  imports: [PartsControls, PartsFields, PartsMenus, PartsOverlays, PartsReports, PartsSettings],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  template: `
    <main class="parts">
      <h1>Parts</h1>
      <section>
        <h2>Buttons, links, tags, switches</h2>
        <hk-parts-controls />
      </section>
      <section>
        <h2>Fields</h2>
        <hk-parts-fields />
      </section>
      <section>
        <h2>Menus</h2>
        <hk-parts-menus />
      </section>
      <section>
        <h2>Toasts, notes, dialogs</h2>
        <hk-parts-overlays />
      </section>
      <section class="s12">
        <h2>Periods, definitions, tables</h2>
        <hk-parts-reports />
      </section>
      <section class="s12">
        <h2>Settings and steps</h2>
        <hk-parts-settings />
      </section>
    </main>
  `,
})
export class Parts {}
