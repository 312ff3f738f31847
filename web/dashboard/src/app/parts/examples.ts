import { MenuPart } from "../ui/menu";

const entry = (text: string, tail?: string): MenuPart => ({ value: text, text, ...(tail && { tail }) });

export const SEGMENTS: readonly MenuPart[] = [
  entry("All visits"),
  { heading: "Of this site" },
  entry("No data centres", "18,402"),
  entry("Readers", "6,091"),
  entry("From search, not Google", "1,520"),
  { heading: "Mine" },
  entry("Alps", "4,180"),
  "rule",
  { value: "new", text: "New segment", tail: "⇧F", icon: "plus" },
];

export const FIGURES = [
  { text: "Daily visitors, summed", tail: "18,402" },
  { text: "Visitors per day", tail: "657" },
  { text: "Visits", tail: "23,911" },
  { text: "Page views", tail: "61,037" },
];

export const EXPORTS: readonly MenuPart[] = [
  { heading: "This view" },
  { value: "link", text: "Copy link", note: "with period and filters", icon: "link", tail: "L" },
  "rule",
  { heading: "What is seen, all eight lists as one zip" },
  { value: "csv", text: "CSV", icon: "download" },
  { value: "excel", text: "Excel", icon: "download" },
  { value: "json", text: "JSON", icon: "download" },
  "rule",
  { value: "share", text: "New share link …", icon: "link", disabled: true },
];

export const ROW_MENU: readonly MenuPart[] = [
  { value: "is", text: "Is", note: "only visits with this page", icon: "check", tail: "↵" },
  { value: "is_not", text: "Is not", note: "without it", icon: "close", tail: "⌥↵" },
  { value: "compare", text: "Compare", note: "as a second line", icon: "lines", tail: "C" },
  "rule",
  { value: "visits", text: "Its visits", note: "newest first", icon: "list" },
  { value: "open", text: "Open the page", note: "birdwatch.example", icon: "out", tail: "O" },
];

const preset = (value: string, text: string, tail = ""): MenuPart => ({ value, text, tail });
export const PRESETS: readonly MenuPart[] = [
  preset("today", "Today", "D"),
  preset("yesterday", "Yesterday", "Y"),
  preset("24h", "Last 24 hours", "H"),
  "rule",
  preset("7d", "Last 7 days", "7"),
  preset("28d", "Last 28 days", "4"),
  preset("12mo", "Last 12 months", "1"),
  "rule",
  preset("week", "Week to date", "W"),
  preset("month", "Month to date", "M"),
  preset("quarter", "Quarter to date", "Q"),
  preset("year", "Year to date", "A"),
  "rule",
  preset("last-month", "Last month"),
  preset("all", "All time", "0"),
];

export const FACTS = [
  { name: "Per day", text: "657 in the mean of 28 days; today until 14:20" },
  { name: "A day is", text: "midnight to midnight, Europe/Berlin" },
  { name: "Hidden here", text: "1,912 visits as bots, 1,284 visitors by 1 rule" },
  { name: "Imported", text: "nothing in these days" },
];

export interface PageRow {
  path: string;
  visitors: number;
  change: string;
  views: number;
  bounce: string;
}

export const PAGES: readonly PageRow[] = [
  { path: "/guide/kingfisher", visitors: 9_473, change: "+18%", views: 12_108, bounce: "37%" },
  { path: "/guide", visitors: 7_409, change: "+6%", views: 9_539, bounce: "37%" },
  { path: "/", visitors: 6_299, change: "+1%", views: 7_391, bounce: "39%" },
  {
    path: "/guide/owls-at-dusk-how-to-find-them-without-disturbing",
    visitors: 4_589,
    change: "+44%",
    views: 5_467,
    bounce: "38%",
  },
  { path: "/map", visitors: 4_158, change: "−2%", views: 4_871, bounce: "41%" },
  { path: "/guide/white-stork", visitors: 1_861, change: "0%", views: 2_104, bounce: "40%" },
];
