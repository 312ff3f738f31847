import { SitePermission } from "../core/api";
import { Dimension } from "../core/query";

/** A list by a dimension, or countries as a map. */
export type Tab = Dimension | "map";

/** A list of the overview. Its heading is the text `panel.ID`, a tab's name `tab.TAB`, the link to its whole list `tab_long.DIMENSION`. */
export interface Panel {
  /** Also its name in the address and in the question. */
  id: string;
  tabs: readonly Tab[];
  /** The tab that is chosen at first. */
  usual: Tab;
  /** Who lacks it does not see the panel, and nothing is asked for it. */
  permission?: SitePermission;
}

/** In the order of the page. */
export const PANELS: readonly Panel[] = [
  { id: "sources", tabs: ["channel", "source", "referrer", "utm_campaign"], usual: "source" },
  { id: "pages", tabs: ["page", "entry_page", "exit_page"], usual: "page" },
  { id: "locations", tabs: ["map", "country", "region", "city", "network"], usual: "map" },
  { id: "devices", tabs: ["browser", "os", "device", "screen", "language"], usual: "browser" },
];

/** The tab of that name, else the usual one. */
export const tabOf = (panel: Panel, name: string | null): Tab => panel.tabs.find((tab) => tab === name) ?? panel.usual;

/** What a tab lists. */
export const listedBy = (tab: Tab): Dimension => (tab === "map" ? "country" : tab);

/** What tells the values of a dimension further apart, in its whole list. */
export const FINER: Partial<Record<Dimension, Dimension>> = { browser: "browser_version", os: "os_version" };
