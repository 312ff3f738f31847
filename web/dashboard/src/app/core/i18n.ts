import { Injectable, InjectionToken, inject, signal } from "@angular/core";
import { Translation, TranslocoLoader, TranslocoService } from "@jsverse/transloco";
import { Observable, firstValueFrom, from, of } from "rxjs";

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

export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

/** The texts of one folder, each language a file of its own. */
export type TextFolder = (language: Language) => Promise<{ default: Translation }>;

/** Texts that are there before the first page: in English at once, in the other languages from their folders. */
export const FIRST_TEXTS = new InjectionToken<{ english: Translation; folders: readonly TextFolder[] }>("first texts");

/** Brings the first texts to Transloco. No two folders have a group of texts in common. */
@Injectable({ providedIn: "root" })
export class TextLoader implements TranslocoLoader {
  private readonly first = inject(FIRST_TEXTS);

  getTranslation(lang: string): Observable<Translation> {
    if (!isLanguage(lang) || lang === "en") return of(this.first.english);
    return from(
      Promise.all(this.first.folders.map((folder) => folder(lang))).then(
        (files) => Object.assign({}, ...files.map((file) => file.default)) as Translation,
      ),
    );
  }
}

/** The language and the locale of the page. Texts come from Transloco; `t` follows the language as a signal. */
@Injectable({ providedIn: "root" })
export class I18n {
  private static readonly kStorageKey = "hitkeep.language";
  private readonly transloco = inject(TranslocoService);
  private readonly language = signal<Language>("en");
  /** Folders of pages that were opened. */
  private readonly folders = new Set<TextFolder>();

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

  /** Loads what a page says, before it shows. */
  async add(folder: TextFolder): Promise<void> {
    if (this.folders.has(folder)) return;
    await this.take(folder, this.language());
    this.folders.add(folder);
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
    await Promise.all([...this.folders].map((folder) => this.take(folder, language)));
  }

  /** English as well: while a release is being made, it stands in for what is not translated yet. */
  private async take(folder: TextFolder, language: Language): Promise<void> {
    const languages: Language[] = language === "en" ? ["en"] : ["en", language];
    const files = await Promise.all(languages.map(folder));
    files.forEach((file, i) =>
      this.transloco.setTranslation(file.default, languages[i], { merge: true, emitChange: false }),
    );
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
