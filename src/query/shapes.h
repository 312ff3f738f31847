#pragma once
// What goes over the wire about questions. Requests are read by parse.h, which has more to say than a shape can.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/id.h"
#include "json/schema.h"
#include "json/shape.h"
#include "query/query.h"
#include "query/tracking.h"

namespace hk::query {

/// Of the body of POST /api/sites/{id}/query, from the tables that parse() reads by.
std::string question_schema(json::Schemas& named);

// --- answers ---------------------------------------------------------------------------------------

constexpr auto shape(json::Of<Row>) {
  return json::shape("Row", json::field("dimensions", &Row::dimensions), json::field("metrics", &Row::metrics),
                     json::field("compare", &Row::compare, json::LeftOut{}),
                     json::field("share", &Row::share, json::LeftOut{}),
                     json::field("partial", &Row::partial, json::LeftOut{}));
}

constexpr auto shape(json::Of<QueryResult>) {
  return json::shape("QueryResult", json::field("rows", &QueryResult::rows), json::field("more", &QueryResult::more));
}

/// Dates of whole days, both included, or half-open instants.
struct ShownRange {
  std::string from;
  std::string to;
  std::string until = {};  // of a comparison: how far totals and lists are counted
};
constexpr auto shape(json::Of<ShownRange>) {
  return json::shape("Range", json::field("from", &ShownRange::from), json::field("to", &ShownRange::to),
                     json::field("until", &ShownRange::until, json::LeftOut{}));
}

/// What figures rest on.
struct ShownMeta {
  std::string zone;
  std::int64_t first_weekday = 1;
  std::string attribution;  // whose source is a visit's
  bool partial = false;
  std::uint64_t hidden_visits = 0;
  std::vector<std::string> imported;  // nothing is, so far
  std::uint64_t applied_offset = 0;
};
constexpr auto shape(json::Of<ShownMeta>) {
  using M = ShownMeta;
  return json::shape("Meta", json::field("zone", &M::zone), json::field("first_weekday", &M::first_weekday),
                     json::field("attribution", &M::attribution), json::field("partial", &M::partial),
                     json::field("hidden_visits", &M::hidden_visits), json::field("imported", &M::imported),
                     json::field("applied_offset", &M::applied_offset));
}

struct ShownAnswer {
  SiteId site;
  std::string zone;
  TimeMs now;
  ShownRange range;
  std::optional<ShownRange> compare;
  std::optional<std::optional<std::string>> first_day;  // left out where nobody asked; null: no data yet
  std::string applied_until;
  std::optional<std::uint64_t> live_visitors;
  std::optional<std::uint64_t> machine_visits;
  std::optional<ShownMeta> meta;
  json::Entries<std::variant<QueryResult>> results;  // of what bodies can ask for
};
constexpr auto shape(json::Of<ShownAnswer>) {
  using A = ShownAnswer;
  return json::shape("Answer", json::field("site_id", &A::site), json::field("zone", &A::zone),
                     json::field("now", &A::now), json::field("range", &A::range), json::field("compare", &A::compare),
                     json::field("first_day", &A::first_day, json::LeftOut{}),
                     json::field("applied_until", &A::applied_until, json::LeftOut{}),
                     json::field("live_visitors", &A::live_visitors, json::LeftOut{}),
                     json::field("machine_visits", &A::machine_visits, json::LeftOut{}),
                     json::field("meta", &A::meta, json::LeftOut{}), json::field("results", &A::results));
}

struct LiveVisitors {
  std::uint64_t visitors = 0;
};
constexpr auto shape(json::Of<LiveVisitors>) {
  return json::shape("LiveVisitors", json::field("visitors", &LiveVisitors::visitors));
}

constexpr auto shape(json::Of<TrackingStatus>) {
  using T = TrackingStatus;
  return json::shape("TrackingStatus", json::field("site_id", &T::site), json::field("tenant_id", &T::team),
                     json::field("status", &T::status, json::one_of("waiting", "live", "dormant")),
                     json::field("configured_domain", &T::domain),
                     json::field("first_hit_at", &T::first_hit, json::LeftOut{}),
                     json::field("last_hit_at", &T::last_hit, json::LeftOut{}),
                     json::field("last_event_at", &T::last_event, json::LeftOut{}),
                     json::field("updated_at", &T::newest, json::LeftOut{}));
}

}  // namespace hk::query
