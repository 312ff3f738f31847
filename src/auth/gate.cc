#include "auth/gate.h"

#include <algorithm>
#include <utility>

#include "auth/accounts.h"
#include "auth/api_key.h"
#include "auth/cookies.h"
#include "auth/origin.h"
#include "auth/policy.h"
#include "base/text.h"
#include "crypto/random.h"

namespace hk::auth {

using access::Access;
using access::Permission;
using access::Principal;
using access::Scope;

namespace {

/// The typed grant of a permission that is known at run time.
template <Scope S, class Key>
std::any granted(Key key, Permission permission, const Principal& who, access::Subject<S> subject) {
  std::any proof;
  const auto mint_if = [&]<std::size_t I>() {
    constexpr Permission kP = access::kPermissions[I].permission;
    if constexpr (access::scope_of(kP) == S)
      if (permission == kP) proof = access::Granted<kP>(key, who, std::move(subject));
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (mint_if.template operator()<I>(), ...);
  }(std::make_index_sequence<std::size(access::kPermissions)>());
  return proof;
}

bool may_change(const http::Request& request) {
  return request.method != http::Method::get && request.method != http::Method::head;
}

/// What a key lacks for a permission of whatever scope, said before anything is looked for.
Result<void> key_fits(const Identities& identities, const access::ApiKey& who, Access access) {
  const access::PermissionRow* row = access::row_of(access.permission);
  const auto wanted = row ? row->key : std::optional(access::KeyScope::read);
  if (access.scope == Scope::anyone || access.scope == Scope::program) return {};
  if (!wanted || access.scope == Scope::signed_in)
    return fail(Code::forbidden, "Access denied: no API key may do this, only people who signed in");
  const KnownKey* key = identities.key(who.key);
  if (key && key->has(*wanted)) return {};
  return fail(Code::forbidden,
              concat({"Forbidden: this API key does not have the scope \"", access::name_of(*wanted), "\""}));
}

}  // namespace

Gate::Gate(const Settings& settings, const Directory& directory, const site::Directory& sites, const Tokens& tokens,
           const Clock& clock, Events events, CountryOf country_of)
    : settings_(settings),
      directory_(directory),
      sites_(sites),
      tokens_(tokens),
      clock_(clock),
      events_(std::move(events)),
      country_of_(std::move(country_of)),
      public_origin_(canonical_origin(settings.public_url).value_or("")),
      guesses_(kKeyGuesses, clock) {
  crypto::random_bytes(key_of_networks_);
}

const Session* Gate::live(const SessionId& id, const Identities& identities) const {
  const Session* session = identities.session(id);
  return session && clock_.now() < session->created_at + settings_.longest_session() ? session : nullptr;
}

std::optional<std::string_view> Gate::dead(const KnownKey& key, const Identities& identities) const {
  if (key.revoked_at) return "it is switched off";
  if (key.expires_at && clock_.now() >= *key.expires_at) return "it has expired";
  if (key.user && !identities.user(*key.user)) return "its account is gone";
  return std::nullopt;
}

Result<access::ApiKey> Gate::by_key(std::string_view token, const http::Request& request,
                                    const Identities& identities) const {
  const KnownKey* key = identities.key_of(crypto::sha256_hex(token), clock_.now());
  if (!key) return std::unexpected(unknown_key(request));
  if (const auto why = dead(*key, identities))
    return fail(Code::unauthenticated, concat({"Unauthorized: the API key is not good any more: ", *why}));
  events_.key_used(key->id);
  return access::ApiKey{.key = key->id, .holder = key->user};
}

Error Gate::unknown_key(const http::Request& request) const {
  const auto wait = guesses_.begin(crypto::siphash24(key_of_networks_, network_of(request.client_ip)));
  if (!wait) return {Code::unauthenticated, "Unauthorized: this API key is none of this instance", {}};
  return {.code = Code::limited,
          .message = concat({"Too many wrong API keys; try again in ", std::to_string(wait->count()), " s"}),
          .field = {},
          .retry_after = *wait};
}

Principal Gate::by_token(const http::Request& request, const Identities& identities) const {
  for (const std::string_view cookie : read_cookies(request, Cookie::token, settings_)) {
    const auto claims = tokens_.read(cookie);
    const Session* session = claims ? live(claims->session, identities) : nullptr;
    if (!session || session->user != claims->user) continue;
    return access::SignedIn{.user = session->user,
                            .session = session->id,
                            .token = {.issued_at = claims->issued_at, .expires_at = claims->expires_at}};
  }
  return access::Nobody{};
}

Principal Gate::by_remember_me(const http::Request& request, const Identities& identities) const {
  const Session* robbed = nullptr;
  for (const std::string_view cookie : read_cookies(request, Cookie::remember, settings_)) {
    const auto remembered = tokens_.read_remember(cookie);
    const Session* session = remembered ? live(remembered->session, identities) : nullptr;
    if (!session || !session->remember_expires_at || clock_.now() >= *session->remember_expires_at) continue;
    const bool latest = remembered->issued_at == session->remember_next;
    if (!latest && remembered->issued_at != session->remember_at) {
      robbed = session;
      continue;
    }
    if (latest) events_.used(*remembered);
    return access::SignedIn{.user = session->user, .session = session->id, .token = {}};
  }
  if (robbed) events_.stolen(robbed->id);
  return access::Nobody{};
}

const Gate::Resolver Gate::kResolvers[] = {&Gate::by_token, &Gate::by_remember_me};

Result<Principal> Gate::find(const http::Request& request, const Identities& identities) const {
  if (const auto token = shown_key(request)) {
    auto program = by_key(*token, request, identities);
    if (!program) return std::unexpected(program.error());
    if (may_change(request)) program->country = country_of_(request);
    return Principal(std::move(*program));
  }
  for (const Resolver resolver : kResolvers) {
    Principal who = (this->*resolver)(request, identities);
    auto* person = std::get_if<access::SignedIn>(&who);
    if (!person || !identities.user(person->user)) continue;
    if (may_change(request)) person->country = country_of_(request);  // for the audit log
    return who;
  }
  return Principal(access::Nobody{});
}

Result<http::Caller> Gate::check(const http::Request& request, http::Access wanted, const Path& path) const {
  const Access declared = Access::from(wanted);
  const Access access = declared.without_proof();
  if (request.path.starts_with("/api/")) {
    if (auto ok = check_origin(request, public_origin_); !ok) return std::unexpected(ok.error());
  }
  if (access == Access::anyone && request.header("cookie").empty() && !shown_key(request)) return http::Caller{};

  const auto identities = directory_.now();
  const auto found = find(request, *identities);
  if (!found && access != Access::anyone) return std::unexpected(found.error());
  const Principal who = found.value_or(access::Nobody{});
  if (access != Access::anyone && std::holds_alternative<access::Nobody>(who))
    return fail(Code::unauthenticated, access == Access::program
                                           ? "Unauthorized: send an API key (Authorization: Bearer …)"
                                           : "Unauthorized: sign in first");
  auto proof = prove(access, who, *identities, path);
  if (!proof) return std::unexpected(proof.error());
  if (declared.proved && !std::holds_alternative<access::ApiKey>(who))
    if (auto fresh = require_proof(*identities, who, clock_.now()); !fresh) return std::unexpected(fresh.error());
  return http::Caller{.turn = access::turn_of(who), .proof = std::move(*proof)};
}

Result<std::any> Gate::prove(Access access, const Principal& who, const Identities& identities,
                             const Path& path) const {
  const auto* program = std::get_if<access::ApiKey>(&who);
  if (program)
    if (auto fits = key_fits(identities, *program, access); !fits) return std::unexpected(fits.error());
  switch (access.scope) {
    case Scope::anyone:
      return std::any(who);
    case Scope::signed_in:
      if (const auto* person = std::get_if<access::SignedIn>(&who)) return std::any(*person);
      break;
    case Scope::known:
      return std::any(who);
    case Scope::program:
      if (program) return std::any(*program);
      return fail(Code::unauthenticated, "Unauthorized: this is for programs: send an API key and no cookies");
    case Scope::instance:
      return prove_instance(access.permission, who, identities);
    case Scope::team:
      return prove_team(access.permission, who, identities, path);
    case Scope::site:
      return prove_site(access.permission, who, identities, path);
  }
  return fail(Code::forbidden, "Access denied: only people who signed in may do this");
}

Result<std::any> Gate::prove_instance(Permission permission, const Principal& who, const Identities& identities) const {
  if (!auth::may(identities, who, permission))
    return fail(Code::forbidden, "Access denied: only the owner of this instance may do this");
  return granted<Scope::instance>(key(), permission, who, {});
}

Result<std::any> Gate::prove_team(Permission permission, const Principal& who, const Identities& identities,
                                  const Path& path) const {
  std::optional<TeamId> team;
  if (const auto named = path.find("id"); named != path.end()) {
    team = TeamId::parse(named->second);
    if (!team) return fail(Code::invalid, "Invalid team ID: it must be a UUID", "id");
  } else if (const auto user = access::user_of(who)) {
    const Membership* active = active_team(identities, *user);
    if (active) team = active->team;
  } else if (const auto* program = std::get_if<access::ApiKey>(&who)) {
    const KnownKey* its = identities.key(program->key);
    if (its) team = its->team;
  }
  if (!team) return fail(Code::forbidden, "Access denied: only members of a team may do this");
  if (!auth::may(identities, who, permission, *team))
    return fail(Code::forbidden, "Access denied: your role in the team does not allow this, or you are not in it");
  return granted<Scope::team>(key(), permission, who, {.team = *team});
}

Result<std::any> Gate::prove_site(Permission permission, const Principal& who, const Identities& identities,
                                  const Path& path) const {
  const auto named = path.find("id");
  const auto id = named == path.end() ? std::nullopt : SiteId::parse(named->second);
  if (!id) return fail(Code::invalid, "invalid site ID: it must be a UUID", "id");
  auto sites = sites_.now();
  const site::Site* site = sites->by_id(*id);
  if (!site && auth::may(identities, who, Permission::instance_manage_sites))
    return fail(Code::not_found, "There is no site with this ID");
  if (site && auth::may(identities, who, permission, *site))
    return granted<Scope::site>(key(), permission, who, {.snapshot = std::move(sites), .site = site});
  if (!site || !auth::may(identities, who, Permission::site_view, *site))
    return fail(Code::forbidden, "Access denied: you have no access to a site with this ID");
  return fail(Code::forbidden, "Forbidden: you may see this site, but not change it");
}

bool Gate::may(const Principal& who, Permission permission) const {
  return auth::may(*directory_.now(), who, permission);
}

bool Gate::may(const Principal& who, Permission permission, const site::Site& site) const {
  return auth::may(*directory_.now(), who, permission, site);
}

std::string Gate::email_of(const UserId& id) const {
  const auto identities = directory_.now();
  const User* user = identities->user(id);
  return user ? user->email : std::string();
}

bool Gate::still_may(const Principal& who, Permission permission, const SiteId& id) const {
  const auto identities = directory_.now();
  if (const auto* person = std::get_if<access::SignedIn>(&who)) {
    const Session* session = live(person->session, *identities);
    if (!session || session->user != person->user ||
        clock_.now() >= std::max(session->expires_at, session->remember_expires_at.value_or(TimeMs{})))
      return false;
  }
  if (const auto* program = std::get_if<access::ApiKey>(&who)) {
    const KnownKey* key = identities->key(program->key);
    if (!key || dead(*key, *identities)) return false;
  }
  const auto sites = sites_.now();
  const site::Site* site = sites->by_id(id);
  return site && auth::may(*identities, who, permission, *site);
}

}  // namespace hk::auth
