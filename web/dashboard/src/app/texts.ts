import core from "./core/texts/en.json";
import { TextFolder, TextSources } from "./core/i18n";
import overview from "./overview/texts/en.json";
import shell from "./shell/texts/en.json";
import ui from "./ui/texts/en.json";

/** What the first page needs stands here; English is part of the first file, so that nothing waits for texts. */
export const ALL_TEXTS: TextSources = {
  english: { ...core, ...overview, ...shell, ...ui },
  folders: [
    (language) => import(`./core/texts/${language}.json`),
    (language) => import(`./overview/texts/${language}.json`),
    (language) => import(`./shell/texts/${language}.json`),
    (language) => import(`./ui/texts/${language}.json`),
  ] satisfies TextFolder[],
  later: () => import("./later-texts").then((m) => m.LATER_TEXTS),
};
