import { Type } from "@angular/core";

import { Permission } from "./core/api";
import type { Page } from "./registry";

/** A part of a settings page; it has an address of its own. */
export interface SettingsSection {
  id: string;
  /** Key of its name. */
  text: string;
  /** Key of more words by which the command menu finds it. */
  words: string;
  /** Who lacks it sees the section, but changes nothing. */
  permission?: Permission;
  /** Who lacks it finds no such section: there is nothing in it that he may see. */
  needs?: Permission;
  load: () => Promise<Type<unknown>>;
}

/** What a settings page is made of. */
export interface Sections {
  /** All are shown below each other. */
  together: boolean;
  /** What they are about, where it is no site. */
  bar?: () => Promise<Type<unknown>>;
  list: readonly SettingsSection[];
}

/** By the page's id. This file comes with the first settings page, or with the command menu. */
const SECTIONS: Record<string, Sections> = {
  site_settings: {
    together: false,
    list: [
      {
        id: "general",
        text: "section.general.name",
        words: "section.general.words",
        permission: "site.manage_data",
        load: () => import("./pages/site/general").then((m) => m.General),
      },
      {
        id: "snippet",
        text: "section.snippet.name",
        words: "section.snippet.words",
        load: () => import("./pages/site/snippet").then((m) => m.Snippet),
      },
      {
        id: "hosts",
        text: "section.hosts.name",
        words: "section.hosts.words",
        permission: "site.manage_data",
        load: () => import("./pages/site/hosts").then((m) => m.Hosts),
      },
      {
        id: "say-less",
        text: "section.less.name",
        words: "section.less.words",
        permission: "site.manage_data",
        load: () => import("./pages/site/say-less").then((m) => m.SayLess),
      },
      {
        id: "exclusions",
        text: "section.exclusions.name",
        words: "section.exclusions.words",
        permission: "site.manage_data",
        load: () => import("./pages/site/exclusions").then((m) => m.Exclusions),
      },
      {
        id: "addresses",
        text: "section.addresses.name",
        words: "section.addresses.words",
        permission: "site.manage_data",
        load: () => import("./pages/site/addresses").then((m) => m.Addresses),
      },
      {
        id: "ending",
        text: "section.ending.name",
        words: "section.ending.words",
        needs: "site.delete",
        load: () => import("./pages/site/ending").then((m) => m.Ending),
      },
    ],
  },
  team: {
    together: true,
    bar: () => import("./pages/team/team-bar").then((m) => m.TeamBar),
    list: [
      {
        id: "members",
        text: "section.members.name",
        words: "section.members.words",
        load: () => import("./pages/team/members").then((m) => m.Members),
      },
      {
        id: "guests",
        text: "section.guests.name",
        words: "section.guests.words",
        needs: "team.manage_members",
        load: () => import("./pages/team/guests").then((m) => m.Guests),
      },
      {
        id: "invitations",
        text: "section.invitations.name",
        words: "section.invitations.words",
        needs: "team.manage_members",
        load: () => import("./pages/team/invitations").then((m) => m.Invitations),
      },
      {
        id: "roles",
        text: "section.roles.name",
        words: "section.roles.words",
        load: () => import("./pages/team/roles").then((m) => m.Roles),
      },
      {
        id: "keys",
        text: "section.api_keys.name",
        words: "section.api_keys.words",
        needs: "team.manage_api_clients",
        load: () => import("./pages/team/team-keys").then((m) => m.TeamKeys),
      },
      {
        id: "audit",
        text: "section.audit.name",
        words: "section.audit.words",
        needs: "team.view_audit",
        load: () => import("./pages/audit/audit-section").then((m) => m.AuditSection),
      },
      {
        id: "settings",
        text: "section.team_settings.name",
        words: "section.team_settings.words",
        load: () => import("./pages/team/team-settings").then((m) => m.TeamSettings),
      },
    ],
  },
  account: {
    together: true,
    list: [
      {
        id: "profile",
        text: "section.profile.name",
        words: "section.profile.words",
        load: () => import("./pages/account/profile").then((m) => m.ProfileSection),
      },
      {
        id: "password",
        text: "section.password.name",
        words: "section.password.words",
        load: () => import("./pages/account/password").then((m) => m.Password),
      },
      {
        id: "passkeys",
        text: "section.passkeys.name",
        words: "section.passkeys.words",
        load: () => import("./pages/account/passkeys").then((m) => m.PasskeysSection),
      },
      {
        id: "factors",
        text: "section.factors.name",
        words: "section.factors.words",
        load: () => import("./pages/account/factors").then((m) => m.FactorsSection),
      },
      {
        id: "recovery_codes",
        text: "section.recovery_codes.name",
        words: "section.recovery_codes.words",
        load: () => import("./pages/account/recovery-codes").then((m) => m.RecoveryCodesSection),
      },
      {
        id: "sessions",
        text: "section.sessions.name",
        words: "section.sessions.words",
        load: () => import("./pages/account/sessions").then((m) => m.Sessions),
      },
      {
        id: "language",
        text: "section.language.name",
        words: "section.language.words",
        load: () => import("./pages/account/language").then((m) => m.LanguageSection),
      },
      {
        id: "api_keys",
        text: "section.api_keys.name",
        words: "section.api_keys.words",
        load: () => import("./pages/account/own-keys").then((m) => m.OwnKeys),
      },
      {
        id: "data",
        text: "section.data.name",
        words: "section.data.words",
        load: () => import("./pages/account/data").then((m) => m.OwnData),
      },
    ],
  },
};

export const sectionsOf = (page: Page): Sections | undefined => (page.settings ? SECTIONS[page.id] : undefined);

/** The sections that somebody finds, who may what `may` says. */
export const foundBy = (
  sections: Sections | undefined,
  may: (permission: Permission) => boolean,
): readonly SettingsSection[] => (sections?.list ?? []).filter(({ needs }) => needs === undefined || may(needs));
