#pragma once
// The access check: who is calling, and may he? Memory only, so it runs on I/O threads.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "access/access.h"
#include "auth/attempts.h"
#include "auth/directory.h"
#include "auth/settings.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "crypto/hash.h"
#include "http/router.h"
#include "site/directory.h"
#include "site/granted.h"

namespace hk::auth {

/// The one that decides; implements http::AccessCheck. Thread-safe.
class Gate final : public site::Authority {
 public:
  /// What cookies and keys show. Called on I/O threads, so they must only hand over.
  struct Events {
    /// Somebody came with a secret that was ended or never known: there are two holders of one cookie.
    std::function<void(const SessionId&)> stolen;
    /// The secret that was handed out last was used, so that it ends the one before it.
    std::function<void(const Remembered&)> used;
    /// A program came with a key that is good.
    std::function<void(const ApiKeyId&)> key_used = [](const ApiKeyId&) {};
  };
  /// The country from which a request comes; empty where nobody knows. Memory only.
  using CountryOf = std::function<std::string(const http::Request&)>;
  using Path = std::map<std::string, std::string, std::less<>>;

  Gate(const Settings& settings, const Directory& directory, const site::Directory& sites, const Tokens& tokens,
       const Clock& clock, Events events, CountryOf country_of);

  /// Tries of one network with keys that are none.
  static constexpr Attempts::Rule kKeyGuesses{.free = 20, .longest = std::chrono::seconds(60)};

  /// Checks the origin of what may change something (auth/origin.h), finds the caller, then decides `access`
  /// (access::Access, as http/ carries it). Code::unauthenticated, Code::forbidden, Code::invalid (no site id), or
  /// Code::not_found (who may do this on every site learns that one doesn't exist; others get the same answer as for
  /// one that they may not see),
  /// Code::limited (a network that guesses at keys; a key that is good is never slowed down), Code::forbidden with
  /// field "proof" (the route asks for a fresh one, and who asks has given none).
  Result<http::Caller> check(const http::Request& request, http::Access access, const Path& path) const;

  bool may(const access::Principal& who, access::Permission permission) const override;
  bool may(const access::Principal& who, access::Permission permission, const site::Site& site) const override;
  std::string email_of(const UserId& user) const override;

  /// Whether who was let in before would still be: for what outlives its request, an event stream.
  bool still_may(const access::Principal& who, access::Permission permission, const SiteId& site) const;

  /// The program's own authority, for a task that no request asked for.
  template <access::Permission P>
  access::Granted<P> grant(access::System who, access::Subject<access::scope_of(P)> subject) const {
    return access::Granted<P>(key(), who, std::move(subject));
  }

 private:
  /// Finds who calls by one thing that a request may carry; Nobody where it carries none that is good.
  using Resolver = access::Principal (Gate::*)(const http::Request&, const Identities&) const;
  static const Resolver kResolvers[];
  access::Principal by_token(const http::Request& request, const Identities& identities) const;
  access::Principal by_remember_me(const http::Request& request, const Identities& identities) const;
  /// Whose the key is that a request shows. Code::unauthenticated says what is wrong with it.
  Result<access::ApiKey> by_key(std::string_view token, const http::Request& request,
                                const Identities& identities) const;
  /// By the key that is shown, whatever it is worth; where none is, the first that a resolver finds.
  Result<access::Principal> find(const http::Request& request, const Identities& identities) const;
  /// Counts a guess, which gets slower.
  Error unknown_key(const http::Request& request) const;

  Result<std::any> prove(access::Access access, const access::Principal& who, const Identities& identities,
                         const Path& path) const;
  Result<std::any> prove_instance(access::Permission permission, const access::Principal& who,
                                  const Identities& identities) const;
  /// Of the team that the path names by {id}, else of the one that the caller works in.
  Result<std::any> prove_team(access::Permission permission, const access::Principal& who, const Identities& identities,
                              const Path& path) const;
  Result<std::any> prove_site(access::Permission permission, const access::Principal& who, const Identities& identities,
                              const Path& path) const;

  /// The session, while its time is not over.
  const Session* live(const SessionId& id, const Identities& identities) const;
  /// Why the key is worth nothing now.
  std::optional<std::string_view> dead(const KnownKey& key, const Identities& identities) const;

  const Settings& settings_;
  const Directory& directory_;
  const site::Directory& sites_;
  const Tokens& tokens_;
  const Clock& clock_;
  Events events_;
  CountryOf country_of_;
  std::string public_origin_;
  crypto::SipKey key_of_networks_{};
  mutable Attempts guesses_;  // by network
};

}  // namespace hk::auth
