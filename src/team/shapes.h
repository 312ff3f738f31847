#pragma once
// What goes over the wire about teams, members, guests and invitations. Names as in HitKeep 2.8.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/shapes.h"
#include "json/shape.h"
#include "team/guests.h"
#include "team/invitations.h"
#include "team/members.h"
#include "team/teams.h"

namespace hk::team {

// --- requests --------------------------------------------------------------------------------------

/// Logos are not kept; the original's pages send an empty one.
inline Result<void> no_logo(std::string& typed) {
  if (typed.empty()) return {};
  return fail(Code::invalid, "must be empty: teams have no logo here");
}

struct TypedTeam {
  std::string name;
  std::string logo_url;
};
constexpr auto shape(json::Of<TypedTeam>) {
  return json::shape(
      "NewTeam",
      json::field("name", &TypedTeam::name,
                  json::TextRule{.length = {.max = kMaxTeamName, .min = 1, .required = true, .trim = true},
                                 .check = auth::plain_name}),
      json::field("logo_url", &TypedTeam::logo_url, json::TextRule{.check = no_logo}));
}

struct TypedName {
  std::string name;
};
constexpr auto shape(json::Of<TypedName>) {
  return json::shape("TeamToDelete",
                     json::field("name", &TypedName::name, json::StrRule{.max = kMaxTeamName, .required = true}));
}

struct Paused {
  std::optional<bool> paused;
};
constexpr auto shape(json::Of<Paused>) {
  return json::shape("TeamPause", json::field("paused", &Paused::paused));
}

inline constexpr json::StrRule kIdText{.max = 64, .required = true, .trim = true};

struct ChosenTeam {
  std::string team_id;
};
constexpr auto shape(json::Of<ChosenTeam>) {
  return json::shape("ChosenTeam", json::field("team_id", &ChosenTeam::team_id, kIdText));
}

struct NextTeamOwner {
  std::string user_id;
};
constexpr auto shape(json::Of<NextTeamOwner>) {
  return json::shape("NextTeamOwner", json::field("target_user_id", &NextTeamOwner::user_id, kIdText));
}

/// A member to be, or a member who gets another role. `mail` false: the answer has the link.
struct TypedMember {
  std::string email;
  access::TeamRole role = access::TeamRole::member;
  bool mail = true;
};
constexpr auto shape(json::Of<TypedMember>) {
  return json::shape("NewTeamMember", json::field("email", &TypedMember::email, auth::kEmail),
                     json::field("role", &TypedMember::role, json::Choice{}),
                     json::field("send_mail", &TypedMember::mail));
}

struct TypedSiteMember {
  std::string email;
  access::SiteRole role = access::SiteRole::viewer;
  bool mail = true;
};
constexpr auto shape(json::Of<TypedSiteMember>) {
  return json::shape("NewSiteMember", json::field("email", &TypedSiteMember::email, auth::kEmail),
                     json::field("role", &TypedSiteMember::role, json::Choice{.required = true}),
                     json::field("send_mail", &TypedSiteMember::mail));
}

struct TypedResend {
  bool mail = true;
};
constexpr auto shape(json::Of<TypedResend>) {
  return json::shape("ResendInvitation", json::field("send_mail", &TypedResend::mail));
}

constexpr auto shape(json::Of<Accept>) {
  return json::shape(
      "AcceptInvitation",
      json::field("token", &Accept::token, json::StrRule{.max = kMaxInvitationToken, .required = true, .trim = true}),
      json::field("password", &Accept::password,
                  json::TextRule{.length = {.max = crypto::kMaxPasswordBytes}, .check = auth::short_enough}),
      json::field("given_name", &Accept::given_name, auth::kName),
      json::field("last_name", &Accept::last_name, auth::kName));
}

// --- answers ---------------------------------------------------------------------------------------

struct TeamAnswer {
  auth::TeamEntry team;
};
constexpr auto shape(json::Of<TeamAnswer>) {
  return json::shape("TeamAnswer", json::field("team", &TeamAnswer::team));
}

/// Where one works now.
struct Active {
  std::string_view status = "ok";
  std::string team_id;
  std::vector<std::string> recent = {};
};
constexpr auto shape(json::Of<Active>) {
  return json::shape("ActiveTeam", json::field("status", &Active::status, json::one_of("ok")),
                     json::field("active_team_id", &Active::team_id), json::field("recent_team_ids", &Active::recent));
}

constexpr auto shape(json::Of<Member>) {
  using M = Member;
  return json::shape("TeamMember", json::field("id", &M::id), json::field("user_id", &M::user),
                     json::field("email", &M::email), json::field("given_name", &M::given_name, json::LeftOut{}),
                     json::field("last_name", &M::last_name, json::LeftOut{}), json::field("role", &M::role),
                     json::field("added_at", &M::added_at));
}

constexpr auto shape(json::Of<SiteMember>) {
  using M = SiteMember;
  return json::shape("SiteMember", json::field("id", &M::id), json::field("user_id", &M::user),
                     json::field("email", &M::email), json::field("given_name", &M::given_name, json::LeftOut{}),
                     json::field("last_name", &M::last_name, json::LeftOut{}), json::field("role", &M::role),
                     json::field("added_at", &M::added_at), json::field("guest", &M::guest));
}

constexpr auto shape(json::Of<Invitation>) {
  using I = Invitation;
  return json::shape("Invitation", json::field("id", &I::id), json::field("team_id", &I::team),
                     json::field("email", &I::email),
                     json::field("role", &I::role, json::one_of("admin", "member", "owner", "editor", "viewer")),
                     json::field("status", &I::status, json::one_of("pending")),
                     json::field("created_by", &I::created_by, json::LeftOut{}),
                     json::field("created_at", &I::created_at), json::field("expires_at", &I::expires_at));
}

constexpr auto shape(json::Of<TeamGuest>) {
  using G = TeamGuest;
  return json::shape("TeamGuest", json::field("member", &G::member), json::field("site_id", &G::site),
                     json::field("domain", &G::domain));
}

constexpr auto shape(json::Of<GuestInvitation>) {
  using G = GuestInvitation;
  return json::shape("GuestInvitation", json::field("invite", &G::invitation), json::field("site_id", &G::site),
                     json::field("domain", &G::domain));
}

/// Who sees single sites of a team and nothing else of it, and who is invited to.
struct Guests {
  std::vector<TeamGuest> guests;
  std::vector<GuestInvitation> invites;
};
constexpr auto shape(json::Of<Guests>) {
  return json::shape("TeamGuests", json::field("guests", &Guests::guests), json::field("invites", &Guests::invites));
}

/// What became of adding somebody.
struct Added {
  std::string_view status = "ok";
  bool is_invite = false;
  std::optional<Invitation> invite = {};
  std::string link = {};  // to be handed over; empty where a mail carries it
};
constexpr auto shape(json::Of<Added>) {
  return json::shape("AddedMember", json::field("status", &Added::status, json::one_of("ok")),
                     json::field("is_invite", &Added::is_invite),
                     json::field("invite", &Added::invite, json::LeftOut{}),
                     json::field("link", &Added::link, json::LeftOut{}));
}

}  // namespace hk::team
