#pragma once
// The access check: who is calling, and may he? Memory only, so it runs on I/O threads.

#include <functional>
#include <string>
#include <string_view>

#include "auth/directory.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "http/router.h"
#include "site/directory.h"

namespace hk::auth {

/// A remember-me token that was replaced still counts this long: tabs that woke up together come with the same one.
inline constexpr std::chrono::seconds kRememberGrace{60};

/// Implements http::AccessCheck. Thread-safe.
class Gate {
 public:
  /// `stolen` is called when somebody comes with a remember-me token that was replaced longer ago than the grace: there
  /// are two holders of one cookie, so the session must end. It is called on an I/O thread and must only hand over.
  using Stolen = std::function<void(const SessionId&)>;

  Gate(const Settings& settings, const Directory& directory, const site::Directory& sites, const Tokens& tokens,
       const Clock& clock, Stolen stolen);

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
  const Session* find_remembered(std::string_view cookie, const Identities& identities) const;

  const Directory& directory_;
  const site::Directory& sites_;
  const Tokens& tokens_;
  const Clock& clock_;
  Stolen stolen_;
  std::string public_origin_;
};

}  // namespace hk::auth
