import {
  ApplicationConfig,
  inject,
  provideAppInitializer,
  provideZonelessChangeDetection,
  ɵSHARED_STYLES_HOST as SHARED_STYLES_HOST,
} from "@angular/core";
import { provideRouter, withComponentInputBinding } from "@angular/router";

import { routes } from "./app.routes";
import { I18n, TEXTS } from "./core/i18n";
import { Session } from "./core/session";
import { ALL_TEXTS } from "./texts";
import { AdoptedStyles } from "./ui/adopted-styles";

export const appConfig: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    { provide: SHARED_STYLES_HOST, useClass: AdoptedStyles },
    provideRouter(routes, withComponentInputBinding()),
    { provide: TEXTS, useValue: ALL_TEXTS },
    provideAppInitializer(() => {
      inject(Session).takeSetupCode();
      return inject(I18n).start();
    }),
  ],
};
