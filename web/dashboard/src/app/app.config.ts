import {
  ApplicationConfig,
  inject,
  isDevMode,
  provideAppInitializer,
  provideZonelessChangeDetection,
  ɵSHARED_STYLES_HOST as SHARED_STYLES_HOST,
} from "@angular/core";
import { provideRouter, withComponentInputBinding } from "@angular/router";
import { provideTransloco } from "@jsverse/transloco";

import { routes } from "./app.routes";
import { FIRST_TEXTS, I18n, LANGUAGES, TextLoader } from "./core/i18n";
import { Session } from "./core/session";
import { FIRST_TEXTS as FIRST } from "./texts";
import { AdoptedStyles } from "./ui/adopted-styles";

export const appConfig: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    { provide: SHARED_STYLES_HOST, useClass: AdoptedStyles },
    provideRouter(routes, withComponentInputBinding()),
    { provide: FIRST_TEXTS, useValue: FIRST },
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
