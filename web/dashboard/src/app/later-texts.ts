import { TextFolder } from "./core/i18n";

/** Texts that come with what says them, by `I18n.add()`. This file comes with the first of them. */
export const LATER_TEXTS = {
  account: (language) => import(`./pages/account/texts/${language}.json`),
  audit: (language) => import(`./pages/audit/texts/${language}.json`),
  counted: (language) => import(`./counted/texts/${language}.json`),
  entry: (language) => import(`./pages/entry/texts/${language}.json`),
  /** What each metric is, in a sentence. */
  definitions: (language) => import(`./definitions/texts/${language}.json`),
  /** What the sections of settings are called, and by which other words pages and sections are found. */
  directory: (language) => import(`./directory/texts/${language}.json`),
  install: (language) => import(`./install/texts/${language}.json`),
  keys: (language) => import(`./pages/keys/texts/${language}.json`),
  notices: (language) => import(`./notices/texts/${language}.json`),
  /** What a site's own privacy page says. */
  privacy: (language) => import(`./pages/site/privacy/texts/${language}.json`),
  report: (language) => import(`./ui/report/texts/${language}.json`),
  settings: (language) => import(`./ui/settings/texts/${language}.json`),
  team: (language) => import(`./pages/team/texts/${language}.json`),
  site: (language) => import(`./pages/site/texts/${language}.json`),
} satisfies Record<string, TextFolder>;
