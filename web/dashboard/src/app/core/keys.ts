import { Injectable, signal } from "@angular/core";

const OFF_KEY = "hitkeep.keys_off";

/** Single keys that are commands, such as F and [. Whoever dictates or bumps into keys can switch them off, in this browser. */
@Injectable({ providedIn: "root" })
export class Keys {
  private readonly enabled = signal(localStorage.getItem(OFF_KEY) !== "1");
  readonly on = this.enabled.asReadonly();

  turn(on: boolean): void {
    this.enabled.set(on);
    localStorage.setItem(OFF_KEY, on ? "0" : "1");
  }

  /** Whether a key is a command: it belongs to no field or dialog that has the focus, nor to the browser. Escape always is. */
  isCommand(event: KeyboardEvent): boolean {
    const inField = event.target instanceof Element && event.target.closest("input,select,textarea,dialog") !== null;
    if (inField || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
    return event.key === "Escape" || this.on();
  }
}
