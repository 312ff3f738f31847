import { EnvironmentProviders, Provider } from "@angular/core";
import { TestBed } from "@angular/core/testing";

import { I18n, Language, LaterTexts, TEXTS } from "../core/i18n";
import { LATER_TEXTS } from "../later-texts";
import { ALL_TEXTS } from "../texts";

/** Sets the test bed up with the real texts of all pages in one language. */
export async function withTexts(
  language: Language,
  providers: (Provider | EnvironmentProviders)[] = [],
): Promise<void> {
  TestBed.configureTestingModule({
    providers: [{ provide: TEXTS, useValue: ALL_TEXTS }, ...providers],
  });
  const i18n = TestBed.inject(I18n);
  await i18n.start();
  await Promise.all(Object.keys(LATER_TEXTS).map((name) => i18n.add(name as LaterTexts)));
  await i18n.choose(language);
  i18n.locale.set(language === "en" ? "en-GB" : language);
}
