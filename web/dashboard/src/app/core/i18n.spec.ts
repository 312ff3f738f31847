import { TestBed } from "@angular/core/testing";

import { withTexts } from "../testing/texts";
import { I18n, LANGUAGES, Language, TEXTS, TextSources, Texts } from "./i18n";
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
    const asked: Language[] = [];
    const notices: Partial<Record<Language, Texts>> = { en: { c: "three", d: { e: "four" } }, fr: { c: "trois" } };
    const first: Partial<Record<Language, Texts>> = { fr: { a: "un {{ n }}" } };
    const texts: TextSources = {
      english: { a: "one {{ n }}", b: "two" },
      folders: [(language) => Promise.resolve({ default: first[language] ?? {} })],
      later: () =>
        Promise.resolve({
          notices: (language: Language) => {
            asked.push(language);
            return Promise.resolve({ default: notices[language] ?? {} });
          },
        }),
    };
    TestBed.configureTestingModule({ providers: [{ provide: TEXTS, useValue: texts }] });
    const i18n = TestBed.inject(I18n);
    await i18n.start();
    await i18n.choose("fr");
    expect([i18n.t("a", { n: 1 }), i18n.t("b"), i18n.t("x.y")]).toEqual(["un 1", "two", "x.y"]);

    // A page's own texts, in the language of the moment and in the one that is chosen later.
    await i18n.add("notices");
    await i18n.add("notices");
    expect([i18n.t("a"), i18n.t("c"), i18n.t("d.e")]).toEqual(["un ", "trois", "four"]);
    expect(asked).toEqual(["en", "fr"]);
    await i18n.choose("en");
    expect([i18n.t("a"), i18n.t("c")]).toEqual(["one ", "three"]);
  });

  it("are English where the reader's language does not come", async () => {
    localStorage.setItem("hitkeep.language", "fr");
    const texts: TextSources = {
      english: { a: "one" },
      folders: [() => Promise.reject(new Error("away"))],
      later: () => Promise.resolve({}),
    };
    TestBed.configureTestingModule({ providers: [{ provide: TEXTS, useValue: texts }] });
    const i18n = TestBed.inject(I18n);
    await i18n.start();
    expect([i18n.t("a"), i18n.current()]).toEqual(["one", "en"]);
    localStorage.removeItem("hitkeep.language");
  });
});
