#include "auth/bootstrap.h"

#include <chrono>

namespace hk::auth {
namespace {

void write_names(json::Writer& out, std::string_view key, const std::vector<std::string_view>& names) {
  out.key(key).begin_array();
  for (const std::string_view name : names) out.value(name);
  out.end_array();
}

/// "Ada Lovelace", or what stands before the @ of her address.
std::string display_name(const User& user) {
  std::string name = user.given_name;
  if (!name.empty() && !user.last_name.empty()) name += ' ';
  name += user.last_name;
  return name.empty() ? user.email.substr(0, user.email.find('@')) : name;
}

void write_profile(json::Writer& out, const User& user) {
  out.begin_object().field("id", user.id).field("email", user.email);
  if (!user.given_name.empty()) out.field("given_name", user.given_name);
  if (!user.last_name.empty()) out.field("last_name", user.last_name);
  out.field("display_name", display_name(user)).end_object();
}

/// The team that a user works in: the default one, or the oldest of his.
const Membership* active_team(const Identities& identities, const User& user) {
  const auto teams = identities.teams_of(user.id);
  return teams.empty() ? nullptr : &teams.front();
}

}  // namespace

void write_session(json::Writer& out, const SessionTimes& times, const Settings& settings) {
  out.begin_object()
      .field("expires_at", times.expires_at)
      .field("issued_at", times.issued_at)
      .field("duration_seconds", std::chrono::seconds(settings.session).count())
      .field("warning_seconds", settings.warning.count())
      .field("extendable", true)
      .field("timing_adjustable", true)
      .field("remembered", times.remember_expires_at.has_value());
  if (times.remember_expires_at) out.field("remember_expires_at", *times.remember_expires_at);
  out.field("remember_me_duration_days", settings.remember.count()).end_object();
}

void write_status(json::Writer& out, bool needs_setup, const Settings& settings) {
  out.begin_object()
      .field("needs_setup", needs_setup)
      .field("version", settings.version)
      .field("mail", settings.sends_mail)
      .field("public_url", settings.public_url)
      .end_object();
}

void write_teams(json::Writer& out, const Identities& identities, const User& user) {
  const Membership* active = active_team(identities, user);
  out.begin_object().field("active_team_id", active ? active->team.str() : "").key("recent_team_ids").begin_array();
  out.end_array().key("teams").begin_array();
  for (const Membership& membership : identities.teams_of(user.id)) {
    const Team* team = identities.team(membership.team);
    if (!team) continue;
    out.begin_object()
        .field("id", team->id)
        .field("name", team->name)
        .field("logo_url", "")
        .field("role", name_of(membership.role))
        .field("created_at", team->created_at)
        .end_object();
  }
  out.end_array().end_object();
}

void write_permissions(json::Writer& out, const Identities& identities, const User& user, const site::Sites& sites) {
  out.begin_object().field("instance_role", name_of(user.role)).key("permissions").begin_object();
  for (const site::Site& site : sites.all()) {
    if (const auto role = site_role(identities, user, site)) out.field(site.id.str(), name_of(*role));
  }
  out.end_object();
  write_names(out, "instance_permissions", permissions_of(user.role));
  write_names(out, "instance_capabilities", permissions_of(user.role));
  out.key("site_capabilities").begin_object();
  for (const site::Site& site : sites.all()) {
    if (const auto role = site_role(identities, user, site)) write_names(out, site.id.str(), permissions_of(*role));
  }
  out.end_object();
  if (const Membership* active = active_team(identities, user)) {
    out.field("active_team_id", active->team).field("active_team_role", name_of(active->role));
    write_names(out, "active_team_capabilities", permissions_of(active->role));
  } else {
    write_names(out, "active_team_capabilities", {});
  }
  out.end_object();
}

void write_bootstrap(json::Writer& out, const Identities& identities, const User& user, const site::Sites& sites,
                     const std::vector<site::Listing>& visible, const SessionTimes& times, const Settings& settings) {
  out.begin_object().key("session");
  write_session(out, times, settings);
  out.key("profile");
  write_profile(out, user);
  out.key("preferences").begin_object().field("default_locale", user.locale).end_object();
  out.key("teams");
  write_teams(out, identities, user);
  out.key("permissions");
  write_permissions(out, identities, user, sites);
  out.key("sites").begin_array();
  for (const site::Listing& site : visible) write_json(out, site);
  out.end_array().key("status");
  write_status(out, !identities.set_up, settings);
  out.end_object();
}

}  // namespace hk::auth
