import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";

import { Button } from "../ui/button";
import { Dialog, Sheet } from "../ui/dialog";
import { EmptyState } from "../ui/empty-state";
import { Field } from "../ui/field";
import { inAddress } from "../ui/in-address";
import { Link } from "../ui/link";
import { Note } from "../ui/note";
import { Toasts } from "../ui/toasts";

@Component({
  selector: "hk-parts-overlays",
  imports: [Button, Dialog, EmptyState, Field, Link, Note, Sheet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  template: `
    <div class="flex flex-col gap-3">
      <div class="line">
        <button type="button" hkButton (click)="asking.set(true)">Dialog</button>
        <button type="button" hkButton (click)="sheet.open('pages')">Sheet</button>
        <button type="button" hkButton (click)="hide()">Hide page views</button>
        <button type="button" hkButton (click)="fail()">Lose the connection</button>
        <output>{{ said() }}</output>
      </div>
      <hk-note>
        A
        <b>note</b>
        explains, where it is needed, once.
      </hk-note>
      <hk-note tone="good">Everything is counted.</hk-note>
      <hk-note tone="mid">
        <b>12% of hits were not counted</b>
        today.
        <button type="button" hkLink="accent">Why</button>
      </hk-note>
      <hk-note tone="bad">
        <b>The disk is full.</b>
        Hits are refused until there is room.
      </hk-note>
      <div class="card">
        <hk-empty-state heading="No goals yet" text="A goal is a page or an event that you want visitors to reach.">
          <button type="button" hkButton="primary">Add goal</button>
        </hk-empty-state>
      </div>
    </div>
    @if (asking()) {
      <hk-dialog heading="Note on 4 November" large (closed)="asking.set(false)">
        <hk-field name="parts-note" label="Text" required value="Hacker News, front page for 9 hours" />
        <ng-container foot>
          <button type="button" hkLink="danger">Delete</button>
          <span class="sp"></span>
          <button type="button" hkButton="primary">Save</button>
        </ng-container>
      </hk-dialog>
    }
    @if (sheet.value(); as list) {
      <hk-sheet [heading]="'All ' + list" (closed)="sheet.close()">
        <div class="box">{{ list }}</div>
        <button foot type="button" hkButton>Export</button>
      </hk-sheet>
    }
  `,
})
export class PartsOverlays {
  private readonly toasts = inject(Toasts);
  protected readonly asking = signal(false);
  protected readonly sheet = inAddress("list");
  protected readonly said = signal("");

  protected hide(): void {
    this.toasts.show({ text: "4,113 page views hidden", undo: () => this.said.set("undone") });
  }

  protected fail(): void {
    this.toasts.show({
      text: "No connection. Figures as of 14:20.",
      bad: true,
      retry: () => this.said.set("tried again"),
    });
  }
}
