import { DestroyRef, Signal, effect, inject, signal } from "@angular/core";

/** What a signal is as soon as it has not changed for a while, in ms: the server is not asked at every key. */
export function settled<T>(source: Signal<T>, ms = 200): Signal<T | undefined> {
  const out = signal<T | undefined>(undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const value = source();
    clearTimeout(timer);
    timer = setTimeout(() => out.set(value), ms);
  });
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  return out.asReadonly();
}
