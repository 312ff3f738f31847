import { Injectable, inject, signal } from "@angular/core";
import { Translation, TranslocoLoader, TranslocoService } from "@jsverse/transloco";
import { Observable, firstValueFrom, from, of } from "rxjs";

import english from "../../i18n/en.json";

export const LANGUAGES = {
  de: "Deutsch",
  en: "English",
  es: "Español",
  fr: "Français",
  it: "Italiano",
  nl: "Nederlands",
  pt: "Português",
} as const;
export type Language = keyof typeof LANGUAGES;

const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

/** English is part of the first file, so that nothing waits for texts; the others are files of their own. */
@Injectable({ providedIn: "root" })
export class TextLoader implements TranslocoLoader {
  private readonly files: Record<Exclude<Language, "en">, () => Promise<{ default: Translation }>> = {
    de: () => import("../../i18n/de.json"),
    es: () => import("../../i18n/es.json"),
    fr: () => import("../../i18n/fr.json"),
    it: () => import("../../i18n/it.json"),
    nl: () => import("../../i18n/nl.json"),
    pt: () => import("../../i18n/pt.json"),
  };

  getTranslation(lang: string): Observable<Translation> {
    if (!isLanguage(lang) || lang === "en") return of(english);
    return from(this.files[lang]().then((file) => file.default));
  }
}

/** The language and the locale of the page. Texts come from Transloco; `t` follows the language as a signal. */
@Injectable({ providedIn: "root" })
export class I18n {
  private static readonly kStorageKey = "hitkeep.language";
  private readonly transloco = inject(TranslocoService);
  private readonly language = signal<Language>("en");

  readonly current = this.language.asReadonly();
  /** The locale for numbers and dates: the browser's own variant of the language where it has one. */
  readonly locale = signal("en");

  async start(): Promise<void> {
    await this.load("en");
    await this.show(this.preferred());
  }

  /** Changes the language and remembers the choice in this browser. */
  async choose(language: Language): Promise<void> {
    localStorage.setItem(I18n.kStorageKey, language);
    await this.show(language);
  }

  readonly t = (key: string, params: Record<string, unknown> = {}): string => {
    this.language();
    return this.transloco.translate(key, params);
  };

  /** Whether any language at hand has a text for the key. */
  has(key: string): boolean {
    return Object.hasOwn(this.transloco.getTranslation("en"), key);
  }

  /** As `t`, for a key with the children `one` and `other`. */
  readonly plural = (key: string, count: number, params: Record<string, unknown> = {}): string => {
    const one = new Intl.PluralRules(this.locale()).select(count) === "one";
    return this.t(`${key}.${one ? "one" : "other"}`, params);
  };

  private async load(language: Language): Promise<void> {
    await firstValueFrom(this.transloco.load(language));
  }

  private async show(language: Language): Promise<void> {
    await this.load(language);
    this.transloco.setActiveLang(language);
    this.locale.set(navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language);
    this.language.set(language);
    document.documentElement.lang = language;
  }

  private preferred(): Language {
    const wanted = [localStorage.getItem(I18n.kStorageKey) ?? "", ...navigator.languages];
    return wanted.map((tag) => tag.split("-")[0] ?? "").find(isLanguage) ?? "en";
  }
}
