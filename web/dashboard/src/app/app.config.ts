import {
  ApplicationConfig,
  inject,
  isDevMode,
  provideAppInitializer,
  provideZonelessChangeDetection,
} from "@angular/core";
import { provideRouter, withComponentInputBinding } from "@angular/router";
import { provideTransloco } from "@jsverse/transloco";

import { routes } from "./app.routes";
import { I18n, LANGUAGES, TextLoader } from "./core/i18n";
import { Session } from "./core/session";

export const appConfig: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    provideRouter(routes, withComponentInputBinding()),
    provideTransloco({
      config: {
        availableLangs: Object.keys(LANGUAGES),
        defaultLang: "en",
        fallbackLang: "en",
        missingHandler: { useFallbackTranslation: true, logMissingKey: false },
        prodMode: !isDevMode(),
      },
      loader: TextLoader,
    }),
    provideAppInitializer(() => {
      inject(Session).takeSetupCode();
      return inject(I18n).start();
    }),
  ],
};
