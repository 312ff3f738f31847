import { Bootstrap, Site } from "../core/api";

/** Somebody who is signed in, with these sites, which he may all change. */
export const someone = (sites: Site[] = []): Bootstrap => ({
  profile: { id: "1", email: "ann@example.com", given_name: "Ann", display_name: "Ann" },
  preferences: {
    default_locale: "",
    number_format: "language",
    clock: "language",
    theme: "system",
    default_period: "",
  },
  teams: {
    active_team_id: "t1",
    recent_team_ids: [],
    teams: [{ id: "t1", name: "Birds", logo_url: "", role: "owner", created_at: "2026-01-01T00:00:00Z" }],
  },
  status: { needs_setup: false, version: "0.1.0", mail: false, passkeys: false, public_url: "" },
  sites,
  permissions: {
    instance_capabilities: ["instance.manage_sites", "instance.manage_system"],
    active_team_capabilities: ["team.create_sites"],
    site_capabilities: Object.fromEntries(sites.map(({ id }) => [id, ["site.view", "site.manage_data"]])),
  },
});
