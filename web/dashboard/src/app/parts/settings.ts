import { ChangeDetectionStrategy, Component, computed, signal } from "@angular/core";

import { RouterLink } from "@angular/router";

import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Link } from "../ui/link";
import { Select } from "../ui/select";
import { Facts, KeyValues } from "../ui/settings/facts";
import { LeaveQuestion } from "../ui/settings/leave-question";
import { SaveFoot } from "../ui/settings/save-foot";
import { Section, SettingRow } from "../ui/settings/section";
import { Checklist, Step, Todo, Wizard } from "../ui/settings/steps";
import { Switch } from "../ui/switch";

@Component({
  selector: "hk-parts-settings",
  imports: [
    Button,
    Checklist,
    Facts,
    Field,
    KeyValues,
    LeaveQuestion,
    Link,
    RouterLink,
    SaveFoot,
    Section,
    Select,
    SettingRow,
    Switch,
    Todo,
    Wizard,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  host: { class: "flex flex-col gap-4" },
  template: `
    <div class="flex flex-col gap-4">
      <hk-section heading="General">
        <hk-setting-row name="Name" hint="Shown in lists and mails.">
          <hk-field name="parts-site" label="Name" bare required [(value)]="name" />
        </hk-setting-row>
        <hk-setting-row name="Week begins on" hint="From the zone’s country; Monday means ISO weeks.">
          <hk-field name="parts-week" label="Week begins on" bare required>
            <hk-select [choices]="weekdays" [(chosen)]="weekday" />
          </hk-field>
        </hk-setting-row>
        <hk-setting-row kind="beside" name="Respect Do Not Track" hint="Global Privacy Control is always respected.">
          <button hkSwitch label="Respect Do Not Track" [(on)]="respected"></button>
        </hk-setting-row>
        <hk-save-foot
          foot
          discards
          last="Changed by Hanna Krüger on 4 November."
          [changes]="changes()"
          [saved]="saved()"
          (save)="save()"
          (discard)="discard()"
        />
      </hk-section>
      <hk-section heading="State" lead="How the instance stands, and what it is measured against.">
        <hk-facts [facts]="facts" />
        <hk-key-values [pairs]="pairs" />
      </hk-section>
      <hk-section heading="Delete for good" lead="All figures of this site. This cannot be undone." danger>
        <hk-setting-row kind="beside" name="birdwatch.example" hint="61,037 page views">
          <button type="button" hkButton="danger">Delete for good</button>
        </hk-setting-row>
      </hk-section>
    </div>
    <a hkLink routerLink="/login">Another page</a>
    <hk-checklist [steps]="steps" />
    <div class="card">
      <div role="list">
        <hk-todo [number]="1" state="done" text="Site added" detail="birdwatch.example, Europe/Berlin" />
        <hk-todo [number]="2" state="now" text="Live check: no visit has arrived yet">
          <button type="button" hkButton="primary" small>Go on</button>
        </hk-todo>
        <hk-todo [number]="3" text="First goal" detail="a page, an event, a scroll depth or an order">
          <button type="button" hkButton small>Add goal</button>
        </hk-todo>
      </div>
    </div>
    <hk-wizard label="Set-up" [current]="2" [steps]="['Owner', 'Site', 'Snippet', 'Live check', 'Leave me out']">
      <hk-field name="parts-new" label="Domain" required value="birdwatch.example" />
      <div class="line">
        <button type="button" hkLink>Later</button>
        <span class="sp"></span>
        <button type="button" hkButton="primary">Add site</button>
      </div>
    </hk-wizard>
    <hk-leave-question />
  `,
})
export class PartsSettings {
  protected readonly weekdays = [
    { value: "mon", text: "Monday" },
    { value: "sun", text: "Sunday" },
  ];
  private readonly kept = signal({ name: "birdwatch.example", weekday: "mon", respected: true });
  protected readonly name = signal(this.kept().name);
  protected readonly weekday = signal(this.kept().weekday);
  protected readonly respected = signal(this.kept().respected);
  protected readonly saved = signal(false);
  protected readonly changes = computed(() => [
    ...(this.name() === this.kept().name ? [] : ["name"]),
    ...(this.weekday() === this.kept().weekday ? [] : ["first day of the week"]),
    ...(this.respected() === this.kept().respected ? [] : ["Do Not Track"]),
  ]);
  protected readonly facts = [
    { name: "Figures are behind", value: "0.4 s", hint: "1 s at most" },
    { name: "Log", value: "212 MB", hint: "of 40 GB" },
    { name: "Disk lasts", value: "14 months", hint: "at this rate" },
    { name: "Last restore test", value: "good", hint: "last night" },
  ];
  protected readonly pairs = [
    { name: "Version", value: "0.1.0" },
    { name: "Data directory", value: "/var/lib/hitkeep" },
  ];
  protected readonly steps: readonly Step[] = [
    { text: "birdwatch.example answers", state: "done", when: "0.2 s" },
    { text: "The snippet is in its pages", state: "failed", detail: "It is there with another address." },
    { text: "Waiting for the first visit", state: "now" },
    { text: "Leave me out", state: "waiting" },
  ];

  protected save(): void {
    this.kept.set({ name: this.name(), weekday: this.weekday(), respected: this.respected() });
    this.saved.set(true);
  }

  protected discard(): void {
    this.name.set(this.kept().name);
    this.weekday.set(this.kept().weekday);
    this.respected.set(this.kept().respected);
  }
}
