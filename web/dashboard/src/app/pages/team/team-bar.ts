import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";

import { ApiError } from "../../core/api";
import { I18n } from "../../core/i18n";
import { PeopleApi } from "../../core/people-api";
import { errorText } from "../../core/problem";
import { Session } from "../../core/session";
import { visible } from "../../core/text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { MenuPart } from "../../ui/menu";
import { MenuOpener } from "../../ui/opens";
import { Toasts } from "../../ui/toasts";

/** In place of a team's id. */
const NEW = "new";

/** Which team one works in: another one, or a new one. */
@Component({
  selector: "hk-team-bar",
  imports: [Button, Dialog, Field, Icon, MenuOpener],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" hkButton [hkMenu]="teams()" (chosen)="choose($event)">
      <bdi>{{ name() }}</bdi>
      <hk-icon name="down" />
    </button>
    @if (making()) {
      <hk-dialog [heading]="t('team.new')" (closed)="making.set(false)">
        <form id="new-team" novalidate (submit)="make($event)">
          <hk-field
            required
            name="team_name"
            autocomplete="off"
            [label]="t('team.name')"
            [hint]="t('team.new_hint')"
            [(value)]="typed"
            [error]="form.error('name') || form.error('form')"
          />
        </form>
        <ng-container foot>
          <span class="sp"></span>
          <button type="submit" form="new-team" hkButton="primary" [attr.aria-disabled]="form.busy()">
            {{ t("team.make") }}
          </button>
        </ng-container>
      </hk-dialog>
    }
  `,
})
export class TeamBar {
  private readonly i18n = inject(I18n);
  protected readonly t = this.i18n.t;
  private readonly api = inject(PeopleApi);
  private readonly session = inject(Session);
  private readonly toasts = inject(Toasts);
  protected readonly form = formState(["name"], { part: true });
  protected readonly making = signal(false);
  protected readonly typed = signal("");
  protected readonly name = computed(() => visible(this.session.team()?.name ?? ""));
  protected readonly teams = computed<MenuPart[]>(() => [
    ...this.session.teams().map(({ id, name }) => ({
      value: id,
      text: visible(name),
      checked: id === this.session.team()?.id,
    })),
    "rule",
    { value: NEW, text: this.t("team.new"), icon: "plus" },
  ]);

  protected async choose(team: string): Promise<void> {
    if (team === NEW) {
      this.typed.set("");
      this.making.set(true);
      return;
    }
    try {
      await this.api.chooseTeam(team);
      await this.session.load();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.toasts.show({ text: errorText(this.i18n, error), bad: true });
    }
  }

  protected make(event: Event): Promise<void> {
    return this.form.submit(
      event,
      () => ({ name: this.typed().trim() ? undefined : this.t("error.required") }),
      async () => {
        await this.api.makeTeam(this.typed().trim());
        await this.session.load();
        this.making.set(false);
      },
    );
  }
}
