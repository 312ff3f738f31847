import { Injectable, inject, signal } from "@angular/core";

import { loaded } from "../../core/loaded";
import { PeopleApi } from "../../core/people-api";
import { Questions } from "../../ui/settings/questions";

/** What one has set up besides the password, and new recovery codes: passkeys, app and codes stand below each other. */
@Injectable({ providedIn: "root" })
export class SecurityState {
  private readonly api = inject(PeopleApi);
  private readonly questions = inject(Questions);
  private readonly state = loaded(() => this.api.security());
  readonly now = this.state.value;
  readonly problem = this.state.problem;
  /** New ones, which are never shown again. */
  readonly codes = signal<string[] | undefined>(undefined);

  again(): Promise<void> {
    return this.state.again();
  }

  /** Those before end. */
  async makeCodes(): Promise<void> {
    const made = await this.questions.proved(() => this.api.renewRecoveryCodes());
    if (made) this.codes.set(made.codes);
    await this.again();
  }

  /** With the first second factor: whoever loses it needs another way in. */
  async firstCodes(): Promise<void> {
    await this.again();
    if (!this.now()?.recovery_codes_generated) await this.makeCodes();
  }
}
