import { Injectable, computed, inject } from "@angular/core";

import { I18n } from "./i18n";
import { Look } from "./look";

/** Instants by the clock of who reads them. */
@Injectable({ providedIn: "root" })
export class Moments {
  private readonly i18n = inject(I18n);
  private readonly look = inject(Look);
  private readonly tools = computed(() => {
    const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(this.i18n.locale(), options);
    const cycle = this.look.cycle();
    return {
      hour: date({ hour: "numeric", minute: "2-digit", ...cycle }),
      day: date({ day: "numeric", month: "short" }),
      dayYear: date({ day: "numeric", month: "short", year: "numeric" }),
      full: date({ dateStyle: "medium", timeStyle: "medium", ...cycle }),
    };
  });

  /** Today the hour, else the day. */
  short(instant: string, now = new Date()): string {
    return new Date(instant).toDateString() === now.toDateString()
      ? this.tools().hour.format(new Date(instant))
      : this.day(instant, now);
  }

  /** The day; with its year where that is another. */
  day(instant: string, now = new Date()): string {
    const { day, dayYear } = this.tools();
    const at = new Date(instant);
    return (at.getFullYear() === now.getFullYear() ? day : dayYear).format(at);
  }

  full(instant: string): string {
    return this.tools().full.format(new Date(instant));
  }
}
