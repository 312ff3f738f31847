#pragma once
// What the operator decides about accounts and sessions.

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/text.h"

namespace hk::auth {

/// A session ends this long after its sign-in, however often it was renewed; where the operator allows longer ones,
/// after their time.
inline constexpr std::chrono::days kLongestSession{180};

struct Settings {
  std::string public_url;       // issuer and audience of tokens
  bool public_url_set = false;  // by somebody; otherwise it is a guess
  std::string public_host;      // of public_url, without port: how mails name this instance
  std::string base_path = "/";  // Path of cookies
  Secret<std::string> jwt_secret;
  Secret<std::string> data_key;  // what the database keeps encrypted is so under keys made of this one
  Secret<std::string> setup_code;
  bool sends_mail = false;
  std::chrono::minutes session{15};
  std::chrono::seconds warning{120};
  std::chrono::days remember{30};
  std::string version;

  /// Where browsers reach a page of the dashboard.
  std::string page(std::string_view path) const {
    return concat({public_url, public_url.ends_with('/') ? "" : "/", path});
  }

  std::chrono::seconds longest_session() const {
    return std::max<std::chrono::seconds>({kLongestSession, remember, session});
  }
};

}  // namespace hk::auth
