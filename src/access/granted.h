#pragma once
// Authority as a value: a function that needs it takes a Granted<…>, and only an Authority makes one.

#include <utility>

#include "access/permission.h"
#include "access/principal.h"
#include "base/id.h"

namespace hk::access {

/// What a grant is about; the room that knows what a scope's things are specialises it (site/granted.h).
template <Scope S>
struct Subject;
template <>
struct Subject<Scope::instance> {};
template <>
struct Subject<Scope::team> {
  TeamId team;
};

/// Who decides derives from this: auth/'s gate, and the doors of tests. Nothing else can make a Granted<…>.
class Authority {
 public:
  class Key {
    friend class Authority;
    constexpr Key() = default;
  };

 protected:
  static constexpr Key key() { return {}; }
};

/// Proof that `principal` has permission P on the subject. Immutable.
template <Permission P>
class Granted {
 public:
  using Of = Subject<scope_of(P)>;
  Granted(Authority::Key, Principal principal, Of subject)
      : principal_(std::move(principal)), subject_(std::move(subject)) {}
  const Of& operator*() const { return subject_; }
  const Of* operator->() const { return &subject_; }
  const Principal& principal() const { return principal_; }

 private:
  Principal principal_;
  Of subject_;
};

}  // namespace hk::access
