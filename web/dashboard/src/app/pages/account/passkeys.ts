import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { I18n } from "../../core/i18n";
import { Moments } from "../../core/moments";
import { makePasskey, passkeysHere } from "../../core/passkeys";
import { PeopleApi } from "../../core/people-api";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { Link } from "../../ui/link";
import { Entry } from "../../ui/settings/entry";
import { Questions } from "../../ui/settings/questions";
import { Section, SettingRow } from "../../ui/settings/section";
import { Tag } from "../../ui/tag";
import { SecurityState } from "./security-state";

/** The passkeys of an account: made here, renamed, removed. */
@Component({
  selector: "hk-passkeys",
  imports: [Button, Entry, Field, Icon, Link, Section, SettingRow, Tag],
  changeDetection: ChangeDetectionStrategy.OnPush,
  styleUrl: "./passkeys.css",
  template: `
    <hk-section
      [heading]="t('section.passkeys.name')"
      [lead]="t('passkeys.lead')"
      [error]="form.error('form') || problem() || security.problem()"
    >
      @if (usable()) {
        <button head type="button" hkButton [attr.aria-disabled]="form.busy()" (click)="add($event)">
          <hk-icon name="plus" />
          {{ t("passkeys.add") }}
        </button>
      }
      @if (security.now()?.passkeys_unusable) {
        <hk-setting-row>
          <p class="soft">{{ t("passkeys.no_address") }}</p>
        </hk-setting-row>
      } @else if (!here) {
        <hk-setting-row>
          <p class="soft">{{ t("passkeys.no_browser") }}</p>
        </hk-setting-row>
      }
      <ul>
        @for (one of entries(); track one.id) {
          <li hkEntry [name]="one.name" [sub]="one.when">
            @if (one.backed_up) {
              <hk-tag state>{{ t("passkeys.backed_up") }}</hk-tag>
            }
            <button type="button" hkLink [attr.aria-label]="one.rename" (click)="rename(one.id, one.name)">
              {{ t("passkeys.rename") }}
            </button>
            <button
              type="button"
              hkLink="danger"
              [attr.aria-label]="one.remove"
              (click)="remove(one.id, one.name, $event)"
            >
              {{ t("passkeys.remove") }}
            </button>
          </li>
        }
      </ul>
      @if (renamed()) {
        <hk-setting-row>
          <form class="fields" novalidate (submit)="save($event)">
            <hk-field
              required
              name="name"
              autocomplete="off"
              [label]="t('passkeys.name')"
              [(value)]="name"
              [error]="form.error('name')"
            />
            <div class="tools">
              <button type="submit" hkButton="primary" [attr.aria-disabled]="form.busy()">
                {{ t("passkeys.save") }}
              </button>
              <button type="button" hkLink (click)="renamed.set(undefined)">{{ t("action.cancel") }}</button>
            </div>
          </form>
        </hk-setting-row>
      }
    </hk-section>
  `,
})
export class PasskeysSection {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(PeopleApi);
  private readonly moments = inject(Moments);
  private readonly questions = inject(Questions);
  protected readonly security = inject(SecurityState);
  protected readonly form = formState(["name"], { part: true });
  protected readonly here = passkeysHere();
  protected readonly usable = computed(() => {
    const now = this.security.now();
    return this.here && !!now && !now.passkeys_unusable;
  });
  protected readonly entries = computed(() =>
    (this.security.now()?.passkeys ?? []).map((one) => ({
      ...one,
      when: [
        this.t("passkeys.added", { when: this.moments.day(one.created_at) }),
        one.last_used_at
          ? this.t("passkeys.used", { when: this.moments.short(one.last_used_at) })
          : this.t("passkeys.unused"),
      ].join(" · "),
      rename: this.t("passkeys.rename_one", { name: one.name }),
      remove: this.t("passkeys.remove_one", { name: one.name }),
    })),
  );
  /** What the browser had against it. */
  protected readonly problem = signal("");
  /** The one whose name is being typed. */
  protected readonly renamed = signal<string | undefined>(undefined);
  protected readonly name = signal("");

  constructor() {
    void this.security.again();
  }

  protected add(event: Event): Promise<void> {
    return this.send(event, async () => {
      const wanted = await this.questions.proved(() => this.api.startPasskey());
      if (!wanted) return;
      try {
        const made = await makePasskey(wanted.publicKey);
        if (!made) return;
        await this.api.addPasskey(made);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        this.problem.set(this.t(error.name === "InvalidStateError" ? "passkeys.there" : "passkeys.failed"));
        return;
      }
      await this.security.firstCodes();
    });
  }

  protected rename(id: string, name: string): void {
    this.renamed.set(id);
    this.name.set(name);
    this.form.clear();
  }

  protected save(event: Event): Promise<void> {
    const id = this.renamed();
    return this.send(
      event,
      async () => {
        if (id) await this.api.renamePasskey(id, this.name().trim());
        this.renamed.set(undefined);
        await this.security.again();
      },
      { name: this.name().trim() ? undefined : this.t("error.required") },
    );
  }

  protected async remove(id: string, name: string, event: Event): Promise<void> {
    const sure = await this.questions.sure({
      heading: this.t("passkeys.remove_one", { name }),
      text: this.t("passkeys.remove_text"),
      yes: this.t("passkeys.remove"),
    });
    if (!sure) return;
    await this.send(event, async () => {
      await this.questions.proved(() => this.api.removePasskey(id));
      await this.security.again();
    });
  }

  private send(event: Event, act: () => Promise<void>, errors: Record<string, string | undefined> = {}): Promise<void> {
    this.problem.set("");
    return this.form.submit(event, () => errors, act);
  }
}
