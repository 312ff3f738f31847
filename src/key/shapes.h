#pragma once
// What goes over the wire about API keys, as HitKeep 2.8 spells it: there they are API clients.

#include "auth/shapes.h"
#include "json/shape.h"
#include "key/keys.h"

namespace hk::key {

// --- requests --------------------------------------------------------------------------------------

inline constexpr json::TextRule kName{.length = {.max = kMaxNameCharacters, .min = 1, .required = true, .trim = true},
                                      .check = auth::plain_name};
inline constexpr json::TextRule kDescription{.length = {.max = kMaxDescriptionCharacters, .trim = true},
                                             .check = auth::plain_name};

constexpr auto shape(json::Of<SiteGrant>) {
  return json::shape("ApiClientSite", json::field("site_id", &SiteGrant::site, json::Required{}),
                     json::field("role", &SiteGrant::role))
      .closed();
}

constexpr auto shape(json::Of<KeyWish>) {
  return json::shape("NewApiClient", json::field("name", &KeyWish::name, kName),
                     json::field("description", &KeyWish::description, kDescription),
                     json::field("scopes", &KeyWish::scopes, json::ArrayRule{.max = access::kKeyScopes.size()}),
                     json::field("instance_role", &KeyWish::instance_role),
                     json::field("all_sites", &KeyWish::all_sites),
                     json::field("site_roles", &KeyWish::site_roles, json::ArrayRule{.max = kMaxSites}),
                     json::field("expires_at", &KeyWish::expires_at))
      .closed();
}

constexpr auto shape(json::Of<KeyChange>) {
  return json::shape("ApiClientChange", json::field("name", &KeyChange::name, kName),
                     json::field("description", &KeyChange::description, kDescription),
                     json::field("scopes", &KeyChange::scopes, json::ArrayRule{.max = access::kKeyScopes.size()}),
                     json::field("instance_role", &KeyChange::instance_role),
                     json::field("all_sites", &KeyChange::all_sites),
                     json::field("site_roles", &KeyChange::site_roles, json::ArrayRule{.max = kMaxSites}),
                     json::field("expires_at", &KeyChange::expires_at), json::field("revoked", &KeyChange::revoked))
      .closed();
}

/// How a key gets another secret; HitKeep 2.8 sends no body, and the secret before ends at once.
struct Rotation {
  std::int64_t overlap_hours = 0;
};
constexpr auto shape(json::Of<Rotation>) {
  return json::shape("ApiClientRotation", json::field("overlap_hours", &Rotation::overlap_hours,
                                                      json::IntRule{.min = 0, .max = kMaxOverlap.count()}))
      .closed();
}

// --- answers ---------------------------------------------------------------------------------------

constexpr auto shape(json::Of<ListedKey>) {
  using L = ListedKey;
  return json::shape(
      "ApiClient", json::field("id", &L::id), json::field("user_id", &L::user, json::LeftOut{}),
      json::field("tenant_id", &L::team, json::LeftOut{}),
      json::field("owner_type", &L::owner_type, json::one_of("personal", "team")), json::field("name", &L::name),
      json::field("description", &L::description), json::field("prefix", &L::prefix), json::field("scopes", &L::scopes),
      json::field("instance_role", &L::instance_role), json::field("all_sites", &L::all_sites),
      json::field("site_roles", &L::site_roles), json::field("created_by", &L::created_by, json::LeftOut{}),
      json::field("created_at", &L::created_at), json::field("updated_at", &L::updated_at),
      json::field("expires_at", &L::expires_at, json::LeftOut{}),
      json::field("revoked_at", &L::revoked_at, json::LeftOut{}),
      json::field("last_used_at", &L::last_used_at, json::LeftOut{}),
      json::field("old_secret_until", &L::old_secret_until, json::LeftOut{}));
}

/// `token` is a plain text here: it is shown this once.
struct Shown {
  ListedKey client;
  std::string token;
};
constexpr auto shape(json::Of<Shown>) {
  return json::shape("ApiClientSecret", json::field("client", &Shown::client), json::field("token", &Shown::token));
}

}  // namespace hk::key
