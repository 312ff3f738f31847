import { ChangeDetectionStrategy, Component, inject, signal } from "@angular/core";

import { Api } from "../../core/api";
import { I18n } from "../../core/i18n";
import { formState } from "../../ui/form";
import { SaveFoot } from "../../ui/settings/save-foot";
import { Section } from "../../ui/settings/section";

/** Who else may be signed in. */
@Component({
  selector: "hk-sessions",
  imports: [SaveFoot, Section],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form novalidate>
      <hk-section
        [error]="form.error('form')"
        [heading]="t('section.sessions.name')"
        [lead]="t('account.sessions_lead')"
      >
        <hk-save-foot
          foot
          [action]="t('account.end_others')"
          [busy]="form.busy()"
          [last]="ended() ? t('account.ended') : ''"
          (save)="endOthers($event)"
        />
      </hk-section>
    </form>
  `,
})
export class Sessions {
  protected readonly t = inject(I18n).t;
  private readonly api = inject(Api);
  protected readonly form = formState([], { part: true });
  protected readonly ended = signal(false);

  protected endOthers(event: Event): Promise<void> {
    this.ended.set(false);
    return this.form.submit(
      event,
      () => ({}),
      async () => {
        await this.api.endOtherSessions();
        this.ended.set(true);
      },
    );
  }
}
