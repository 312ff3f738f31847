#pragma once
// Grants for tests of rooms that need authority.

#include <utility>

#include "access/granted.h"

namespace hk::access::testing {

/// Makes any grant.
struct Door : Authority {
  template <Permission P>
  static Granted<P> grant(Subject<scope_of(P)> subject = {}, Principal who = SignedIn{}) {
    return Granted<P>(key(), std::move(who), std::move(subject));
  }
};

}  // namespace hk::access::testing
