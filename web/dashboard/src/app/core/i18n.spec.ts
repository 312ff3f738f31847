import { TestBed } from "@angular/core/testing";
import { provideTransloco } from "@jsverse/transloco";
import { of } from "rxjs";

import { withTexts } from "../testing/texts";
import { I18n, LANGUAGES, Language } from "./i18n";
import { FILTER_DIMENSIONS } from "./query";

describe("texts", () => {
  it("come in every language", async () => {
    const seen = new Set<string>();
    for (const language of Object.keys(LANGUAGES) as Language[]) {
      TestBed.resetTestingModule();
      await withTexts(language);
      const { t, plural } = TestBed.inject(I18n);
      seen.add(t("site.zone_hint"));
      expect(plural("list.shown", 1, { count: "1" })).toContain("1");
      expect(document.documentElement.lang).toBe(language);
    }
    expect(seen.size).toBe(Object.keys(LANGUAGES).length);
  });

  it("name whatever a filter can be about", async () => {
    await withTexts("en");
    const i18n = TestBed.inject(I18n);
    expect(FILTER_DIMENSIONS.filter((dimension) => !i18n.has(`dimension.${dimension}`))).toEqual([]);
  });

  it("fall back to English, one by one", async () => {
    class Gaps {
      getTranslation = (lang: string) => of(lang === "en" ? { a: "one", b: "two" } : { a: "un" });
    }
    TestBed.configureTestingModule({
      providers: [
        provideTransloco({
          config: {
            availableLangs: ["en", "fr"],
            defaultLang: "en",
            fallbackLang: "en",
            missingHandler: { useFallbackTranslation: true, logMissingKey: false },
          },
          loader: Gaps,
        }),
      ],
    });
    const i18n = TestBed.inject(I18n);
    await i18n.start();
    await i18n.choose("fr");
    expect([i18n.t("a"), i18n.t("b")]).toEqual(["un", "two"]);

    // A page's own texts, in the language of the moment and in the one that is chosen later.
    const asked: Language[] = [];
    const texts: Partial<Record<Language, Record<string, string>>> = {
      en: { c: "three", d: "four" },
      fr: { c: "trois" },
    };
    const folder = (language: Language) => {
      asked.push(language);
      return Promise.resolve({ default: texts[language] ?? {} });
    };
    await i18n.add(folder);
    await i18n.add(folder);
    expect([i18n.t("a"), i18n.t("c"), i18n.t("d")]).toEqual(["un", "trois", "four"]);
    expect(asked).toEqual(["en", "fr"]);
    await i18n.choose("en");
    expect([i18n.t("a"), i18n.t("c")]).toEqual(["one", "three"]);
  });
});
