#pragma once
// What a route declares about who may call it, and what its handler then gets.

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "access/granted.h"
#include "access/permission.h"
#include "access/principal.h"
#include "http/router.h"

namespace hk::access {

/// Who may call a route. A constant, so that the handler's arguments can be held against it.
struct Access {
  Scope scope;
  Permission permission;
  /// A person has to have said a moment ago, in the same session, that he is who he is (docs/identity.md). A program
  /// with a key cannot be asked.
  bool proved = false;

  constexpr Access with_proof() const { return {scope, permission, true}; }
  constexpr Access without_proof() const { return {scope, permission, false}; }

  static const Access anyone;     // also nobody
  static const Access signed_in;  // whoever has a live session
  static const Access known;      // a live session, or an API key with the scope read
  static const Access program;    // an API key; what it may do is asked of site::Authority
  /// Of the instance; of the team that the path names by {id}, or else that the caller works in; of the site that the
  /// path names by {id}. A permission of another scope does not compile.
  static consteval Access instance(Permission permission) { return of(Scope::instance, permission); }
  static consteval Access team(Permission permission) { return of(Scope::team, permission); }
  static consteval Access site(Permission permission) { return of(Scope::site, permission); }

  constexpr bool operator==(const Access&) const = default;

  /// As http/ carries it. The name is the permission's.
  constexpr operator http::Access() const {  // NOLINT(google-explicit-constructor)
    const PermissionRow* row = row_of(permission);
    const std::string_view name = row ? row->name : names(json::Of<Scope>{})[static_cast<std::size_t>(scope)];
    return {name, static_cast<std::uint16_t>((proved ? kProvedBit : 0u) | static_cast<unsigned>(scope) << 8 |
                                             static_cast<unsigned>(permission))};
  }
  static constexpr Access from(http::Access access) {
    return {static_cast<Scope>(access.rule() >> 8 & 0x7f), static_cast<Permission>(access.rule() & 0xff),
            (access.rule() & kProvedBit) != 0};
  }

 private:
  static constexpr unsigned kProvedBit = 0x8000;
  static consteval Access of(Scope scope, Permission permission) {
    if (scope_of(permission) != scope) throw "the permission is of another scope";
    return {scope, permission};
  }
};
inline constexpr Access Access::anyone{Scope::anyone, Permission::none};
inline constexpr Access Access::signed_in{Scope::signed_in, Permission::none};
inline constexpr Access Access::known{Scope::known, Permission::none};
inline constexpr Access Access::program{Scope::program, Permission::none};

namespace detail {
template <Access A>
struct ProofOf {
  using type = Granted<A.permission>;
};
template <>
struct ProofOf<Access::anyone> {
  using type = Principal;
};
template <>
struct ProofOf<Access::signed_in> {
  using type = SignedIn;
};
template <>
struct ProofOf<Access::known> {
  using type = Principal;
};
template <>
struct ProofOf<Access::program> {
  using type = ApiKey;
};
}  // namespace detail

/// What the access check hands to the handlers of such routes: a Granted<…>, SignedIn, ApiKey, or for anyone and for
/// whoever is known the Principal.
template <Access A>
using Proof = typename detail::ProofOf<A.without_proof()>::type;

}  // namespace hk::access
