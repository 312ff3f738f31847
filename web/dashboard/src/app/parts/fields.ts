import { ChangeDetectionStrategy, Component, computed, signal } from "@angular/core";

import { Chips } from "../ui/chips";
import { Combobox, matches } from "../ui/combobox";
import { Field } from "../ui/field";
import { Select } from "../ui/select";

@Component({
  selector: "hk-parts-fields",
  imports: [Chips, Combobox, Field, Select],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./parts.css",
  template: `
    <div class="card box pairs">
      <hk-field name="parts-name" label="Name" required [(value)]="name" />
      <hk-field name="parts-domain" label="Domain" hint="Without https://." required [(value)]="domain" />
      <hk-field name="parts-wrong" label="Wrong" error="A domain has no spaces." required value="bird watch" />
      <hk-field name="parts-password" label="Password" type="password" value="swordfish" />
      <hk-field name="parts-seen" label="Seen by">
        <hk-select [choices]="readers" [(chosen)]="reader" />
      </hk-field>
      <hk-field name="parts-zone" label="Time zone" required hint="Days begin and end in this zone.">
        <hk-combobox [choices]="zones" [(chosen)]="zone" />
      </hk-field>
      <hk-field name="parts-birds" label="Birds" required hint="Others than these can be typed.">
        <hk-chips
          heading="Birds, by sightings"
          [chips]="seen()"
          [choices]="found()"
          [(values)]="birds"
          [(typed)]="typed"
        />
      </hk-field>
    </div>
  `,
})
export class PartsFields {
  protected readonly name = signal("Report a sighting");
  protected readonly domain = signal("birdwatch.example");
  protected readonly readers = [
    { value: "site", text: "Everyone of this site", tail: "12" },
    { value: "team", text: "My team", tail: "4" },
    { value: "me", text: "Only me" },
  ];
  protected readonly reader = signal("site");
  protected readonly zones = Intl.supportedValuesOf("timeZone").map((value) => ({
    value,
    text: value.replaceAll("_", " "),
  }));
  protected readonly zone = signal("Europe/Berlin");
  protected readonly birds = signal<readonly string[]>(["Kingfisher"]);
  protected readonly typed = signal("");
  protected readonly seen = computed(() => this.birds().map((value) => ({ value, text: value })));
  protected readonly found = computed(() =>
    ["Kingfisher", "Heron", "Wren"]
      .filter((text) => matches(text, this.typed()))
      .map((text, i) => ({ value: text, text, tail: String(90 - 20 * i) })),
  );
}
