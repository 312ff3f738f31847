#include "auth/bootstrap.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "auth/policy.h"

namespace hk::auth {
namespace {

std::string display_name(const User& user) {
  std::string name = user.given_name;
  if (!name.empty() && !user.last_name.empty()) name += ' ';
  name += user.last_name;
  return name.empty() ? user.email.substr(0, user.email.find('@')) : name;
}

Permissions permissions_of(const Identities& identities, const User& user, const site::Sites& sites) {
  Permissions out{.instance_role = user.role};
  out.instance_permissions = out.instance_capabilities = access::permissions_of(user.role);
  for (const site::Site& site : sites.all()) {
    const auto role = site_role(identities, user, site);
    if (!role) continue;
    out.permissions.emplace_back(site.id.str(), *role);
    out.site_capabilities.emplace_back(site.id.str(), access::permissions_of(*role));
  }
  if (const Membership* active = active_team(identities, user.id)) {
    out.active_team_id = active->team;
    out.active_team_role = active->role;
    out.active_team_capabilities = access::permissions_of(active->role);
  }
  return out;
}

}  // namespace

std::vector<SessionEntry> sessions_of(const Identities& identities, const access::SignedIn& who) {
  std::vector<SessionEntry> out;
  for (const auto& [id, session] : identities.sessions) {
    if (session.user != who.user) continue;
    out.push_back({.id = id,
                   .current = id == who.session,
                   .created_at = session.created_at,
                   .expires_at = std::max(session.expires_at, session.remember_expires_at.value_or(TimeMs{})),
                   .remembered = session.remember_expires_at.has_value(),
                   .how = session.how,
                   .factor = session.factor,
                   .country = session.from.country,
                   .browser = session.from.browser,
                   .os = session.from.os});
  }
  std::ranges::sort(out, std::greater(), [](const SessionEntry& one) { return std::pair(one.created_at, one.id); });
  return out;
}

Profile profile_of(const User& user) {
  return {.id = user.id,
          .email = user.email,
          .given_name = user.given_name,
          .last_name = user.last_name,
          .display_name = display_name(user)};
}

Preferences preferences_of(const User& user) {
  return {.default_locale = user.locale,
          .number_format = user.choices.number_format,
          .clock = user.choices.clock,
          .theme = user.choices.theme,
          .default_period = user.choices.default_period};
}

Teams teams_of(const Identities& identities, const User& user) {
  const Membership* active = active_team(identities, user.id);
  Teams out{.active_team_id = active ? active->team.str() : ""};
  for (const Membership& membership : identities.teams_of(user.id)) {
    const Team* team = identities.team(membership.team);
    if (!team) continue;
    out.teams.push_back({.id = team->id,
                         .name = team->name,
                         .role = membership.role,
                         .created_at = team->created_at,
                         .paused = team->paused});
  }
  return out;
}

SessionInfo session_info(const SessionTimes& times, const Settings& settings) {
  return {.expires_at = times.expires_at,
          .issued_at = times.issued_at,
          .duration_seconds = std::chrono::seconds(settings.session).count(),
          .warning_seconds = settings.warning.count(),
          .remembered = times.remember_expires_at.has_value(),
          .remember_expires_at = times.remember_expires_at,
          .remember_me_duration_days = settings.remember.count()};
}

Status status_of(bool needs_setup, const Settings& settings) {
  return {.needs_setup = needs_setup,
          .version = settings.version,
          .mail = settings.sends_mail,
          .passkeys = relying_party(settings).has_value(),
          .public_url = settings.public_url};
}

Bootstrap bootstrap_of(const Identities& identities, const User& user, const site::Sites& sites,
                       std::vector<site::Listing> visible, const SessionTimes& times, const Settings& settings) {
  return {.session = session_info(times, settings),
          .profile = profile_of(user),
          .preferences = preferences_of(user),
          .teams = teams_of(identities, user),
          .permissions = permissions_of(identities, user, sites),
          .sites = std::move(visible),
          .status = status_of(!identities.set_up, settings)};
}

}  // namespace hk::auth
