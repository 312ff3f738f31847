import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, signal } from "@angular/core";
import { Router } from "@angular/router";

import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { Session } from "../../core/session";
import { isolated, visible } from "../../core/text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Questions } from "../../ui/settings/questions";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section, SettingRow } from "../../ui/settings/section";
import { Switch } from "../../ui/switch";

/** The team's name, the way out of it, and its end. */
@Component({
  selector: "hk-team-settings",
  imports: [Button, Dialog, Field, SaveFoot, Section, SettingRow, Switch],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section [error]="form.error('form')" [heading]="t('section.team_settings.name')">
        @if (renames()) {
          <hk-setting-row [name]="t('team.name')">
            <hk-field
              bare
              required
              name="rename_team"
              autocomplete="off"
              [label]="t('team.name')"
              [(value)]="name"
              [error]="form.error('name')"
            />
          </hk-setting-row>
        }
        @if (renames()) {
          <hk-setting-row kind="beside" [name]="t('team.counts')" [hint]="t('team.counts_hint')">
            <button hkSwitch [label]="t('team.counts')" [on]="counts()" (onChange)="pause(!$event)"></button>
          </hk-setting-row>
        }
        <hk-setting-row kind="beside" [name]="t('team.leave')" [hint]="t('team.leave_hint')">
          <button type="button" hkButton="danger" (click)="leave()">{{ t("team.leave_do") }}</button>
        </hk-setting-row>
        @if (deletes()) {
          <hk-setting-row kind="beside" [name]="t('team.delete')" [hint]="t('team.delete_hint')">
            <button type="button" hkButton="danger" (click)="open()">{{ t("team.delete_for_good") }}</button>
          </hk-setting-row>
        }
        @if (renames()) {
          <hk-save-foot foot [changes]="changes()" [saved]="saved()" [busy]="form.busy()" (save)="rename($event)" />
        }
      </hk-section>
    </form>
    @if (deleting()) {
      <hk-dialog [heading]="t('team.delete')" (closed)="deleting.set(false)">
        <p class="soft">{{ t("team.delete_text", { name: shown() }) }}</p>
        @if (sites(); as n) {
          <p class="soft">{{ i18n.plural("team.delete_sites", n, { n }) }} {{ t("team.delete_where") }}</p>
        }
        <form id="delete-team" novalidate (submit)="remove($event)">
          <hk-field
            required
            name="typed_team"
            autocomplete="off"
            [label]="t('team.name')"
            [(value)]="typed"
            [error]="deletion.error('name') || deletion.error('form')"
          />
        </form>
        <ng-container foot>
          <button type="button" hkButton (click)="deleting.set(false)">{{ t("action.cancel") }}</button>
          <span class="sp"></span>
          <button type="submit" form="delete-team" hkButton="delete" [attr.aria-disabled]="deletion.busy()">
            {{ t("team.delete_for_good") }}
          </button>
        </ng-container>
      </hk-dialog>
    }
  `,
})
export class TeamSettings {
  protected readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  protected readonly form = formState(["name"], { part: true });
  protected readonly deletion = formState(["name"], { part: true });
  private readonly id = computed(() => this.session.team()?.id ?? "");
  private readonly before = computed(() => this.session.team()?.name ?? "");
  protected readonly shown = computed(() => isolated(visible(this.before())));
  protected readonly renames = computed(() => this.session.may("team.manage_settings"));
  protected readonly deletes = computed(() => this.session.may("team.delete"));
  protected readonly name = linkedSignal(() => this.before());
  protected readonly changes = computed(() => (this.name().trim() === this.before() ? [] : [this.t("team.name")]));
  protected readonly counts = computed(() => !this.session.team()?.paused);
  /** Those of the team. */
  protected readonly sites = computed(
    () => (this.session.sites() ?? []).filter(({ team_id }) => team_id === this.id()).length,
  );
  protected readonly saved = signal(false);
  protected readonly deleting = signal(false);
  protected readonly typed = signal("");

  protected rename(event: Event): Promise<void> {
    this.saved.set(false);
    return this.form.submit(
      event,
      () => ({ name: this.name().trim() ? undefined : this.t("error.required") }),
      async () => {
        await this.api.renameTeam(this.id(), this.name().trim());
        await this.session.load();
        this.saved.set(true);
      },
    );
  }

  /** At once. */
  protected pause(paused: boolean): Promise<void> {
    return this.form.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        await this.api.pauseTeam(this.id(), paused);
        await this.session.load();
      },
    );
  }

  protected async leave(): Promise<void> {
    const question = { heading: this.t("team.leave_one", { name: this.shown() }), text: this.t("team.leave_text") };
    if (!(await this.questions.sure({ ...question, yes: this.t("team.leave_do") }))) return;
    await this.form.submit(
      new Event("submit"),
      () => ({}),
      async () => {
        await this.api.leaveTeam(this.id());
        await this.gone();
      },
    );
  }

  protected open(): void {
    this.typed.set("");
    this.deleting.set(true);
  }

  protected remove(event: Event): Promise<void> {
    return this.deletion.submit(
      event,
      () => ({ name: this.typed().trim() ? undefined : this.t("error.required") }),
      async () => {
        if (!(await this.questions.proved(() => this.api.deleteTeam(this.id(), this.typed().trim())))) return;
        this.deleting.set(false);
        await this.gone();
      },
    );
  }

  /** Another team is the one at hand now; a guest of sites has none. */
  private async gone(): Promise<void> {
    await this.session.load();
    if (!this.session.team()) await this.router.navigateByUrl("/");
  }
}
