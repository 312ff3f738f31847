#pragma once
// Who decides in tests of rooms that ask site::Authority.

#include <map>
#include <string>

#include "site/granted.h"

namespace hk::site::testing {

/// The owner may everything, others see what they made.
struct People final : Authority {
  UserId owner;
  std::map<UserId, std::string> emails;
  bool may(const access::Principal& who, access::Permission) const override { return access::user_of(who) == owner; }
  bool may(const access::Principal& who, access::Permission, const Site& site) const override {
    return access::user_of(who) == owner || access::user_of(who) == site.created_by;
  }
  std::string email_of(const UserId& user) const override {
    const auto at = emails.find(user);
    return at == emails.end() ? "" : at->second;
  }
};

}  // namespace hk::site::testing
