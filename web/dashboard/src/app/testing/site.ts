import { Site } from "../core/api";

/** A site as the server shows it; what a test does not name is ordinary. */
export const aSite = (named: Partial<Site>): Site => ({
  id: "1",
  user_id: null,
  domain: "a.example",
  zone: "UTC",
  data_retention_days: 0,
  created_at: "2026-01-01T00:00:00Z",
  subdomains: true,
  excluded_hosts: [],
  labels: [],
  ...named,
});
