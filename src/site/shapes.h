#pragma once
// What goes over the wire about sites.

#include <optional>
#include <string>

#include "json/shape.h"
#include "site/sites.h"

namespace hk::site {

// --- requests --------------------------------------------------------------------------------------

/// How a site that is to be made is written; create_site() takes a NewSite.
struct TypedSite {
  std::string domain;
  std::optional<std::string> zone;  // none: UTC
};
constexpr auto shape(json::Of<TypedSite>) {
  return json::shape("NewSite", json::field("domain", &TypedSite::domain, json::TextRule{.needed = true}),
                     json::field("zone", &TypedSite::zone, json::StrRule{.max = 64, .trim = true}));
}

inline constexpr json::IntRule kRetentionDays{.min = 0, .max = kMaxRetentionDays};

constexpr auto shape(json::Of<SiteChange>) {
  return json::shape(
             "SiteChange", json::field("subdomains", &SiteChange::subdomains),
             json::field("data_retention_days", &SiteChange::retention_days, kRetentionDays),
             json::field("excluded_hosts", &SiteChange::excluded_hosts, json::ArrayRule{.max = kMaxExcludedHosts}))
      .closed();
}

/// As HitKeep 2.8 spells it.
struct Retention {
  std::int64_t days = 0;
};
constexpr auto shape(json::Of<Retention>) {
  return json::shape("Retention", json::field("days", &Retention::days,
                                              json::IntRule{.min = 0, .max = kMaxRetentionDays, .required = true}));
}

/// Whose site it is from now on.
struct NextOwner {
  std::string email;
};
constexpr auto shape(json::Of<NextOwner>) {
  return json::shape("NextOwner", json::field("owner_email", &NextOwner::email,
                                              json::StrRule{.max = 320, .required = true, .trim = true}));
}

// --- answers ---------------------------------------------------------------------------------------

constexpr auto shape(json::Of<Listing>) {
  return json::shape("Site", json::field("id", &Listing::id), json::field("user_id", &Listing::created_by),
                     json::field("domain", &Listing::domain), json::field("zone", &Listing::zone),
                     json::field("data_retention_days", &Listing::retention_days),
                     json::field("created_at", &Listing::created_at), json::field("subdomains", &Listing::subdomains),
                     json::field("excluded_hosts", &Listing::excluded_hosts),
                     json::field("owner_email", &Listing::owner_email, json::LeftOut{}));
}

}  // namespace hk::site
