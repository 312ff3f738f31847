import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { NewApiClient, PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { hostText } from "../../core/text";
import { Button } from "../../ui/button";
import { Check } from "../../ui/check";
import { Chips } from "../../ui/chips";
import { matches } from "../../ui/combobox";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Select } from "../../ui/select";
import { Questions } from "../../ui/settings/questions";
import { ShownOnce } from "./shown-once";

type Scope = NonNullable<NewApiClient["scopes"]>[number];
const SCOPES: readonly Scope[] = ["read", "manage", "ingest"];
const DAY_MS = 86_400_000;
/** After how many days a key may end; 0 is never. */
const ENDS = [30, 90, 365, 0] as const;

/** Makes an API key: what it may, where, until when; then shows it, once. */
@Component({
  selector: "hk-new-key",
  imports: [Button, Check, Chips, Dialog, Field, Select, ShownOnce],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./new-key.css",
  template: `
    <hk-dialog [heading]="t('keys.new')" (closed)="closed.emit()">
      @if (token()) {
        <hk-shown-once [token]="token()" />
      } @else {
        <form id="new-key" novalidate (submit)="make($event)">
          <hk-field
            required
            name="key_name"
            autocomplete="off"
            [label]="t('keys.name')"
            [hint]="t('keys.name_hint')"
            [(value)]="name"
            [error]="form.error('name')"
          />
          <fieldset>
            <legend>{{ t("keys.may") }}</legend>
            @for (scope of scopes; track scope) {
              <hk-check [checked]="has(scope)" (checkedChange)="set(scope, $event)">
                {{ t("keys.scope." + scope + ".name") }}
                <small>{{ t("keys.scope." + scope + ".what") }}</small>
              </hk-check>
            }
            @if (form.error("scopes")) {
              <p class="error" role="alert">{{ form.error("scopes") }}</p>
            }
          </fieldset>
          <fieldset>
            <legend>{{ t("keys.where") }}</legend>
            <hk-check group="reach" [checked]="all()" (checkedChange)="all.set(true)">
              {{ t("keys.all_sites_later") }}
            </hk-check>
            <hk-check group="reach" [checked]="!all()" (checkedChange)="all.set(false)">
              {{ t("keys.some_sites") }}
            </hk-check>
            @if (!all()) {
              <hk-field bare required name="site_roles" [label]="t('keys.sites')" [error]="form.error('site_roles')">
                <hk-chips [listed]="true" [chips]="chips()" [choices]="found()" [(values)]="sites" [(typed)]="typed" />
              </hk-field>
            }
          </fieldset>
          <hk-field required name="ends" [label]="t('keys.end')" [error]="form.error('expires_at')">
            <hk-select [choices]="ends()" [(chosen)]="days" />
          </hk-field>
          @if (form.error("form"); as error) {
            <p class="error" role="alert">{{ error }}</p>
          }
        </form>
      }
      <ng-container foot>
        <span class="sp"></span>
        @if (token()) {
          <button type="button" hkButton="primary" (click)="closed.emit()">{{ t("keys.done") }}</button>
        } @else {
          <button type="submit" form="new-key" hkButton="primary" [attr.aria-disabled]="form.busy()">
            {{ t("keys.make") }}
          </button>
        }
      </ng-container>
    </hk-dialog>
  `,
})
export class NewKey {
  readonly team = input<string>();
  readonly made = output();
  readonly closed = output();

  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly session = inject(Session);
  protected readonly form = formState(["name", "scopes", "site_roles", "expires_at"], { part: true });
  protected readonly scopes = SCOPES;
  protected readonly name = signal("");
  protected readonly chosen = signal<readonly Scope[]>(["read"]);
  protected readonly all = signal(true);
  /** Ids of the sites that were chosen. */
  protected readonly sites = signal<readonly string[]>([]);
  protected readonly typed = signal("");
  private readonly known = computed(() =>
    (this.session.sites() ?? [])
      .filter(({ team_id }) => !this.team() || team_id === this.team())
      .map(({ id, domain }) => ({ value: id, text: hostText(domain) })),
  );
  protected readonly chips = computed(() => this.known().filter(({ value }) => this.sites().includes(value)));
  protected readonly found = computed(() => this.known().filter(({ text }) => matches(text, this.typed())));
  protected readonly days = signal<number>(365);
  protected readonly ends = computed(() =>
    ENDS.map((value) => ({ value, text: value ? this.t("keys.in_days", { n: value }) : this.t("keys.never") })),
  );
  /** The secret, once it is made. */
  protected readonly token = signal("");

  protected has(scope: Scope): boolean {
    return this.chosen().includes(scope);
  }

  protected set(scope: Scope, on: boolean): void {
    this.chosen.update((chosen) => SCOPES.filter((one) => (one === scope ? on : chosen.includes(one))));
  }

  protected make(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({
        name: this.name().trim() ? undefined : this.t("error.required"),
        scopes: this.chosen().length ? undefined : this.t("keys.no_scope"),
        site_roles: this.all() || this.sites().length ? undefined : this.t("error.required"),
      }),
      async () => {
        const wish = {
          name: this.name().trim(),
          scopes: [...this.chosen()],
          ...(this.all()
            ? { all_sites: true }
            : { site_roles: this.sites().map((site_id) => ({ site_id, role: null })) }),
          ...(this.days() ? { expires_at: new Date(Date.now() + this.days() * DAY_MS).toISOString() } : {}),
        };
        const made = await this.questions.proved(() => this.api.makeKey(wish, this.team()));
        if (!made) return;
        this.token.set(made.token);
        this.made.emit();
      },
    );
  }
}
