import { SitePermission } from "../core/api";
import { Dimension } from "../core/query";

/** A list of the overview. Its heading is the text `panel.ID`, the link to the whole list `list.all.ID`, a tab's name `tab.DIMENSION`. */
export interface Panel {
  /** Also its name in the address and in the question. */
  id: string;
  tabs: readonly Dimension[];
  /** The tab that is chosen at first. */
  usual: Dimension;
  /** Who lacks it does not see the panel, and nothing is asked for it. */
  permission?: SitePermission;
}

/** In the order of the page. */
export const PANELS: readonly Panel[] = [
  { id: "sources", tabs: ["channel", "source", "referrer", "utm_campaign"], usual: "source" },
  { id: "pages", tabs: ["page", "entry_page", "exit_page"], usual: "page" },
];

/** The tab of that name, else the usual one. */
export const tabOf = (panel: Panel, name: string | null): Dimension =>
  panel.tabs.find((tab) => tab === name) ?? panel.usual;
