import { Injectable, signal } from "@angular/core";

/** The sections of a team's page show one thing from several sides: what one changes, the others ask for again. */
@Injectable({ providedIn: "root" })
export class TeamChanges {
  private readonly changes = signal(0);
  readonly count = this.changes.asReadonly();

  tell(): void {
    this.changes.update((n) => n + 1);
  }
}
