#pragma once
// The access check: who is calling, and may he? Memory only, so it runs on I/O threads.

#include <functional>
#include <string>
#include <string_view>

#include "auth/directory.h"
#include "auth/settings.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "http/router.h"
#include "site/directory.h"

namespace hk::auth {

/// Implements http::AccessCheck. Thread-safe.
class Gate {
 public:
  /// What remember-me cookies show. Called on I/O threads, so they must only hand over.
  struct Events {
    /// Somebody came with a secret that was ended or never known: there are two holders of one cookie.
    std::function<void(const SessionId&)> stolen;
    /// The secret that was handed out last was used, so that it ends the one before it.
    std::function<void(const Remembered&)> used;
  };

  Gate(const Settings& settings, const Directory& directory, const site::Directory& sites, const Tokens& tokens,
       const Clock& clock, Events events);

  /// Checks the origin of what may change something (auth/origin.h), finds the caller by token or remember-me cookie,
  /// then decides `access`. Code::unauthenticated, Code::forbidden, Code::invalid (no site id), or Code::not_found
  /// (instance owners learn that a site doesn't exist; others get the same answer as for one that they may not see).
  Result<http::Caller> check(const http::Request& request, http::Access access,
                             const std::map<std::string, std::string, std::less<>>& path) const;

  /// Whether a session that was let in before would still get Access::site_view of this site: for what outlives its
  /// request, an event stream.
  bool still_sees(std::string_view session_id, const SiteId& site) const;

 private:
  struct Found {
    const Session* session = nullptr;
    const User* user = nullptr;
    std::optional<TokenClaims> token;  // none: known by the remember-me cookie
  };
  std::optional<Found> find(const http::Request& request, const Identities& identities) const;
  const Session* find_remembered(const http::Request& request, const Identities& identities) const;
  /// The session, while its time is not over.
  const Session* live(const SessionId& id, const Identities& identities) const;

  const Settings& settings_;
  const Directory& directory_;
  const site::Directory& sites_;
  const Tokens& tokens_;
  const Clock& clock_;
  Events events_;
  std::string public_origin_;
};

}  // namespace hk::auth
