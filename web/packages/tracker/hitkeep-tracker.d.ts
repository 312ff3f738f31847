/** What an event or a view may say of itself. Numbers that thousandths hold exactly can be added up. */
export type Properties = Record<string, string | number | boolean | null | undefined | object>;

/** A line of an order, under the names that `purchase` is read by. */
export interface OrderItem {
  item_id?: string;
  item_name?: string;
  item_category?: string;
  price?: number;
  quantity?: number;
}

export interface PageView {
  /** Where the page is, when that is not its address. Its query is not sent. */
  url?: string;
  title?: string;
  props?: Properties;
}

export interface EventOptions {
  /** False where nobody did anything: such an event ends no bounce. */
  interactive?: boolean;
}

export interface Options {
  /** Of the server: "https://stats.example.com" or with a path. */
  host: string;
  /** Another name or another of the scripts ("hk-core.js"). */
  script?: string;
  /** Of the script, for subresource integrity. */
  integrity?: string;
  nonce?: string;
  /** Where it is sent, if not to where the script comes from. Ends with a slash. */
  endpoint?: string;
  /** Views are counted by pageview() alone. */
  manual?: boolean;
  /** Nothing is sent before consent(). */
  consent?: boolean;
  collectDnt?: boolean;
  disableBeacon?: boolean;
  disableSpaTracking?: boolean;
  hashRouting?: boolean;
  outbound?: boolean;
  downloads?: boolean;
  forms?: boolean;
  elements?: boolean;
  notFound?: boolean;
  webVitals?: boolean;
  /** Of every view of this page load. */
  props?: Record<string, string | number | boolean>;
}

export function load(options: Options): void;
export function event(name: string, props?: Properties, options?: EventOptions): void;
export function pageview(view?: PageView): void;
export function consent(): void;
export function optOut(): void;
export function optIn(): void;

/** What the script itself offers to pages. */
export interface HitKeep {
  event(name: string, props?: Properties, options?: EventOptions): void;
  pageview(view?: PageView): void;
  consent(): void;
  optOut(): void;
  optIn(): void;
}

declare global {
  interface Window {
    hk?: HitKeep;
  }
}
