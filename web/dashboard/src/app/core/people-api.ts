import { Injectable, inject } from "@angular/core";

import { Api } from "./api";
import type {
  AcceptInvitation,
  AddedMember,
  AddressAsked,
  ApiClient,
  ApiClientChange,
  ApiClientSecret,
  AssertedCredential,
  AttestedCredential,
  AuditPage,
  Confirmation,
  Invitation,
  NewApiClient,
  NewSiteMember,
  NewTeamMember,
  Ok,
  PasskeyName,
  PasskeySetup,
  PasskeySignIn,
  PasskeySignInStart,
  Preferences,
  PreferencesChange,
  Profile,
  ProfileChange,
  ProofWays,
  RecoveryCodes,
  Security,
  SessionEntry,
  TeamAnswer,
  TeamGuests,
  TeamMember,
  TotpSetup,
  TypedCode,
} from "./api.generated";

export type {
  ApiClient,
  ApiClientSecret,
  AuditEntry,
  Confirmation,
  Invitation,
  NewApiClient,
  Preferences,
  PreferencesChange,
  SessionEntry,
  TeamGuest,
  TeamMember,
} from "./api.generated";

const id = encodeURIComponent;

/** The server's API about people: it comes with the pages that use it. */
@Injectable({ providedIn: "root" })
export class PeopleApi {
  private readonly send = inject(Api).send;

  changeProfile = (change: ProfileChange) => this.send<Profile>("PUT", "api/user/profile", change);
  changePreferences = (change: PreferencesChange) => this.send<Preferences>("PUT", "api/user/preferences", change);
  /** A link to the address confirms it. */
  changeEmail = (email: string) => this.send<AddressAsked>("POST", "api/user/email", { email });
  confirmEmail = (token: string) => this.send<Ok>("POST", "api/auth/confirm-email", { token });
  deleteAccount = (email: string) => this.send<Ok>("DELETE", "api/user", { email });
  /** By what else than the password one can prove who one is. */
  proofWays = () => this.send<ProofWays>("GET", "api/auth/confirm");
  /** One of them once more, for what needs it given a moment ago. */
  confirm = (proof: Confirmation) => this.send<Ok>("POST", "api/auth/confirm", proof);
  security = () => this.send<Security>("GET", "api/user/security");
  /** A key for an authenticator app, which waits for its first code. */
  startTotp = () => this.send<TotpSetup>("POST", "api/user/security/totp/setup/start");
  confirmTotp = (code: string) =>
    this.send<Security>("POST", "api/user/security/totp/setup/verify", { code } satisfies TypedCode);
  /** With a code of the app or a recovery code. */
  disableTotp = (code: string) =>
    this.send<Security>("POST", "api/user/security/totp/disable", { code } satisfies TypedCode);
  startPasskey = () => this.send<PasskeySetup>("POST", "api/user/security/passkeys/register/start", {});
  addPasskey = (made: AttestedCredential) =>
    this.send<Security>("POST", "api/user/security/passkeys/register/finish", made);
  renamePasskey = (passkey: string, name: string) =>
    this.send<Ok>("PATCH", `api/user/security/passkeys/${id(passkey)}`, { name } satisfies PasskeyName);
  removePasskey = (passkey: string) => this.send<undefined>("DELETE", `api/user/security/passkeys/${id(passkey)}`);
  /** Any passkey of this server is asked for. */
  askForPasskey = () => this.send<PasskeySignInStart>("POST", "api/auth/passkey/login/start");
  /** Instead of a password, or behind one: as the challenge says. */
  signInByPasskey = (challenge_token: string, credential: AssertedCredential, remember_me = false) =>
    this.send<Ok>("POST", "api/auth/passkey/login/finish", {
      challenge_token,
      credential,
      remember_me,
    } satisfies PasskeySignIn);
  renewRecoveryCodes = () => this.send<RecoveryCodes>("POST", "api/user/security/recovery-codes/regenerate");
  sessions = () => this.send<SessionEntry[]>("GET", "api/user/sessions");
  endSession = (session: string) => this.send<Ok>("DELETE", `api/user/sessions/${id(session)}`);

  /** One's own keys, or those of a team. */
  keys = (team?: string) => this.send<ApiClient[]>("GET", keysOf(team));
  makeKey = (key: NewApiClient, team?: string) => this.send<ApiClientSecret>("POST", keysOf(team), key);
  changeKey = (key: string, change: ApiClientChange, team?: string) =>
    this.send<ApiClient>("PUT", `${keysOf(team)}/${id(key)}`, change);
  /** Another secret; the one before stays good for so long. */
  renewKey = (key: string, overlap_hours: number, team?: string) =>
    this.send<ApiClientSecret>("POST", `${keysOf(team)}/${id(key)}/rotate`, { overlap_hours });
  deleteKey = (key: string, team?: string) => this.send<undefined>("DELETE", `${keysOf(team)}/${id(key)}`);

  makeTeam = (name: string) => this.send<TeamAnswer>("POST", "api/user/teams", { name });
  chooseTeam = (team_id: string) => this.send<Ok>("PUT", "api/user/teams/active", { team_id });
  renameTeam = (team: string, name: string) => this.send<Ok>("PATCH", teamAt(team), { name });
  deleteTeam = (team: string, name: string) => this.send<Ok>("DELETE", teamAt(team), { name });
  /** All of its sites count nothing until it goes on. */
  pauseTeam = (team: string, paused: boolean) => this.send<Ok>("PUT", `${teamAt(team)}/paused`, { paused });
  leaveTeam = (team: string) => this.send<Ok>("DELETE", `${teamAt(team)}/leave`);
  transferTeam = (team: string, target_user_id: string) =>
    this.send<Ok>("POST", `${teamAt(team)}/transfer-ownership`, { target_user_id });
  members = (team: string) => this.send<TeamMember[]>("GET", `${teamAt(team)}/members`);
  addMember = (team: string, member: NewTeamMember) =>
    this.send<AddedMember>("POST", `${teamAt(team)}/members`, member);
  removeMember = (team: string, user: string) => this.send<Ok>("DELETE", `${teamAt(team)}/members/${id(user)}`);
  invitations = (team: string) => this.send<Invitation[]>("GET", `${teamAt(team)}/invites`);
  /** Who sees single sites of a team, and who is invited to. */
  guests = (team: string) => this.send<TeamGuests>("GET", `${teamAt(team)}/guests`);
  addGuest = (site: string, guest: NewSiteMember) => this.send<AddedMember>("POST", `${siteAt(site)}/members`, guest);
  removeGuest = (site: string, user: string) => this.send<Ok>("DELETE", `${siteAt(site)}/members/${id(user)}`);
  /** Another link, and another week. */
  renewInvitation = ({ team_id, id: invitation }: Invitation, send_mail: boolean, site?: string) =>
    this.send<AddedMember>("POST", `${site ? siteAt(site) : teamAt(team_id)}/invites/${id(invitation)}/resend`, {
      send_mail,
    });
  revokeInvitation = ({ team_id, id: invitation }: Invitation, site?: string) =>
    this.send<Ok>("DELETE", `${site ? siteAt(site) : teamAt(team_id)}/invites/${id(invitation)}`);
  accept = (invitation: AcceptInvitation) => this.send<Ok>("POST", "api/auth/accept-invite", invitation);

  audit = (of: string, params: URLSearchParams) => this.send<AuditPage>("GET", `${of}?${params.toString()}`);
}

const teamAt = (team: string): string => `api/user/teams/${id(team)}`;
const siteAt = (site: string): string => `api/sites/${id(site)}`;
const keysOf = (team?: string): string => (team ? `${teamAt(team)}/api-clients` : "api/user/api-clients");
/** Where the audit log of a team is, without one that of everything; a file has "/export" behind it. */
export const auditOf = (team?: string): string => (team ? `${teamAt(team)}/audit` : "api/admin/system/audit");
