import { ChangeDetectionStrategy, Component, signal } from "@angular/core";

import { Button } from "../ui/button";
import { Check } from "../ui/check";
import { Dot } from "../ui/dot";
import { Icon } from "../ui/icon";
import { IconButton } from "../ui/icon-button";
import { Kbd } from "../ui/kbd";
import { Link } from "../ui/link";
import { Seg } from "../ui/seg";
import { Switch } from "../ui/switch";
import { Tabs } from "../ui/tabs";
import { Tag } from "../ui/tag";
import { Tool, Toolbar } from "../ui/toolbar";

@Component({
  selector: "hk-parts-controls",
  imports: [Button, Check, Dot, Icon, IconButton, Kbd, Link, Seg, Switch, Tabs, Tag, Tool, Toolbar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  template: `
    <div class="card box">
      <hk-toolbar label="What one can do">
        <button type="button" hkButton hkTool>Cancel</button>
        <button type="button" hkButton="primary" hkTool>Save</button>
        <button type="button" hkButton="delete" hkTool>Delete for good</button>
        <button type="button" hkButton="primary" hkTool disabled>Save</button>
        <button type="button" hkButton hkTool>
          <hk-icon name="download" />
          Export
        </button>
      </hk-toolbar>
      <div class="line">
        <button type="button" hkButton small>
          <hk-icon name="copy" />
          Copy
        </button>
        <button type="button" hkLink>
          <hk-icon name="plus" />
          Condition
        </button>
        <button type="button" hkLink="accent">Show</button>
        <button type="button" hkLink="danger">Withdraw</button>
        <button type="button" hkIconButton="dots" label="More"></button>
        <button type="button" hkLink="quiet">
          Day
          <hk-icon name="down" />
        </button>
        <hk-seg label="Compare with" size="small" [choices]="comparisons" [(chosen)]="comparison" />
      </div>
      <div class="line">
        <hk-tag>read</hk-tag>
        <hk-tag tone="on">running</hk-tag>
        <hk-tag tone="good">healthy</hk-tag>
        <hk-tag tone="mid">catching up</hk-tag>
        <hk-tag tone="bad">failed</hk-tag>
        <hk-tag>
          <hk-icon name="check" />
          second factor
        </hk-tag>
        <kbd hkKbd>F</kbd>
        <hk-dot tone="good" class="mx-1" />
        <hk-dot />
        <button hkSwitch label="Counted" [(on)]="on"></button>
        <button hkSwitch label="Hidden" [(on)]="off"></button>
      </div>
      <div class="flex flex-wrap gap-4">
        <hk-check [(checked)]="ticked">Checked</hk-check>
        <hk-check [(checked)]="unticked">Not checked</hk-check>
        <hk-check group="one" [checked]="first() === 'a'" (checkedChange)="first.set('a')">Chosen</hk-check>
        <hk-check group="one" [checked]="first() === 'b'" (checkedChange)="first.set('b')">Not chosen</hk-check>
      </div>
      <hk-tabs label="Behaviour" panel="parts-panel" [tabs]="tabs" [(chosen)]="tab" />
      <div id="parts-panel" role="tabpanel" [attr.aria-labelledby]="'tab-' + tab()">{{ tab() }}</div>
    </div>
  `,
})
export class PartsControls {
  protected readonly comparisons = [
    { value: "previous", text: "Previous" },
    { value: "year", text: "Year before" },
    { value: "off", text: "None" },
  ];
  protected readonly comparison = signal("previous");
  protected readonly on = signal(true);
  protected readonly off = signal(false);
  protected readonly ticked = signal(true);
  protected readonly unticked = signal(false);
  protected readonly first = signal<"a" | "b">("a");
  protected readonly tabs = [
    { value: "goals", text: "Goals" },
    { value: "events", text: "Events" },
    { value: "outbound", text: "Outbound" },
  ] as const;
  protected readonly tab = signal<"goals" | "events" | "outbound">("goals");
}
