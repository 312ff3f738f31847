import { Type } from "@angular/core";
import { CanActivateFn } from "@angular/router";

import { Permission } from "./core/api";
import { TextFolder } from "./core/i18n";
import { needsSetup, signedIn, signedOut, takesToken } from "./core/session";
import { Overview } from "./overview/overview";
import { LATER_TEXTS } from "./texts";
import { IconName } from "./ui/icon";

type Load = () => Type<unknown> | Promise<Type<unknown>>;

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

/** A page, for the router, the navigation, the command menu and the window's title alike. */
export interface Page {
  id: string;
  /** The address; below "s/:domain" the page is about a site. */
  path: string;
  /** Key of its name. */
  text: string;
  /** Key of more words by which the command menu finds it; without, the menu does not offer it. */
  words?: string;
  /** Where the navigation has it; nowhere without. */
  place?: "reports" | "settings" | "person";
  icon?: IconName;
  /** G and then this letter lead there. */
  key?: string;
  /** Who lacks it finds no such page. */
  permission?: Permission;
  /** Outside the frame: for those who are not signed in yet, or have no site. */
  outside?: true;
  guards?: CanActivateFn[];
  /** Makes it a settings page. `together`: all are shown below each other. `bar`: what they are about, where it is no site. */
  sections?: { list: readonly SettingsSection[]; together: boolean; bar?: () => Promise<Type<unknown>> };
  /** What it says besides what is always there. */
  texts?: readonly TextFolder[];
  load: Load;
}

const settings: Load = () => import("./shell/settings-page").then((m) => m.SettingsPage);

export const PAGES: readonly Page[] = [
  {
    id: "overview",
    path: "s/:domain",
    text: "page.overview.name",
    words: "words.overview",
    place: "reports",
    icon: "chart",
    key: "o",
    // Part of the first file: it is what people come for. The rest comes when it is needed.
    load: () => Overview,
  },
  {
    id: "counted",
    path: "s/:domain/counted",
    text: "page.counted.name",
    words: "words.counted",
    place: "settings",
    icon: "check",
    key: "i",
    texts: [LATER_TEXTS.counted, LATER_TEXTS.report, LATER_TEXTS.settings],
    load: () => import("./counted/counted").then((m) => m.CountedPage),
  },
  {
    id: "site_settings",
    path: "s/:domain/settings",
    text: "page.site_settings.name",
    words: "words.site_settings",
    place: "settings",
    icon: "sliders",
    texts: [LATER_TEXTS.site, LATER_TEXTS.install],
    sections: {
      together: false,
      list: [
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
      ],
    },
    load: settings,
  },
  {
    id: "new_site",
    path: "sites/new",
    text: "site.add",
    words: "words.new_site",
    permission: "team.create_sites",
    texts: [LATER_TEXTS.site],
    load: () => import("./pages/site/new-site").then((m) => m.NewSite),
  },
  {
    id: "team",
    path: "team",
    text: "page.team.name",
    words: "words.team",
    place: "settings",
    icon: "people",
    key: "t",
    permission: "team.view_members",
    texts: [LATER_TEXTS.team, LATER_TEXTS.keys, LATER_TEXTS.audit],
    sections: {
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
    load: settings,
  },
  {
    id: "audit",
    path: "audit",
    text: "page.audit.name",
    words: "words.audit",
    permission: "team.view_audit",
    texts: [LATER_TEXTS.audit, LATER_TEXTS.report],
    load: () => import("./pages/audit/audit-page").then((m) => m.AuditPage),
  },
  {
    id: "account",
    path: "account",
    text: "page.account.name",
    words: "words.account",
    place: "person",
    icon: "person",
    texts: [LATER_TEXTS.account, LATER_TEXTS.keys],
    sections: {
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
          id: "factors",
          text: "section.factors.name",
          words: "section.factors.words",
          load: () => import("./pages/account/factors").then((m) => m.FactorsSection),
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
    load: settings,
  },
  {
    id: "setup",
    path: "setup",
    text: "setup.heading",
    outside: true,
    guards: [needsSetup],
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/setup").then((m) => m.Setup),
  },
  {
    id: "setup_site",
    path: "setup/site",
    text: "site.first",
    outside: true,
    guards: [signedIn],
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/setup-site").then((m) => m.SetupSite),
  },
  {
    id: "setup_snippet",
    path: "setup/snippet/:domain",
    text: "install.heading",
    outside: true,
    guards: [signedIn],
    texts: [LATER_TEXTS.entry, LATER_TEXTS.install],
    load: () => import("./pages/entry/setup-snippet").then((m) => m.SetupSnippet),
  },
  {
    id: "login",
    path: "login",
    text: "login.heading",
    outside: true,
    guards: [signedOut],
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/login").then((m) => m.Login),
  },
  {
    id: "forgot_password",
    path: "forgot-password",
    text: "forgot.heading",
    outside: true,
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/forgot-password").then((m) => m.ForgotPassword),
  },
  {
    id: "reset_password",
    path: "reset-password",
    text: "reset.heading",
    outside: true,
    guards: [takesToken],
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/reset-password").then((m) => m.ResetPassword),
  },
  {
    id: "accept_invite",
    path: "accept-invite",
    text: "accept.heading",
    outside: true,
    guards: [takesToken],
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/accept-invite").then((m) => m.AcceptInvite),
  },
  {
    id: "confirm_email",
    path: "confirm-email",
    text: "confirm_email.heading",
    outside: true,
    guards: [takesToken],
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/confirm-email").then((m) => m.ConfirmEmail),
  },
  {
    id: "unavailable",
    path: "unavailable",
    text: "unavailable.heading",
    outside: true,
    texts: [LATER_TEXTS.entry],
    load: () => import("./pages/entry/unavailable").then((m) => m.Unavailable),
  },
  {
    id: "not_found",
    path: "**",
    text: "not_found.heading",
    load: () => import("./shell/not-found").then((m) => m.NotFound),
  },
];

/** The sections of a page that somebody finds, who may what `may` says. */
export const sectionsOf = (page: Page, may: (permission: Permission) => boolean): readonly SettingsSection[] =>
  (page.sections?.list ?? []).filter(({ needs }) => needs === undefined || may(needs));

/** Whether a page is about a site. */
export const isOfSite = (page: Page): boolean => page.path.startsWith("s/:domain");

/** Where a page is; `domain` for those of a site. */
export const linkOf = (page: Page, domain = "", section?: SettingsSection): string[] => [
  "/",
  ...page.path.split("/").map((part) => (part === ":domain" ? domain : part)),
  ...(section ? [section.id] : []),
];
