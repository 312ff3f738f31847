#pragma once
// What goes over the wire about sites.

#include <algorithm>
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

/// ISO 4217 by its form, or nothing.
inline Result<void> currency(std::string& typed) {
  const bool letters = std::ranges::all_of(typed, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (typed.empty() || (letters && typed.size() == 3)) return {};
  return fail(Code::invalid, "must be three capital letters, like EUR");
}

inline constexpr json::IntRule kRetentionDays{.min = 0, .max = kMaxRetentionDays};

constexpr auto shape(json::Of<SiteChange>) {
  return json::shape(
             "SiteChange", json::field("subdomains", &SiteChange::subdomains),
             json::field("data_retention_days", &SiteChange::retention_days, kRetentionDays),
             json::field("excluded_hosts", &SiteChange::excluded_hosts, json::ArrayRule{.max = kMaxExcludedHosts}),
             json::field("domain", &SiteChange::domain, json::StrRule{.max = 1'000}),
             json::field("former_domains", &SiteChange::former_domains, json::ArrayRule{.max = kMaxFormerDomains}),
             json::field("first_weekday", &SiteChange::first_weekday, json::IntRule{.min = 0, .max = 7}),
             json::field("currency", &SiteChange::currency, json::TextRule{.length = {.max = 3}, .check = currency}),
             json::field("paused", &SiteChange::paused),
             json::field("zone", &SiteChange::zone, json::StrRule{.max = 64, .trim = true}),
             json::field("labels", &SiteChange::labels, json::ArrayRule{.max = kMaxLabels}))
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

/// The domain, typed once more, so that nobody loses another site by mistake.
struct TypedDomain {
  std::string domain;
};
constexpr auto shape(json::Of<TypedDomain>) {
  return json::shape("SiteToErase", json::field("domain", &TypedDomain::domain,
                                                json::StrRule{.max = 1'000, .required = true, .trim = true}));
}

// --- answers ---------------------------------------------------------------------------------------

/// As HitKeep 2.8 says that something is done.
struct EraseAnswer {
  std::string_view status = "ok";
};
constexpr auto shape(json::Of<EraseAnswer>) {
  return json::shape("SiteErased", json::field("status", &EraseAnswer::status, json::one_of("ok")));
}

constexpr auto shape(json::Of<Listing>) {
  return json::shape("Site", json::field("id", &Listing::id), json::field("user_id", &Listing::created_by),
                     json::field("domain", &Listing::domain), json::field("zone", &Listing::zone),
                     json::field("data_retention_days", &Listing::retention_days),
                     json::field("created_at", &Listing::created_at), json::field("subdomains", &Listing::subdomains),
                     json::field("excluded_hosts", &Listing::excluded_hosts),
                     json::field("paused", &Listing::paused, json::LeftOut{}),
                     json::field("first_weekday", &Listing::first_weekday, json::LeftOut{}),
                     json::field("currency", &Listing::currency, json::LeftOut{}),
                     json::field("former_domains", &Listing::former_domains, json::LeftOut{}),
                     json::field("owner_email", &Listing::owner_email, json::LeftOut{}),
                     json::field("team_id", &Listing::team, json::LeftOut{}), json::field("labels", &Listing::labels),
                     json::field("pinned", &Listing::pinned, json::LeftOut{}),
                     json::field("team_paused", &Listing::team_paused, json::LeftOut{}),
                     json::field("zone_from", &Listing::zone_from, json::LeftOut{}),
                     json::field("zone_before", &Listing::zone_before, json::LeftOut{}));
}

}  // namespace hk::site
