import { Bootstrap, Site } from "../core/api";

/** Somebody who is signed in, with these sites, which he may all change. */
export const someone = (sites: Site[] = []): Bootstrap => ({
  profile: { email: "ann@example.com", display_name: "Ann" },
  status: { needs_setup: false, version: "0.1.0", mail: false, public_url: "" },
  sites,
  permissions: {
    instance_capabilities: ["instance.manage_sites", "instance.manage_system"],
    active_team_capabilities: ["team.create_sites"],
    site_capabilities: Object.fromEntries(sites.map(({ id }) => [id, ["site.view", "site.manage_data"]])),
  },
});
