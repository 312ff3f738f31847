import { EnvironmentProviders, Provider } from "@angular/core";
import { TestBed } from "@angular/core/testing";
import { provideTransloco } from "@jsverse/transloco";

import { FIRST_TEXTS, I18n, LANGUAGES, Language, TextLoader } from "../core/i18n";
import { FIRST_TEXTS as FIRST, LATER_TEXTS } from "../texts";

/** Sets the test bed up with the real texts of all pages in one language. */
export async function withTexts(
  language: Language,
  providers: (Provider | EnvironmentProviders)[] = [],
): Promise<void> {
  TestBed.configureTestingModule({
    providers: [
      provideTransloco({
        config: {
          availableLangs: Object.keys(LANGUAGES),
          defaultLang: "en",
          fallbackLang: "en",
          missingHandler: { useFallbackTranslation: true, logMissingKey: false },
        },
        loader: TextLoader,
      }),
      { provide: FIRST_TEXTS, useValue: FIRST },
      ...providers,
    ],
  });
  const i18n = TestBed.inject(I18n);
  await i18n.start();
  await Promise.all(Object.values(LATER_TEXTS).map((folder) => i18n.add(folder)));
  await i18n.choose(language);
  i18n.locale.set(language === "en" ? "en-GB" : language);
}
