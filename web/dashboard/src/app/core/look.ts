import { Injectable, computed, signal } from "@angular/core";

import type { Preferences } from "./api.generated";

const THEME_KEY = "hitkeep.theme";
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** How somebody wants to see things. Until he is known, the theme is the one that was seen last in this browser. */
@Injectable({ providedIn: "root" })
export class Look {
  readonly numbers = signal<Preferences["number_format"]>("language");
  private readonly clock = signal<Preferences["clock"]>("language");
  /** How hours are told; by the language where it says nothing. */
  readonly cycle = computed<Pick<Intl.DateTimeFormatOptions, "hourCycle">>(() => {
    const clock = this.clock();
    return clock === "language" ? {} : { hourCycle: clock === "12" ? "h12" : "h23" };
  });

  constructor() {
    this.show(THEMES.find((theme) => theme === localStorage.getItem(THEME_KEY)) ?? "system");
  }

  take({ number_format, clock, theme }: Pick<Preferences, "number_format" | "clock" | "theme">): void {
    this.numbers.set(number_format);
    this.clock.set(clock);
    localStorage.setItem(THEME_KEY, theme);
    this.show(theme);
  }

  /** The style sheets choose by it; without, the system does. */
  private show(theme: Theme): void {
    document.documentElement.toggleAttribute("data-light", theme === "light");
    document.documentElement.toggleAttribute("data-dark", theme === "dark");
  }
}
