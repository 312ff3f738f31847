import { Injectable, InjectionToken, inject, signal } from "@angular/core";

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

/** Texts as a file holds them: "filter.add" is `add` in `filter`. */
export interface Texts {
  [key: string]: string | Texts;
}

/** The texts of one folder, each language a file of its own. */
export type TextFolder = (language: Language) => Promise<{ default: Texts }>;

/** A folder whose texts come with what says them. */
export type LaterTexts = keyof (typeof import("../later-texts"))["LATER_TEXTS"];

/** Where texts come from. No two folders have a group of texts in common. */
export interface TextSources {
  /** What the first page says: in English at once, in the other languages from these folders. */
  english: Texts;
  folders: readonly TextFolder[];
  /** All other folders. */
  later: () => Promise<Record<string, TextFolder>>;
}
export const TEXTS = new InjectionToken<TextSources>("texts");

/** Says a text by its key. */
export type Speaker = (key: string, params?: Record<string, unknown>) => string;

/** The language and the locale of the page, and its texts. `t` follows the language as a signal. */
@Injectable({ providedIn: "root" })
export class I18n {
  private static readonly kStorageKey = "hitkeep.language";
  private readonly sources = inject(TEXTS);
  private readonly language = signal<Language>("en");
  private readonly texts = new Map<Language, Map<string, string>>();
  /** Folders of pages that were opened. */
  private readonly folders = new Map<LaterTexts, TextFolder>();

  readonly current = this.language.asReadonly();
  /** The locale for numbers and dates: the browser's own variant of the language where it has one. */
  readonly locale = signal("en");

  /** Where the reader's own language does not come, the page is in English. */
  async start(): Promise<void> {
    this.take("en", this.sources.english);
    await this.show(this.preferred()).catch(() => this.show("en"));
  }

  /** Changes the language and remembers the choice in this browser. */
  async choose(language: Language): Promise<void> {
    localStorage.setItem(I18n.kStorageKey, language);
    await this.show(language);
  }

  /** Loads what a page says, before it shows. */
  async add(name: LaterTexts): Promise<void> {
    if (this.folders.has(name)) return;
    const folder = (await this.sources.later())[name];
    if (!folder) throw new Error(`no texts are called ${name}`);
    await this.fetch(folder, this.language());
    this.folders.set(name, folder);
  }

  readonly t: Speaker = (key, params = {}) => this.say(this.language(), key, params);

  /** What a folder says in any language: for texts that are not for the reader of this page. */
  async speaker(name: LaterTexts, language: Language): Promise<Speaker> {
    await this.add(name);
    const folder = this.folders.get(name);
    if (folder) await this.fetch(folder, language);
    return (key, params = {}) => this.say(language, key, params);
  }

  /** Whether there is a text for the key. */
  has(key: string): boolean {
    return this.texts.get("en")?.has(key) ?? false;
  }

  /** As `t`, for a key with the children `one` and `other`. */
  readonly plural = (key: string, count: number, params: Record<string, unknown> = {}): string => {
    const one = new Intl.PluralRules(this.locale()).select(count) === "one";
    return this.t(`${key}.${one ? "one" : "other"}`, params);
  };

  private say(language: Language, key: string, params: Record<string, unknown>): string {
    const text = this.texts.get(language)?.get(key) ?? this.texts.get("en")?.get(key) ?? key;
    return text.replace(/\{\{ *(\w+) *\}\}/g, (_, name: string) => {
      const value = params[name];
      return typeof value === "string" || typeof value === "number" ? String(value) : "";
    });
  }

  private async load(language: Language): Promise<void> {
    await Promise.all([
      ...(language === "en" ? [] : this.sources.folders.map((folder) => this.file(folder, language))),
      ...[...this.folders.values()].map((folder) => this.fetch(folder, language)),
    ]);
  }

  /** English as well: while a release is being made, it stands in for what is not translated yet. */
  private async fetch(folder: TextFolder, language: Language): Promise<void> {
    await Promise.all([...new Set<Language>(["en", language])].map((one) => this.file(folder, one)));
  }

  private async file(folder: TextFolder, language: Language): Promise<void> {
    this.take(language, (await folder(language)).default);
  }

  private take(language: Language, file: Texts, group = ""): void {
    const texts = this.texts.get(language) ?? new Map<string, string>();
    this.texts.set(language, texts);
    for (const [key, text] of Object.entries(file)) {
      if (typeof text === "string") texts.set(group + key, text);
      else this.take(language, text, `${group}${key}.`);
    }
  }

  private async show(language: Language): Promise<void> {
    await this.load(language);
    this.locale.set(navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language);
    this.language.set(language);
    document.documentElement.lang = language;
  }

  private preferred(): Language {
    const wanted = [localStorage.getItem(I18n.kStorageKey) ?? "", ...navigator.languages];
    return wanted.map((tag) => tag.split("-")[0] ?? "").find(isLanguage) ?? "en";
  }
}
