import { Injectable, inject, signal } from "@angular/core";
import { CanDeactivateFn } from "@angular/router";

/** A form, which knows whether something in it would be lost. */
export interface Changeable {
  changed: () => boolean;
}

/** The forms of the page that have changes which are not saved. */
@Injectable({ providedIn: "root" })
export class Unsaved {
  /** The question whether to leave, while it is asked: its answer. */
  readonly asked = signal<((leave: boolean) => void) | undefined>(undefined);
  private readonly forms = new Set<Changeable>();

  add(form: Changeable): void {
    this.forms.add(form);
  }

  remove(form: Changeable): void {
    this.forms.delete(form);
  }

  any(): boolean {
    return [...this.forms].some((form) => form.changed());
  }

  /** True where nothing would be lost, or the reader says so. */
  mayLeave(): boolean | Promise<boolean> {
    if (!this.any()) return true;
    return new Promise((resolve) =>
      this.asked.set((leave) => {
        this.asked.set(undefined);
        resolve(leave);
      }),
    );
  }
}

/** For routes with forms: asks before changes are lost. */
export const asksBeforeLeaving: CanDeactivateFn<unknown> = () => inject(Unsaved).mayLeave();
