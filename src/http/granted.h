#pragma once
// Authority as a value: a function that needs it takes a Granted<Scope>, and only the access check makes one.

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/id.h"

namespace hk::auth {
class Gate;
}
namespace hk::testing {
struct Grants;  // tests of other rooms define it to make grants of their own
}

namespace hk::http {

/// Proof that the caller may do what Scope says. Cheap to copy, immutable.
template <class Scope>
class Granted {
 public:
  const Scope& operator*() const { return *scope_; }
  const Scope* operator->() const { return scope_.get(); }

 private:
  friend class hk::auth::Gate;
  friend struct hk::testing::Grants;
  explicit Granted(Scope scope) : scope_(std::make_shared<const Scope>(std::move(scope))) {}
  std::shared_ptr<const Scope> scope_;
};

/// What Access::signed_in proves.
struct SignedIn {
  /// Of the session token; both 0 when the caller came with a remember-me cookie only.
  struct TokenTimes {
    TimeMs issued_at{};
    TimeMs expires_at{};
  };
  UserId user;
  SessionId session;
  TokenTimes token;
};

/// What Access::owner proves: the caller owns the instance.
struct InstanceOwner {
  UserId user;
};

}  // namespace hk::http
