import { inject } from "@angular/core";
import { Routes } from "@angular/router";

import { I18n } from "../core/i18n";
import { asksBeforeLeaving } from "../ui/settings/unsaved";

/** False in a production build, where the bundler drops what depends on it. */
declare const ngDevMode: boolean | object | undefined;

/** The page of parts, in development builds. */
export const PARTS: Routes =
  typeof ngDevMode === "undefined" || ngDevMode
    ? [
        {
          path: "parts",
          canDeactivate: [asksBeforeLeaving],
          loadComponent: async () => {
            const i18n = inject(I18n);
            await Promise.all([i18n.add("report"), i18n.add("settings")]);
            return import("./parts").then((m) => m.Parts);
          },
        },
      ]
    : [];
