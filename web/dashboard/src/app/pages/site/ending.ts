import { ChangeDetectionStrategy, Component, computed, inject, signal } from "@angular/core";
import { Router } from "@angular/router";

import { I18n } from "../../core/i18n";
import { Session } from "../../core/session";
import { SiteApi } from "../../core/site-api";
import { hostText, isolated } from "../../core/text";
import { Here } from "../../shell/here";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { formState } from "../../ui/form";
import { Questions } from "../../ui/settings/questions";
import { Section, SettingRow } from "../../ui/settings/section";
import { domainOf } from "../../ui/site-form";

/** A site begins anew, or ends: with its domain typed. */
@Component({
  selector: "hk-ending",
  imports: [Button, Dialog, Field, Section, SettingRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <hk-section danger [heading]="t('section.ending.name')">
      <hk-setting-row kind="beside" [name]="t('ending.reset')" [hint]="t('ending.reset_hint')">
        <button type="button" hkButton="danger" [attr.aria-disabled]="!may()" (click)="ask('reset')">
          {{ t("ending.reset_do") }}
        </button>
      </hk-setting-row>
      <hk-setting-row kind="beside" [name]="t('ending.delete')" [hint]="t('ending.delete_hint')">
        <button type="button" hkButton="danger" [attr.aria-disabled]="!may()" (click)="ask('delete')">
          {{ t("ending.delete_do") }}
        </button>
      </hk-setting-row>
      @if (done()) {
        <hk-setting-row>
          <p role="status">{{ t("ending.reset_done") }}</p>
        </hk-setting-row>
      }
    </hk-section>
    @if (asked(); as what) {
      <hk-dialog [heading]="t('ending.' + what)" (closed)="asked.set(undefined)">
        <p class="soft">{{ t("ending." + what + "_text", { domain: domain() }) }}</p>
        <p class="soft">{{ t("ending.where") }}</p>
        <form id="erase-site" novalidate (submit)="erase($event, what)">
          <hk-field
            required
            name="typed_domain"
            autocomplete="off"
            inputmode="url"
            [label]="t('field.domain')"
            [(value)]="typed"
            [error]="form.error('domain') || form.error('form')"
          />
        </form>
        <ng-container foot>
          <button type="button" hkButton (click)="asked.set(undefined)">{{ t("action.cancel") }}</button>
          <span class="sp"></span>
          <button type="submit" form="erase-site" hkButton="delete" [attr.aria-disabled]="form.busy()">
            {{ t("ending." + what + "_do") }}
          </button>
        </ng-container>
      </hk-dialog>
    }
  `,
})
export class Ending {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(SiteApi);
  private readonly questions = inject(Questions);
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  private readonly site = inject(Here).site;
  protected readonly form = formState(["domain"], { part: true });
  protected readonly may = computed(() => this.session.may("site.delete", this.site()));
  protected readonly domain = computed(() => isolated(hostText(this.site()?.domain ?? "")));
  protected readonly asked = signal<"reset" | "delete" | undefined>(undefined);
  protected readonly typed = signal("");
  protected readonly done = signal(false);

  protected ask(what: "reset" | "delete"): void {
    if (!this.may()) return;
    this.typed.set("");
    this.done.set(false);
    this.asked.set(what);
  }

  protected erase(event: Event, what: "reset" | "delete"): Promise<void> {
    const site = this.site();
    return this.form.submit(
      event,
      () => ({
        domain: domainOf(this.typed()) === site?.domain ? undefined : this.t("ending.typed", { domain: this.domain() }),
      }),
      async () => {
        if (!site) return;
        const send = what === "reset" ? this.api.reset : this.api.remove;
        if (!(await this.questions.proved(() => send(site.id, site.domain)))) return;
        this.asked.set(undefined);
        if (what === "reset") {
          this.done.set(true);
          return;
        }
        await this.session.load();
        await this.router.navigateByUrl("/");
      },
    );
  }
}
