import { Location } from "@angular/common";
import { Signal, computed, inject } from "@angular/core";
import { toSignal } from "@angular/core/rxjs-interop";
import { ActivatedRoute, Router, convertToParamMap } from "@angular/router";

/** What is open, by a parameter of the address. */
export interface InAddress {
  readonly value: Signal<string | undefined>;
  open(value: string): void;
  close(): void;
}

/**
 * What is open on a page stands in its address under this name: reloading keeps it, Back closes it, and closing it takes
 * the step back that opening it made. Use in an injection context.
 */
export function inAddress(name: string): InAddress {
  const router = inject(Router);
  const route = inject(ActivatedRoute);
  const location = inject(Location);
  const params = toSignal(route.queryParamMap, { initialValue: convertToParamMap({}) });
  let opened = false;
  const go = (value: string | null, replaceUrl: boolean): void =>
    void router.navigate([], {
      relativeTo: route,
      queryParams: { [name]: value },
      queryParamsHandling: "merge",
      replaceUrl,
    });
  const value = computed(() => params().get(name) ?? undefined);
  return {
    value,
    open: (what) => {
      opened = true;
      go(what, false);
    },
    close: () => {
      if (value() === undefined) return;
      // Opened here: the page before is the same without it. Come from elsewhere: stay on this page.
      if (opened) location.back();
      else go(null, true);
      opened = false;
    },
  };
}
