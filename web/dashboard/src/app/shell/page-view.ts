import { Signal, computed, inject } from "@angular/core";
import { toSignal } from "@angular/core/rxjs-interop";
import { ActivatedRoute, Router, convertToParamMap } from "@angular/router";

import { ParamTable, Params, StateOf, readState, writeForOthers, writeState } from "../core/address";
import { Site } from "../core/api";
import { Session } from "../core/session";
import { FrameState } from "./frame-state";

/** What a page of figures shows: which site, and what the address says of it. */
export interface PageView<S extends FrameState> {
  /** Undefined: there is no site of that name. */
  site: Signal<Site | undefined>;
  state: Signal<S>;
  /** The parameters that another site takes over. */
  keep: Signal<Params>;
  /** Changes the view by changing the address. Small switches replace the entry: "back" goes to another question. */
  go(change: Partial<S>, replaceUrl?: boolean): void;
}

/** The view of the page that is being made, by the table of what its address says. Use in an injection context. */
export function pageView<T extends ParamTable>(table: T): PageView<StateOf<T> & FrameState> {
  type S = StateOf<T> & FrameState;
  const route = inject(ActivatedRoute);
  const router = inject(Router);
  const session = inject(Session);
  const path = toSignal(route.paramMap, { initialValue: convertToParamMap({}) });
  const params = toSignal(route.queryParamMap, { initialValue: convertToParamMap({}) });
  const state = computed(() => readState(table, params()) as S);
  return {
    site: computed(() => session.site(path().get("domain") ?? "")),
    state,
    keep: computed(() => writeForOthers(table, state())),
    go(change, replaceUrl = false) {
      void router.navigate([], {
        relativeTo: route,
        queryParams: writeState(table, { ...state(), ...change }),
        queryParamsHandling: "merge",
        replaceUrl,
      });
    },
  };
}
