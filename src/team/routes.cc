#include "team/routes.h"

#include <optional>
#include <utility>

#include "access/route.h"
#include "auth/bootstrap.h"
#include "auth/cookies.h"
#include "auth/locale.h"
#include "auth/policy.h"
#include "http/reply.h"
#include "team/guests.h"
#include "team/members.h"
#include "team/shapes.h"
#include "team/teams.h"

namespace hk::team {

using access::Permission;
using http::Context;
using http::Reply;
using http::when_done;

namespace {

using auth::Ok;
using ViewsMembers = access::Granted<Permission::team_view_members>;
using ManagesTeam = access::Granted<Permission::team_manage_settings>;
using DeletesTeam = access::Granted<Permission::team_delete>;

/// The id that the path names.
template <class Id>
Result<Id> named_id(const Context& context, std::string_view name) {
  const auto text = context.path.find(name);
  const auto id = text == context.path.end() ? std::nullopt : Id::parse(text->second);
  if (!id) return fail(Code::invalid, "must be a UUID", std::string(name));
  return *id;
}

template <class Start>
Reply<Ok> ok_when_done(Start start) {
  return when_done(std::move(start), [] { return Reply<Ok>(Ok{}); });
}

Delivery delivery_of(const Context& context, bool mail) {
  return {.mail = mail, .language = auth::preferred_language(context.request.header("accept-language"))};
}

Added added(std::optional<Invited> invited) {
  if (!invited) return {};
  return {.is_invite = true, .invite = std::move(invited->invitation), .link = std::move(invited->link)};
}

// --- teams -----------------------------------------------------------------------------------------

Reply<auth::Teams> list(const RouteDeps& deps, const access::SignedIn& who) {
  const auto identities = deps.directory.now();
  const auth::User* user = identities->user(who.user);
  if (!user) return fail(Code::unauthenticated, "This account is gone");
  return auth::teams_of(*identities, *user);
}

Reply<TeamAnswer> create_team(const RouteDeps& deps, const access::SignedIn& who, const TypedTeam& typed) {
  return when_done(
      [&](auto done) {
        return create(deps.control, *deps.directory.now(), who, typed.name, deps.clock.now(), std::move(done));
      },
      [](const auth::TeamEntry& team) {
        Reply<TeamAnswer> reply(TeamAnswer{.team = team});
        reply.response.status = 201;
        return reply;
      });
}

Reply<Active> choose_team(const RouteDeps& deps, const access::SignedIn& who, const ChosenTeam& typed) {
  const auto team = TeamId::parse(typed.team_id);
  if (!team) return fail(Code::invalid, "Invalid team ID: it must be a UUID", "team_id");
  return when_done([&](auto done) { return choose(deps.control, *deps.directory.now(), who, *team, std::move(done)); },
                   [&] { return Reply<Active>(Active{.team_id = team->str()}); });
}

Reply<Ok> rename_team(const RouteDeps& deps, const ManagesTeam& grant, const TypedTeam& typed) {
  return ok_when_done(
      [&](auto done) { return rename(deps.control, grant, typed.name, deps.clock.now(), std::move(done)); });
}

Reply<Ok> pause_team(const RouteDeps& deps, const ManagesTeam& grant, const Paused& typed) {
  if (!typed.paused) return fail(Code::invalid, "must be true or false", "paused");
  return ok_when_done(
      [&](auto done) { return pause(deps.control, grant, *typed.paused, deps.clock.now(), std::move(done)); });
}

Reply<Ok> delete_team(const RouteDeps& deps, const DeletesTeam& grant, const TypedName& typed) {
  return ok_when_done(
      [&](auto done) { return remove(deps.control, grant, typed.name, deps.clock.now(), std::move(done)); });
}

Reply<Ok> transfer_team(const RouteDeps& deps, const TransfersTeam& grant, const NextTeamOwner& typed) {
  const auto target = UserId::parse(typed.user_id);
  if (!target) return fail(Code::invalid, "must be a UUID", "target_user_id");
  return ok_when_done(
      [&](auto done) { return transfer(deps.control, grant, *target, deps.clock.now(), std::move(done)); });
}

Reply<Ok> leave_team(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  const auto team = named_id<TeamId>(context, "id");
  if (!team) return std::unexpected(team.error());
  return ok_when_done([&](auto done) { return leave(deps.control, who, *team, deps.clock.now(), std::move(done)); });
}

// --- members ---------------------------------------------------------------------------------------

Reply<std::vector<Member>> list_members(const RouteDeps& deps, const ViewsMembers& grant) {
  return members_of(deps.control, grant->team);
}

Reply<Added> add_member(const RouteDeps& deps, const ManagesMembers& grant, const TypedMember& typed,
                        const Context& context) {
  if (typed.role == access::TeamRole::owner)
    return fail(Code::conflict, "Somebody becomes the owner when the team is transferred to him", "role");
  const Delivery delivery = delivery_of(context, typed.mail);
  const auto change = [&](db::Sqlite& db) -> Result<std::optional<Invited>> {
    const auto member = member_by_email(db, grant->team, typed.email);
    if (!member) return std::unexpected(member.error());
    if (*member) {
      if (auto set = set_role(db, grant, **member, typed.role, deps.clock.now()); !set)
        return std::unexpected(set.error());
      return std::nullopt;
    }
    return deps.invitations.make(db, grant.principal(), {.team = grant->team},
                                 {.email = typed.email, .role = std::string(name_of(typed.role))}, delivery);
  };
  return when_done([&](auto done) { return deps.invitations.write(change, delivery, std::move(done)); },
                   [](const std::optional<Invited>& invited) { return Reply<Added>(added(invited)); });
}

Reply<Ok> delete_member(const RouteDeps& deps, const ManagesMembers& grant, const Context& context) {
  const auto user = named_id<UserId>(context, "userId");
  if (!user) return std::unexpected(user.error());
  const bool owners_too =
      auth::may(*deps.directory.now(), grant.principal(), Permission::team_transfer_ownership, grant->team);
  return ok_when_done([&](auto done) {
    return remove_member(deps.control, grant, owners_too, *user, deps.clock.now(), std::move(done));
  });
}

// --- invitations, of a team and of a site ----------------------------------------------------------

Into into(const ManagesMembers& grant) {
  return {.team = grant->team};
}
Into into(const ManagesSite& grant) {
  return {.team = grant->site->team, .site = grant->site->key, .site_id = grant->site->id};
}

template <class Grant>
Reply<std::vector<Invitation>> list_invitations(const RouteDeps& deps, const Grant& grant) {
  return deps.invitations.list(into(grant));
}

Reply<Guests> list_guests(const RouteDeps& deps, const ManagesMembers& grant) {
  auto guests = guests_of(deps.control, grant->team);
  if (!guests) return std::unexpected(guests.error());
  auto invited = deps.invitations.of_guests(grant->team);
  if (!invited) return std::unexpected(invited.error());
  return Guests{.guests = std::move(*guests), .invites = std::move(*invited)};
}

template <class Grant>
Reply<Added> resend(const RouteDeps& deps, const Grant& grant, const TypedResend& typed, const Context& context) {
  const auto id = named_id<InvitationId>(context, "inviteId");
  if (!id) return std::unexpected(id.error());
  return when_done(
      [&](auto done) {
        return deps.invitations.renew(grant.principal(), into(grant), *id, delivery_of(context, typed.mail),
                                      std::move(done));
      },
      [](const Invited& invited) { return Reply<Added>(added(invited)); });
}

template <class Grant>
Reply<Ok> revoke(const RouteDeps& deps, const Grant& grant, const Context& context) {
  const auto id = named_id<InvitationId>(context, "inviteId");
  if (!id) return std::unexpected(id.error());
  return ok_when_done(
      [&](auto done) { return deps.invitations.revoke(grant.principal(), into(grant), *id, std::move(done)); });
}

Reply<Ok> accept(const RouteDeps& deps, const access::Principal& who, Accept typed, const Context& context) {
  typed.language = auth::preferred_language(context.request.header("accept-language"));
  typed.from = deps.describe(context.request);
  typed.gone = context.gone;
  return when_done(
      [&](auto done) { return deps.invitations.accept(who, *deps.directory.now(), typed, std::move(done)); },
      [&](const std::optional<auth::SignedInNow>& session) {
        Reply<Ok> reply(Ok{});
        if (session) auth::set_cookies(reply.response, *session, deps.settings, context.request.secure);
        return reply;
      });
}

// --- members of a site -----------------------------------------------------------------------------

Reply<std::vector<SiteMember>> list_site_members(const RouteDeps& deps, const ManagesSite& grant) {
  return site_members_of(deps.control, grant->site->key);
}

bool owners_too(const RouteDeps& deps, const ManagesSite& grant) {
  return deps.authority.may(grant.principal(), Permission::site_delete, *grant->site);
}

Reply<Added> add_site_member(const RouteDeps& deps, const ManagesSite& grant, const TypedSiteMember& typed,
                             const Context& context) {
  const Delivery delivery = delivery_of(context, typed.mail);
  const bool owner = owners_too(deps, grant);
  if (typed.role == access::SiteRole::owner && !owner)
    return fail(Code::forbidden, "Forbidden role assignment: only an owner of the site makes owners", "role");
  const auto change = [&](db::Sqlite& db) -> Result<std::optional<Invited>> {
    const auto user = known_to_site(db, *grant->site, typed.email);
    if (!user) return std::unexpected(user.error());
    if (*user) {
      if (auto set = set_site_role(db, grant, owner, **user, typed.role, deps.clock.now()); !set)
        return std::unexpected(set.error());
      return std::nullopt;
    }
    return deps.invitations.make(db, grant.principal(), into(grant),
                                 {.email = typed.email, .role = std::string(name_of(typed.role))}, delivery);
  };
  return when_done([&](auto done) { return deps.invitations.write(change, delivery, std::move(done)); },
                   [](const std::optional<Invited>& invited) { return Reply<Added>(added(invited)); });
}

Reply<Ok> delete_site_member(const RouteDeps& deps, const ManagesSite& grant, const Context& context) {
  const auto user = named_id<UserId>(context, "userId");
  if (!user) return std::unexpected(user.error());
  return ok_when_done([&](auto done) {
    return remove_site_member(deps.control, grant, owners_too(deps, grant), *user, deps.clock.now(), std::move(done));
  });
}

void add_team_routes(const access::Routes<RouteDeps>& routes) {
  using access::Access, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kSignedIn = Access::signed_in;
  constexpr Access kSettings = Access::team(Permission::team_manage_settings);
  constexpr Access kMembers = Access::team(Permission::team_manage_members);
  routes.add<kSignedIn>(get, "/api/user/teams", Run::inline_io, Rate::api, "The teams of the caller", list);
  routes.add<kSignedIn>(post, "/api/user/teams", Run::query, Rate::api, "Make a team, and work in it", create_team,
                        {.status = 201, .refusals = {403}});
  routes.add<kSignedIn>(put, "/api/user/teams/active", Run::query, Rate::api, "Choose the team to work in", choose_team,
                        {.refusals = {403}});
  routes.add<kSettings>(patch, "/api/user/teams/{id}", Run::query, Rate::api, "Rename a team", rename_team);
  routes.add<kSettings>(put, "/api/user/teams/{id}", Run::query, Rate::api, "The same, as older clients ask for it",
                        rename_team);
  routes.add<kSettings>(put, "/api/user/teams/{id}/paused", Run::query, Rate::api,
                        "Let all sites of a team count nothing, or go on", pause_team);
  routes.add<Access::team(Permission::team_delete).with_proof()>(
      del, "/api/user/teams/{id}", Run::query, Rate::api, "Delete a team with all of its sites; its name is typed",
      delete_team, {.refusals = {409}});
  routes.add<Access::team(Permission::team_transfer_ownership).with_proof()>(
      post, "/api/user/teams/{id}/transfer-ownership", Run::query, Rate::api,
      "Make another member the owner; the caller becomes an admin", transfer_team, {.refusals = {409}});
  routes.add<kSignedIn>(del, "/api/user/teams/{id}/leave", Run::query, Rate::api, "Leave a team", leave_team,
                        {.refusals = {403}});
  routes.add<Access::team(Permission::team_view_members)>(get, "/api/user/teams/{id}/members", Run::query, Rate::api,
                                                          "Who is in a team", list_members);
  routes.add<kMembers>(post, "/api/user/teams/{id}/members", Run::query, Rate::api,
                       "Invite somebody into a team, or give a member another role", add_member, {.refusals = {409}});
  routes.add<kMembers>(del, "/api/user/teams/{id}/members/{userId}", Run::query, Rate::api,
                       "Remove a member; what he may do in the team ends at once", delete_member);
  routes.add<kMembers>(get, "/api/user/teams/{id}/guests", Run::query, Rate::api,
                       "Who sees single sites of a team, is not in it, or is invited to that", list_guests);
  routes.add<kMembers>(get, "/api/user/teams/{id}/invites", Run::query, Rate::api,
                       "Invitations into a team that nobody has accepted yet", list_invitations<ManagesMembers>);
  routes.add<kMembers>(post, "/api/user/teams/{id}/invites/{inviteId}/resend", Run::query, Rate::api,
                       "Another link for an invitation; the one before ends", resend<ManagesMembers>);
  routes.add<kMembers>(del, "/api/user/teams/{id}/invites/{inviteId}", Run::query, Rate::api, "Take an invitation back",
                       revoke<ManagesMembers>);
}

void add_site_routes(const access::Routes<RouteDeps>& routes) {
  using access::Access, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kPeople = Access::site(Permission::site_manage_team);
  routes.add<kPeople>(get, "/api/sites/{id}/members", Run::query, Rate::api,
                      "Who has a role on this site beside its team", list_site_members);
  routes.add<kPeople>(post, "/api/sites/{id}/members", Run::query, Rate::api,
                      "Give a role on this site alone: to a member at once, to others by an invitation",
                      add_site_member, {.refusals = {409}});
  routes.add<kPeople>(del, "/api/sites/{id}/members/{userId}", Run::query, Rate::api,
                      "Take a role on this site away; it ends at once", delete_site_member);
  routes.add<kPeople>(get, "/api/sites/{id}/invites", Run::query, Rate::api,
                      "Invitations to this site that nobody has accepted yet", list_invitations<ManagesSite>);
  routes.add<kPeople>(post, "/api/sites/{id}/invites/{inviteId}/resend", Run::query, Rate::api,
                      "Another link for an invitation; the one before ends", resend<ManagesSite>);
  routes.add<kPeople>(del, "/api/sites/{id}/invites/{inviteId}", Run::query, Rate::api, "Take an invitation back",
                      revoke<ManagesSite>);
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  const access::Routes routes(router, deps);
  add_team_routes(routes);
  add_site_routes(routes);
  routes.add<access::Access::anyone>(http::Method::post, "/api/auth/accept-invite", http::Run::sign_in,
                                     http::Rate::auth, "Accept an invitation, with one's account or a new one", accept,
                                     {.refusals = {401, 409}});
}

}  // namespace hk::team
