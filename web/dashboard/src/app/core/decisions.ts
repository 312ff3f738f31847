import { Injectable, signal } from "@angular/core";

import { Notice } from "./api";

/** What somebody has to decide about a site, as far as it was heard last: the navigation has a dot where there is something. */
@Injectable({ providedIn: "root" })
export class Decisions {
  private readonly heard = signal<readonly Notice[]>([]);

  hear(notices: readonly Notice[]): void {
    this.heard.set(notices);
  }

  wait(siteId: string | undefined): boolean {
    return this.heard().some(({ site_id, level }) => site_id !== undefined && site_id === siteId && level !== "alarm");
  }
}
