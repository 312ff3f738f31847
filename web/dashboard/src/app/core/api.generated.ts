// Made from docs/openapi.json by scripts/api-types.mjs: do not edit.

export interface AcceptInvitation {
  token: string;
  password?: string | undefined;
  given_name?: string | undefined;
  last_name?: string | undefined;
}

export interface Account {
  id: string;
  email: string;
  given_name?: string | undefined;
  last_name?: string | undefined;
  instance_role: "owner" | "admin" | "user";
  created_at: string;
}

export interface AccountToDelete {
  email: string;
}

export interface ActiveTeam {
  status: "ok";
  active_team_id: string;
  recent_team_ids: string[];
}

export interface AddedMember {
  status: "ok";
  is_invite: boolean;
  invite?: Invitation | undefined;
  link?: string | undefined;
}

export interface AddressAsked {
  status: "ok";
  link?: string | undefined;
}

export interface AddressToken {
  token: string;
}

export interface AiFetch {
  path: string;
  user_agent: string;
  status_code: number;
}

export interface Answer {
  site_id: string;
  zone: string;
  now: string;
  range: Range;
  compare: Range | null;
  first_day?: string | null | undefined;
  applied_until?: string | undefined;
  live_visitors?: number | undefined;
  machine_visits?: number | undefined;
  meta?: Meta | undefined;
  results: Record<string, QueryResult>;
}

export interface ApiClient {
  id: string;
  user_id?: string | undefined;
  tenant_id?: string | undefined;
  owner_type: "personal" | "team";
  name: string;
  description: string;
  prefix: string;
  scopes: ("read" | "manage" | "ingest")[];
  instance_role: "owner" | "admin" | "user";
  all_sites: boolean;
  site_roles: ApiClientSite[];
  created_by?: string | undefined;
  created_at: string;
  updated_at: string;
  expires_at?: string | undefined;
  revoked_at?: string | undefined;
  last_used_at?: string | undefined;
  old_secret_until?: string | undefined;
}

export interface ApiClientChange {
  name: string;
  description?: string | undefined;
  scopes?: ("read" | "manage" | "ingest")[] | null | undefined;
  instance_role?: "owner" | "admin" | "user" | null | undefined;
  all_sites?: boolean | null | undefined;
  site_roles?: ApiClientSite[] | null | undefined;
  expires_at?: string | null | undefined;
  revoked?: boolean | null | undefined;
}

export interface ApiClientSecret {
  client: ApiClient;
  token: string;
}

export interface ApiClientSite {
  site_id: string;
  role: "owner" | "admin" | "editor" | "viewer" | null;
}

export interface AssertedCredential {
  id: string;
  type: string;
  response: AssertionResponse;
}

export interface AssertionResponse {
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle?: string | undefined;
}

export interface AttestationResponse {
  clientDataJSON: string;
  attestationObject: string;
  transports?: string[] | null | undefined;
}

export interface AttestedCredential {
  id: string;
  type: string;
  response: AttestationResponse;
}

export interface AuditChange {
  field: string;
  before?: string | undefined;
  after?: string | undefined;
}

export interface AuditEntry {
  id: string;
  created_at: string;
  actor_type: "person" | "key" | "system";
  actor_id?: string | undefined;
  actor_email_snapshot: string;
  action: string;
  team_id?: string | undefined;
  site_id?: string | undefined;
  target_type: "instance" | "team" | "site" | "person" | "invitation" | "api_client";
  target_id?: string | undefined;
  target_label?: string | undefined;
  outcome: "success";
  ip_country_code?: string | undefined;
  changes: AuditChange[];
}

export interface AuditPage {
  entries: AuditEntry[];
  total: number;
  limit: number;
  offset: number;
  has_more: boolean;
}

export interface Bootstrap {
  session: Session;
  profile: Profile;
  preferences: Preferences;
  teams: Teams;
  permissions: Permissions;
  sites: Site[];
  status: Status;
}

export interface ChosenTeam {
  team_id: string;
}

export interface Confirmation {
  password?: string | undefined;
  code?: string | undefined;
  challenge_token?: string | undefined;
  credential?: AssertedCredential | null | undefined;
}

export interface Counted {
  site_id?: string | undefined;
  from: string;
  to: string;
  first_day: string | null;
  now: string;
  received: number;
  counted: number;
  pageviews: number;
  events: number;
  reports: number;
  ai_fetches: number;
  kept_apart: number;
  dropped: number;
  not_kept: number;
  last_pageview: string | null;
  last_event: string | null;
  last_server_hit: string | null;
  hits_per_minute: number[];
  dropped_by: Dropped[];
  machines: KeptApart[];
}

export interface CredentialName {
  type: string;
  id: string;
  transports: string[];
}

export const DIMENSIONS = [
  "time_minute",
  "time_hour",
  "time_day",
  "time_week",
  "time_month",
  "time_quarter",
  "hour_of_week",
  "page",
  "event_name",
  "entry_page",
  "exit_page",
  "hostname",
  "referrer_host",
  "referrer",
  "source",
  "channel",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
  "browser",
  "os",
  "device",
  "language",
  "country",
  "screen",
  "browser_version",
  "os_version",
  "city",
  "network",
  "title",
  "region",
  "agent",
  "fetch_status",
  "visitor_kind",
] as const;
export type Dimension = (typeof DIMENSIONS)[number] | `property:${string}` | `page_property:${string}`;

export interface Dropped {
  reason: string;
  remedy: "none" | "add_site" | "count_hosts" | "hosts" | "exclusions" | "snippet" | "resume" | "rules" | "operator";
  hits: number;
  last: string;
  names: NamedHits[];
}

export interface Error {
  status: number;
  code: string;
  message: string;
  field?: string | undefined;
}

export interface Event {
  h?: string | undefined;
  path?: string | undefined;
  r?: string | undefined;
  ua?: string | undefined;
  vp_w?: number | undefined;
  vp_h?: number | undefined;
  sc_w?: number | undefined;
  sc_h?: number | undefined;
  lang?: string | undefined;
  u_src?: string | undefined;
  u_med?: string | undefined;
  u_cmp?: string | undefined;
  u_trm?: string | undefined;
  u_cnt?: string | undefined;
  tsrc?: string | undefined;
  tv?: string | undefined;
  cd?: boolean | undefined;
  n?: string | undefined;
  p?: Record<string, unknown> | undefined;
  sid?: string | undefined;
  i?: boolean | undefined;
  e?: number | undefined;
  sd?: number | undefined;
}

export interface Exclusion {
  id: string;
  site_id?: string | undefined;
  type: "cidr" | "country" | "path" | "host" | "query";
  cidr?: string | undefined;
  country_code?: string | undefined;
  path?: string | undefined;
  host?: string | undefined;
  query?: string | undefined;
  description: string;
  created_at: string;
  created_by?: string | undefined;
}

export interface ExplicitRange {
  from: string;
  to: string;
}

export interface FactorsRemoved {
  status: "ok";
  totp_disabled: boolean;
  passkeys_deleted: number;
  sessions_invalidated: number;
}

export interface Filter {
  dimension: Dimension;
  op: "is" | "is_not" | "contains" | "contains_not" | "starts_with" | "starts_with_not" | "ends_with" | "ends_with_not" | "matches" | "matches_not" | "greater" | "greater_not" | "less" | "less_not";
  values: string[];
}

export interface ForgottenPassword {
  email: string;
}

export interface FoundOnPage {
  what: "unreachable" | "status" | "moved" | "no_script" | "tag_manager" | "other_server" | "insecure_script" | "csp_script" | "csp_connect" | "script_status" | "waits" | "manual";
  detail?: string | undefined;
}

export interface GuestInvitation {
  invite: Invitation;
  site_id: string;
  domain: string;
}

export interface IngestStatus {
  site_id: string;
  since: string;
  dropped: Record<string, number>;
  bots: Record<string, number>;
  hosts: SeenHost[];
}

export interface InstanceRoleChange {
  role: "owner" | "admin" | "user";
}

export interface Invitation {
  id: string;
  team_id: string;
  email: string;
  role: "admin" | "member" | "owner" | "editor" | "viewer";
  status: "pending";
  created_by?: string | undefined;
  created_at: string;
  expires_at: string;
}

export interface KeptApart {
  class: string;
  hits: number;
  last: string;
  names: NamedHits[];
  example?: string | undefined;
}

export interface LiveVisitors {
  visitors: number;
}

export interface Meta {
  zone: string;
  first_weekday: number;
  attribution: string;
  partial: boolean;
  hidden_visits: number;
  imported: string[];
  applied_offset: number;
}

export interface NamedHits {
  name: string;
  hits: number;
}

export interface NewAddress {
  email: string;
}

export interface NewApiClient {
  name: string;
  description?: string | undefined;
  scopes?: ("read" | "manage" | "ingest")[] | null | undefined;
  instance_role?: "owner" | "admin" | "user" | null | undefined;
  all_sites?: boolean | null | undefined;
  site_roles?: ApiClientSite[] | null | undefined;
  expires_at?: string | null | undefined;
}

export interface NewExclusion {
  type?: "cidr" | "country" | "path" | "host" | "query" | undefined;
  cidr?: string | undefined;
  country_code?: string | undefined;
  path?: string | undefined;
  host?: string | undefined;
  query?: string | undefined;
  description?: string | undefined;
}

export interface NewOwner {
  email: string;
  password: string;
  given_name?: string | undefined;
  last_name?: string | undefined;
  setup_code?: string | undefined;
}

export interface NewSite {
  domain: string;
  zone?: string | null | undefined;
}

export interface NewSiteMember {
  email: string;
  role: "owner" | "admin" | "editor" | "viewer";
  send_mail?: boolean | undefined;
}

export interface NewTeam {
  name: string;
  logo_url?: string | undefined;
}

export interface NewTeamMember {
  email: string;
  role?: "owner" | "admin" | "member" | undefined;
  send_mail?: boolean | undefined;
}

export interface NextOwner {
  owner_email: string;
}

export interface NextTeamOwner {
  target_user_id: string;
}

export interface Notice {
  kind: string;
  level: "info" | "warning" | "alarm";
  site_id?: string | undefined;
  domain?: string | undefined;
  facts: Record<string, string>;
}

export interface Ok {
  status: "ok";
  message?: string | undefined;
}

export interface Order {
  by: string;
  direction?: "desc" | "asc" | undefined;
}

export interface OwnRequest {
  address: string;
  address_header: string;
  internal: boolean;
  unnamed_proxy: boolean;
  scheme: string;
  host: string;
  counts: boolean;
  reason?: string | undefined;
  rule?: string | undefined;
  class?: string | undefined;
  country: string;
  city: string;
  asn: number;
  network: string;
  browser: string;
  os: string;
  device: string;
  language: string;
  do_not_track: boolean;
  privacy_control: boolean;
  now: string;
}

export interface PageView {
  h?: string | undefined;
  path?: string | undefined;
  referrer?: string | undefined;
  ua?: string | undefined;
  vp_w?: number | undefined;
  vp_h?: number | undefined;
  sc_w?: number | undefined;
  sc_h?: number | undefined;
  lang?: string | undefined;
  u_src?: string | undefined;
  u_med?: string | undefined;
  u_cmp?: string | undefined;
  u_trm?: string | undefined;
  u_cnt?: string | undefined;
  tsrc?: string | undefined;
  tv?: string | undefined;
  cd?: boolean | undefined;
  p?: Record<string, unknown> | undefined;
  unique?: boolean | undefined;
  qr?: string | undefined;
  session_id?: string | undefined;
  page_id?: string | undefined;
  t?: string | undefined;
}

export interface Passkey {
  id: string;
  name: string;
  backup_eligible: boolean;
  backed_up: boolean;
  created_at: string;
  updated_at: string;
  last_used_at?: string | undefined;
}

export interface PasskeyAlgorithm {
  type: string;
  alg: number;
}

export interface PasskeyCreation {
  rp: PasskeyParty;
  user: PasskeyHolder;
  challenge: string;
  pubKeyCredParams: PasskeyAlgorithm[];
  timeout: number;
  excludeCredentials: CredentialName[];
  authenticatorSelection: PasskeySelection;
  attestation: string;
}

export interface PasskeyHolder {
  id: string;
  name: string;
  displayName: string;
}

export interface PasskeyName {
  name?: string | undefined;
}

export interface PasskeyParty {
  id: string;
  name: string;
}

export interface PasskeyRequest {
  challenge: string;
  timeout: number;
  rpId: string;
  allowCredentials?: CredentialName[] | undefined;
  userVerification: string;
}

export interface PasskeySelection {
  residentKey: string;
  requireResidentKey: boolean;
  userVerification: string;
}

export interface PasskeySetup {
  publicKey: PasskeyCreation;
}

export interface PasskeySignIn {
  challenge_token: string;
  credential: AssertedCredential;
  remember_me?: boolean | undefined;
}

export interface PasskeySignInStart {
  challenge_token: string;
  publicKey: PasskeyRequest;
}

export interface PasswordChange {
  current_password: string;
  new_password: string;
}

export interface PasswordReset {
  token: string;
  password: string;
}

export interface Permissions {
  instance_role: "owner" | "admin" | "user";
  permissions: Record<string, "owner" | "admin" | "editor" | "viewer">;
  instance_permissions: ("instance.manage_sites" | "instance.manage_system" | "instance.manage_users" | "instance.run_maintenance" | "instance.view_audit" | "team.create_sites" | "team.view_members" | "team.manage_members" | "team.manage_settings" | "team.transfer_ownership" | "team.delete" | "team.view_audit" | "team.manage_api_clients" | "site.view" | "site.manage_data" | "site.manage_team" | "site.view_audit" | "site.delete" | "site.ingest")[];
  instance_capabilities: ("instance.manage_sites" | "instance.manage_system" | "instance.manage_users" | "instance.run_maintenance" | "instance.view_audit" | "team.create_sites" | "team.view_members" | "team.manage_members" | "team.manage_settings" | "team.transfer_ownership" | "team.delete" | "team.view_audit" | "team.manage_api_clients" | "site.view" | "site.manage_data" | "site.manage_team" | "site.view_audit" | "site.delete" | "site.ingest")[];
  site_capabilities: Record<string, ("instance.manage_sites" | "instance.manage_system" | "instance.manage_users" | "instance.run_maintenance" | "instance.view_audit" | "team.create_sites" | "team.view_members" | "team.manage_members" | "team.manage_settings" | "team.transfer_ownership" | "team.delete" | "team.view_audit" | "team.manage_api_clients" | "site.view" | "site.manage_data" | "site.manage_team" | "site.view_audit" | "site.delete" | "site.ingest")[]>;
  active_team_id?: string | undefined;
  active_team_role?: "owner" | "admin" | "member" | undefined;
  active_team_capabilities: ("instance.manage_sites" | "instance.manage_system" | "instance.manage_users" | "instance.run_maintenance" | "instance.view_audit" | "team.create_sites" | "team.view_members" | "team.manage_members" | "team.manage_settings" | "team.transfer_ownership" | "team.delete" | "team.view_audit" | "team.manage_api_clients" | "site.view" | "site.manage_data" | "site.manage_team" | "site.view_audit" | "site.delete" | "site.ingest")[];
}

export type Predicate = Filter | { and: Predicate[]; } | { or: Predicate[]; } | { not: Predicate; } | { has_done: Predicate[]; within?: "visit" | "day" | undefined; } | { has_not_done: Predicate[]; within?: "visit" | "day" | undefined; };

export interface Preferences {
  default_locale: string;
  number_format: "language" | "comma" | "point" | "space" | "apostrophe";
  clock: "language" | "12" | "24";
  theme: "system" | "light" | "dark";
  default_period: string;
}

export interface PreferencesChange {
  default_locale?: string | null | undefined;
  number_format?: "language" | "comma" | "point" | "space" | "apostrophe" | null | undefined;
  clock?: "language" | "12" | "24" | null | undefined;
  theme?: "system" | "light" | "dark" | null | undefined;
  default_period?: string | null | undefined;
}

export interface Profile {
  id: string;
  email: string;
  given_name?: string | undefined;
  last_name?: string | undefined;
  display_name: string;
}

export interface ProfileChange {
  email?: string | undefined;
  given_name?: string | undefined;
  last_name?: string | undefined;
}

export interface ProofWays {
  factors: ("totp" | "recovery_code" | "passkey")[];
  challenge_token?: string | undefined;
  passkey?: PasskeyRequest | undefined;
}

export interface Query {
  metrics: ("visitors" | "visits" | "pageviews" | "views_per_visit" | "bounce_rate" | "visit_duration" | "events" | "engaged_time" | "time_on_page" | "scroll_depth" | "visitors_per_day" | "visit_duration_median" | "entries" | "exits" | "exit_rate" | "unique_events" | "property_sum" | "property_average" | "property_median" | "property_p75" | "property_p95" | "lcp" | "inp" | "cls" | "fcp" | "ttfb" | "ai_fetches")[];
  dimensions?: Dimension[] | undefined;
  number?: string | undefined;
  share?: boolean | undefined;
  filters?: Predicate[] | undefined;
  order?: Order[] | undefined;
  compare?: boolean | undefined;
  limit?: number | undefined;
}

export interface QueryResult {
  rows: Row[];
  more: number;
}

export interface Question {
  range: string | ExplicitRange;
  compare?: string | ExplicitRange | null | undefined;
  match_weekdays?: boolean | undefined;
  filters?: Predicate[] | undefined;
  include?: ("live_visitors" | "first_day" | "applied_until" | "machine_visits" | "meta")[] | undefined;
  machines?: boolean | undefined;
  queries: Record<string, Query>;
}

export interface Range {
  from: string;
  to: string;
  until?: string | undefined;
}

export interface RecoveryCodes {
  codes: string[];
  remaining: number;
}

export interface ResendInvitation {
  send_mail?: boolean | undefined;
}

export interface Retention {
  days: number;
}

export interface Row {
  dimensions: string[];
  metrics: (number | null)[];
  compare?: (number | null)[] | undefined;
  share?: (number | null)[] | undefined;
  partial?: boolean | undefined;
}

export interface SecondStep {
  challenge_token: string;
  code: string;
}

export interface Security {
  totp_enabled: boolean;
  totp_pending: boolean;
  passkeys: Passkey[];
  passkeys_unusable?: string | undefined;
  recovery_codes_generated: boolean;
  recovery_codes_total: number;
  recovery_codes_remaining: number;
}

export interface SeenHost {
  host: string;
  hits: number;
  standing: "unknown" | "counts" | "below" | "excluded" | "paused";
}

export interface ServerBatch {
  items: ServerItem[];
}

export interface ServerBatchAnswer {
  results: ServerItemResult[];
}

export interface ServerEvent {
  url: string;
  timestamp?: string | undefined;
  visitor_ip: string;
  user_agent: string;
  referrer?: string | undefined;
  language?: string | undefined;
  dnt?: boolean | undefined;
  name: string;
  properties?: Record<string, unknown> | undefined;
}

export interface ServerItem {
  type: "pageview" | "event";
  id?: string | undefined;
  url: string;
  timestamp?: string | undefined;
  visitor_ip: string;
  user_agent: string;
  referrer?: string | undefined;
  language?: string | undefined;
  dnt?: boolean | undefined;
  viewport_width?: number | undefined;
  viewport_height?: number | undefined;
  screen_width?: number | undefined;
  screen_height?: number | undefined;
  name?: string | undefined;
  properties?: Record<string, unknown> | undefined;
}

export interface ServerItemResult {
  result: "accepted" | "dropped" | "duplicate" | "refused";
  reason?: string | undefined;
  field?: string | undefined;
  message?: string | undefined;
}

export interface ServerPageView {
  url: string;
  timestamp?: string | undefined;
  visitor_ip: string;
  user_agent: string;
  referrer?: string | undefined;
  language?: string | undefined;
  dnt?: boolean | undefined;
  viewport_width?: number | undefined;
  viewport_height?: number | undefined;
  screen_width?: number | undefined;
  screen_height?: number | undefined;
}

export interface Session {
  expires_at: string;
  issued_at: string;
  duration_seconds: number;
  warning_seconds: number;
  extendable: boolean;
  timing_adjustable: boolean;
  remembered: boolean;
  remember_expires_at?: string | undefined;
  remember_me_duration_days: number;
}

export interface SessionEntry {
  id: string;
  current: boolean;
  created_at: string;
  expires_at: string;
  remembered: boolean;
  how?: "set_up" | "password" | "invitation" | "passkey" | undefined;
  factor?: "totp" | "recovery_code" | "passkey" | undefined;
  country?: string | undefined;
  browser?: string | undefined;
  os?: string | undefined;
}

export interface SignIn {
  email: string;
  password: string;
  remember_me?: boolean | undefined;
}

export interface SignInAnswer {
  status: "ok" | "mfa_required";
  challenge_token?: string | undefined;
  factors?: ("totp" | "recovery_code" | "passkey")[] | undefined;
  passkey?: PasskeyRequest | undefined;
}

export interface Site {
  id: string;
  user_id: string | null;
  domain: string;
  zone: string;
  data_retention_days: number;
  created_at: string;
  subdomains: boolean | null;
  excluded_hosts: string[];
  paused?: boolean | undefined;
  first_weekday?: number | undefined;
  currency?: string | undefined;
  former_domains?: string[] | undefined;
  owner_email?: string | undefined;
  team_id?: string | undefined;
  labels: string[];
  pinned?: boolean | undefined;
  team_paused?: boolean | undefined;
  zone_from?: string | undefined;
  zone_before?: string | undefined;
}

export interface SiteChange {
  subdomains?: boolean | null | undefined;
  data_retention_days?: number | null | undefined;
  excluded_hosts?: string[] | null | undefined;
  domain?: string | null | undefined;
  former_domains?: string[] | null | undefined;
  first_weekday?: number | null | undefined;
  currency?: string | null | undefined;
  paused?: boolean | null | undefined;
  zone?: string | null | undefined;
  labels?: string[] | null | undefined;
}

export interface SiteErased {
  status: "ok";
}

export interface SiteLook {
  page: string;
  script?: string | undefined;
  found: FoundOnPage[];
}

export interface SiteMember {
  id: string;
  user_id: string;
  email: string;
  given_name?: string | undefined;
  last_name?: string | undefined;
  role: "owner" | "admin" | "editor" | "viewer";
  added_at: string;
  guest: boolean;
}

export interface SiteRules {
  location: "none" | "country" | "region" | "city";
  referrer: "none" | "host" | "path";
  network: boolean;
  screen: boolean;
  language: boolean;
  title: boolean;
  utm: boolean;
  engagement: boolean;
  kept_query: string[];
  search_query: string[];
  trusted_networks: string[];
}

export interface SiteRulesChange {
  location?: "none" | "country" | "region" | "city" | null | undefined;
  referrer?: "none" | "host" | "path" | null | undefined;
  network?: boolean | null | undefined;
  screen?: boolean | null | undefined;
  language?: boolean | null | undefined;
  title?: boolean | null | undefined;
  utm?: boolean | null | undefined;
  engagement?: boolean | null | undefined;
  kept_query?: string[] | null | undefined;
  search_query?: string[] | null | undefined;
  trusted_networks?: string[] | null | undefined;
}

export interface SiteToErase {
  domain: string;
}

export interface Snippet {
  options: ("outbound" | "downloads" | "forms" | "not_found" | "elements" | "web_vitals" | "consent" | "collect_dnt" | "hash_routing")[];
}

export interface SnippetChange {
  options?: ("outbound" | "downloads" | "forms" | "not_found" | "elements" | "web_vitals" | "consent" | "collect_dnt" | "hash_routing")[] | null | undefined;
}

export interface Stats {
  live_visitors: number;
  total_pageviews: number;
  unique_sessions: number;
  bounce_rate: number;
  avg_session_duration: number;
  pages_per_session: number;
  chart_data: StatsBucket[];
  utm_campaign_hits: number;
  utm_content_hits: number;
  utm_medium_hits: number;
  utm_source_hits: number;
  utm_term_hits: number;
  goals: unknown[];
  top_pages: StatsEntry[];
  top_landing_pages: StatsEntry[];
  top_exit_pages: StatsEntry[];
  top_referrers: StatsEntry[];
  top_devices: StatsEntry[];
  top_countries: StatsEntry[];
  top_browsers: StatsEntry[];
  top_languages: StatsEntry[];
  top_utm_campaigns: StatsEntry[];
  top_utm_contents: StatsEntry[];
  top_utm_mediums: StatsEntry[];
  top_utm_sources: StatsEntry[];
  top_utm_terms: StatsEntry[];
  top_cities: StatsEntry[];
  top_providers: StatsEntry[];
  top_asns: StatsEntry[];
  top_ai_bots: StatsEntry[];
  top_ai_sources: StatsEntry[];
  ai_bot_hits: number;
  ai_source_visits: number;
  funnels: unknown[];
  comparison?: StatsComparison | undefined;
}

export interface StatsBucket {
  time: string;
  pageviews: number;
  visitors: number;
}

export interface StatsComparison {
  total_pageviews: number;
  unique_sessions: number;
  bounce_rate: number;
  avg_session_duration: number;
  pages_per_session: number;
  chart_data: StatsBucket[];
  utm_campaign_hits: number;
  utm_content_hits: number;
  utm_medium_hits: number;
  utm_source_hits: number;
  utm_term_hits: number;
  goals: unknown[];
  total_conversions: number;
}

export interface StatsEntry {
  name: string;
  value: number;
}

export interface Status {
  needs_setup: boolean;
  version: string;
  mail: boolean;
  passkeys: boolean;
  public_url: string;
}

export interface TabCheck {
  code: string;
  address: string;
  report?: TabReport | undefined;
}

export interface TabReport {
  code: string;
  host: string;
  do_not_track: boolean;
  privacy_control: boolean;
  opted_out: boolean;
  waits: boolean;
  manual: boolean;
  insecure: boolean;
}

export interface Takeout {
  profile: Profile;
  preferences: Preferences;
  teams: Teams;
  sites: Record<string, "owner" | "admin" | "editor" | "viewer">;
  sessions: SessionEntry[];
  audit: AuditEntry[];
}

export interface Team {
  id: string;
  name: string;
  logo_url: string;
  role: "owner" | "admin" | "member";
  created_at: string;
  paused?: boolean | undefined;
}

export interface TeamAnswer {
  team: Team;
}

export interface TeamGuest {
  member: SiteMember;
  site_id: string;
  domain: string;
}

export interface TeamGuests {
  guests: TeamGuest[];
  invites: GuestInvitation[];
}

export interface TeamMember {
  id: string;
  user_id: string;
  email: string;
  given_name?: string | undefined;
  last_name?: string | undefined;
  role: "owner" | "admin" | "member";
  added_at: string;
}

export interface TeamOverview {
  id: string;
  name: string;
  is_default: boolean;
  member_count: number;
  site_count: number;
  created_at: string;
}

export interface TeamPause {
  paused?: boolean | null | undefined;
}

export interface TeamToDelete {
  name: string;
}

export interface Teams {
  active_team_id: string;
  recent_team_ids: string[];
  teams: Team[];
}

export interface TestMail {
  email?: string | undefined;
}

export interface TotpSetup {
  secret: string;
  otpauth_url: string;
  expires_at: string;
}

export interface TrackingStatus {
  site_id: string;
  tenant_id: string;
  status: "waiting" | "live" | "dormant";
  configured_domain: string;
  first_hit_at?: string | undefined;
  last_hit_at?: string | undefined;
  last_event_at?: string | undefined;
  updated_at?: string | undefined;
}

export interface TypedCode {
  code: string;
}

export interface WebVital {
  h?: string | undefined;
  n: string;
  v: number;
  p?: string | undefined;
  nt?: string | undefined;
  mid?: string | undefined;
  sid?: string | undefined;
  pid?: string | undefined;
  tsrc?: string | undefined;
  tv?: string | undefined;
  cd?: boolean | undefined;
}
