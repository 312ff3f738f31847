import { booleanAttribute, ChangeDetectionStrategy, Component, input } from "@angular/core";

/** One setting: what it is, why one would change it, and its control. "beside" is for switches and buttons, "full" for what is wide, as is a row without a name. */
@Component({
  selector: "hk-setting-row",
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./setting-row.css",
  host: { "[class]": "kind()", "[class.full]": "!name()" },
  template: `
    @if (name()) {
      <div>
        <div class="name">{{ name() }}</div>
        @if (hint()) {
          <div class="hint">{{ hint() }}</div>
        }
      </div>
    }
    <div class="control"><ng-content /></div>
  `,
})
export class SettingRow {
  readonly name = input("");
  readonly hint = input("");
  readonly kind = input<"" | "beside" | "full">("");
}

/** A card of settings: what it is about, with a button beside that (`[head]`), its rows, and below them `hk-save-foot` or `[foot]`. */
@Component({
  selector: "hk-section",
  imports: [SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./section.css",
  host: { class: "card", "[class.danger]": "danger()" },
  template: `
    <header>
      <div>
        <h2>{{ heading() }}</h2>
        @if (lead()) {
          <p>{{ lead() }}</p>
        }
      </div>
      <ng-content select="[head]" />
    </header>
    <ng-content />
    @if (error()) {
      <hk-setting-row>
        <p class="error" role="alert">{{ error() }}</p>
      </hk-setting-row>
    }
    <footer><ng-content select="[foot]" /></footer>
  `,
})
export class Section {
  readonly heading = input.required<string>();
  readonly lead = input("");
  /** Why saving was refused, where no field is at fault; below the rows. */
  readonly error = input<string | undefined>("");
  readonly danger = input(false, { transform: booleanAttribute });
}
