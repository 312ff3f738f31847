import { EnvironmentProviders, Provider } from "@angular/core";
import { TestBed } from "@angular/core/testing";
import { provideTransloco } from "@jsverse/transloco";

import { I18n, LANGUAGES, Language, TextLoader } from "../core/i18n";

/** Sets the test bed up with real texts in one language. */
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
      ...providers,
    ],
  });
  const i18n = TestBed.inject(I18n);
  await i18n.start();
  await i18n.choose(language);
  i18n.locale.set(language === "en" ? "en-GB" : language);
}
