#include "auth/gate.h"

#include <algorithm>

#include "auth/cookies.h"
#include "auth/origin.h"
#include "site/granted.h"

namespace hk::auth {

Gate::Gate(const Settings& settings, const Directory& directory, const site::Directory& sites, const Tokens& tokens,
           const Clock& clock, Events events)
    : settings_(settings),
      directory_(directory),
      sites_(sites),
      tokens_(tokens),
      clock_(clock),
      events_(std::move(events)),
      public_origin_(canonical_origin(settings.public_url).value_or("")) {}

const Session* Gate::live(const SessionId& id, const Identities& identities) const {
  const Session* session = identities.session(id);
  return session && clock_.now() < session->created_at + settings_.longest_session() ? session : nullptr;
}

const Session* Gate::find_remembered(const http::Request& request, const Identities& identities) const {
  const Session* robbed = nullptr;
  for (const std::string_view cookie : read_cookies(request, Cookie::remember, settings_)) {
    const auto remembered = tokens_.read_remember(cookie);
    const Session* session = remembered ? live(remembered->session, identities) : nullptr;
    if (!session || !session->remember_expires_at || clock_.now() >= *session->remember_expires_at) continue;
    if (remembered->issued_at == session->remember_at) return session;
    if (remembered->issued_at == session->remember_next) {
      events_.used(*remembered);
      return session;
    }
    robbed = session;
  }
  if (robbed) events_.stolen(robbed->id);
  return nullptr;
}

std::optional<Gate::Found> Gate::find(const http::Request& request, const Identities& identities) const {
  Found found;
  for (const std::string_view cookie : read_cookies(request, Cookie::token, settings_)) {
    const auto claims = tokens_.read(cookie);
    const Session* session = claims ? live(claims->session, identities) : nullptr;
    if (!session || session->user != claims->user) continue;
    found.session = session;
    found.token = claims;
    break;
  }
  if (!found.session) found.session = find_remembered(request, identities);
  if (!found.session) return std::nullopt;
  found.user = identities.user(found.session->user);
  if (!found.user) return std::nullopt;
  return found;
}

Result<http::Caller> Gate::check(const http::Request& request, http::Access access,
                                 const std::map<std::string, std::string, std::less<>>& path) const {
  if (request.path.starts_with("/api/")) {
    if (auto ok = check_origin(request, public_origin_); !ok) return std::unexpected(ok.error());
  }
  http::Caller caller;
  if (access.kind() == http::Access::anyone && request.header("cookie").empty()) return caller;

  const auto identities = directory_.now();
  const auto found = find(request, *identities);
  if (!found) {
    if (access.kind() == http::Access::anyone) return caller;
    return fail(Code::unauthenticated, "Unauthorized: sign in first");
  }
  const UserId user = found->user->id;
  caller.signed_in = true;
  caller.user_id = user.str();
  caller.session_id = found->session->id.str();
  caller.owner = found->user->role == InstanceRole::owner;

  switch (access.kind()) {
    case http::Access::anyone:
    case http::Access::signed_in: {
      http::SignedIn signed_in{.user = user, .session = found->session->id, .token = {}};
      if (found->token)
        signed_in.token = {.issued_at = found->token->issued_at, .expires_at = found->token->expires_at};
      caller.grant = http::Granted<http::SignedIn>(signed_in);
      return caller;
    }
    case http::Access::owner:
      if (!caller.owner) return fail(Code::forbidden, "Access denied: only the owner of this instance may do this");
      caller.grant = http::Granted<http::InstanceOwner>({.user = user});
      return caller;
    case http::Access::site_view:
    case http::Access::site_edit:
      break;
  }
  const auto named = path.find("id");
  const auto id = named == path.end() ? std::nullopt : SiteId::parse(named->second);
  if (!id) return fail(Code::invalid, "invalid site ID: it must be a UUID", "id");
  auto sites = sites_.now();
  const site::Site* site = sites->by_id(*id);
  if (!site && caller.owner) return fail(Code::not_found, "There is no site with this ID");
  const auto role = site ? site_role(*identities, *found->user, *site) : std::nullopt;
  if (!role) return fail(Code::forbidden, "Access denied: you have no access to a site with this ID");
  if (access.kind() == http::Access::site_view) {
    if (!may(*role, kSiteView)) return fail(Code::forbidden, "Forbidden: you may not see this site");
    caller.grant = http::Granted<site::View>({.snapshot = std::move(sites), .site = site, .user = user});
  } else {
    if (!may(*role, kSiteManageData))
      return fail(Code::forbidden, "Forbidden: you may see this site, but not change it");
    caller.grant = http::Granted<site::Edit>({.snapshot = std::move(sites), .site = site, .user = user});
  }
  return caller;
}

bool Gate::still_sees(std::string_view session_id, const SiteId& id) const {
  const auto named = SessionId::parse(session_id);
  if (!named) return false;
  const auto identities = directory_.now();
  const Session* session = live(*named, *identities);
  if (!session || clock_.now() >= std::max(session->expires_at, session->remember_expires_at.value_or(TimeMs{})))
    return false;
  const User* user = identities->user(session->user);
  const auto sites = sites_.now();
  const site::Site* site = sites->by_id(id);
  if (!user || !site) return false;
  const auto role = site_role(*identities, *user, *site);
  return role && may(*role, kSiteView);
}

}  // namespace hk::auth
