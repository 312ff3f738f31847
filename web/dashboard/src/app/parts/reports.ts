import { ChangeDetectionStrategy, Component, computed, signal } from "@angular/core";

import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Link } from "../ui/link";
import { MenuPart } from "../ui/menu";
import { Opens } from "../ui/opens";
import { ColumnChooser } from "../ui/report/column-chooser";
import { Column, DataTable, Sort } from "../ui/report/data-table";
import { Definition } from "../ui/report/definition";
import { Pager } from "../ui/report/pager";
import { Period } from "../ui/report/period";
import { RowMenu } from "../ui/report/row-menu";
import { FACTS, PAGES, PRESETS, PageRow, ROW_MENU } from "./examples";

@Component({
  selector: "hk-parts-reports",
  imports: [Button, ColumnChooser, DataTable, Definition, Icon, Link, Opens, Pager, Period, RowMenu],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  host: { class: "flex flex-col gap-4" },
  template: `
    <div class="line">
      <button type="button" hkButton panelLook="bare tall sheet" [hkOpens]="period">
        {{ said() }}
        <hk-icon name="down" />
      </button>
      <hk-definition
        name="Daily visitors, summed"
        text="Each visitor counts once a day, and the days are added: who comes on three days counts three times. Nobody is recognised on another day."
        [facts]="facts"
      >
        <a hkLink href="parts">What we count</a>
        <a hkLink href="parts">Why is this not what GA4 says?</a>
      </hk-definition>
      <span class="sp"></span>
      <hk-column-chooser [columns]="choosable" [usual]="usual" [(shown)]="shown" />
    </div>
    <ng-template #period let-close="close">
      <hk-period
        first="2026-03-02"
        last="2026-11-22"
        hint="In Europe/Berlin, today until now. Compared with 28 Sep – 25 Oct until 14:20."
        [presets]="presets()"
        [days]="days()"
        [comparisons]="comparisons"
        [(comparison)]="comparison"
        (preset)="preset.set($event); close()"
        (range)="days.set($event); preset.set(''); close()"
      />
    </ng-template>
    <div class="card clip">
      <hk-data-table
        label="Pages"
        empty="No page has this word."
        chosen="/map"
        [columns]="columns()"
        [rows]="rows()"
        [key]="path"
        [(sort)]="sort"
      >
        <ng-template let-row>
          <hk-row-menu [label]="'Menu of ' + row.path" [parts]="menuOf(row)" (chosen)="picked.set($event)" />
        </ng-template>
      </hk-data-table>
      <hk-pager [total]="167" [(page)]="page" [(size)]="size">
        Total of all pages: 18,402 visitors, 61,037 views
      </hk-pager>
    </div>
    <output>{{ picked() }}</output>
    <div class="card clip">
      <hk-data-table
        label="None"
        empty="No page has this word."
        [columns]="columns()"
        [rows]="[]"
        [key]="path"
        [(sort)]="sort"
      />
    </div>
  `,
})
export class PartsReports {
  protected readonly facts = FACTS;
  protected readonly preset = signal("28d");
  protected readonly presets = computed<MenuPart[]>(() =>
    PRESETS.map((part) =>
      typeof part === "object" && "value" in part ? { ...part, checked: part.value === this.preset() } : part,
    ),
  );
  protected readonly days = signal({ from: "2026-10-26", to: "2026-11-22" });
  protected readonly comparisons = [
    { value: "previous", text: "Previous" },
    { value: "year", text: "Year before" },
    { value: "off", text: "None" },
  ];
  protected readonly comparison = signal("previous");
  protected readonly said = computed(() => this.preset() || `${this.days().from} – ${this.days().to}`);
  protected readonly picked = signal("");

  private readonly all: readonly Column<PageRow>[] = [
    { name: "page", heading: "Page", kind: "name", text: (row) => row.path },
    {
      name: "visitors",
      heading: "Visitors",
      kind: "figure",
      main: true,
      phone: true,
      text: (row) => row.visitors.toLocaleString("en"),
      sum: "18,402",
    },
    {
      name: "share",
      heading: "Share",
      kind: "share",
      text: (row) => `${((row.visitors / 18_402) * 100).toFixed(1)}%`,
      share: (row) => row.visitors / 9_473,
    },
    {
      name: "change",
      heading: "Change",
      kind: "change",
      phone: true,
      text: (row) => row.change,
      tone: (row) => (row.change.startsWith("+") ? "up" : row.change.startsWith("−") ? "down" : ""),
    },
    {
      name: "views",
      heading: "Views",
      kind: "figure",
      text: (row) => row.views.toLocaleString("en"),
      sum: "61,037",
    },
    { name: "bounce", heading: "Bounce", kind: "figure", text: (row) => row.bounce },
  ];
  protected readonly choosable = this.all.slice(1);
  protected readonly usual = ["visitors", "share", "change", "views"];
  protected readonly shown = signal<readonly string[]>(this.usual);
  protected readonly columns = computed(() => [
    ...this.all.slice(0, 1),
    ...this.shown().flatMap((name) => this.all.find((column) => column.name === name) ?? []),
  ]);
  protected readonly sort = signal<Sort>({ column: "visitors", descending: true });
  protected readonly rows = computed(() => {
    const { column, descending } = this.sort();
    const sorted = [...PAGES].sort((a, b) =>
      column === "page"
        ? a.path.localeCompare(b.path)
        : column === "views"
          ? a.views - b.views
          : a.visitors - b.visitors,
    );
    return descending ? sorted.reverse() : sorted;
  });
  protected readonly page = signal(1);
  protected readonly size = signal(20);
  protected readonly path = (row: PageRow): string => row.path;

  protected menuOf(row: PageRow): MenuPart[] {
    return [{ heading: row.path }, ...ROW_MENU];
  }
}
