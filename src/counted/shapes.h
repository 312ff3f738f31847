#pragma once
// What goes over the wire about what was counted, and about one's own request.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "counted/counted.h"
#include "json/shape.h"

namespace hk::counted {

constexpr auto shape(json::Of<NamedHits>) {
  return json::shape("NamedHits", json::field("name", &NamedHits::name), json::field("hits", &NamedHits::hits));
}
constexpr auto shape(json::Of<DropTold>) {
  using D = DropTold;
  return json::shape("Dropped", json::field("reason", &D::reason), json::field("remedy", &D::remedy),
                     json::field("hits", &D::hits), json::field("last", &D::last), json::field("names", &D::names));
}
constexpr auto shape(json::Of<MachinesTold>) {
  using M = MachinesTold;
  return json::shape("KeptApart", json::field("class", &M::of), json::field("hits", &M::hits),
                     json::field("last", &M::last), json::field("names", &M::names),
                     json::field("example", &M::example, json::LeftOut{}));
}

/// Hits of a period: `received` = `counted` + `kept_apart` + `dropped`. Engagement and web vitals are `reports`, and
/// they are no hits; nor are fetches that servers tell of.
struct CountedAnswer {
  std::optional<SiteId> site;
  std::string from, to;                       // days, both included
  std::optional<std::string> first_day = {};  // from which on anything is known
  TimeMs now{};
  std::uint64_t received = 0, counted = 0, pageviews = 0, events = 0, reports = 0, fetches = 0, kept_apart = 0,
                dropped = 0, not_kept = 0;
  std::optional<TimeMs> last_pageview = {}, last_event = {}, last_server_hit = {};
  std::vector<std::uint64_t> per_minute = {};  // of the last hour, the running minute last
  std::vector<DropTold> drops = {};
  std::vector<MachinesTold> machines = {};
};
constexpr auto shape(json::Of<CountedAnswer>) {
  using A = CountedAnswer;
  return json::shape("Counted", json::field("site_id", &A::site, json::LeftOut{}), json::field("from", &A::from),
                     json::field("to", &A::to), json::field("first_day", &A::first_day), json::field("now", &A::now),
                     json::field("received", &A::received), json::field("counted", &A::counted),
                     json::field("pageviews", &A::pageviews), json::field("events", &A::events),
                     json::field("reports", &A::reports), json::field("ai_fetches", &A::fetches),
                     json::field("kept_apart", &A::kept_apart), json::field("dropped", &A::dropped),
                     json::field("not_kept", &A::not_kept), json::field("last_pageview", &A::last_pageview),
                     json::field("last_event", &A::last_event), json::field("last_server_hit", &A::last_server_hit),
                     json::field("hits_per_minute", &A::per_minute), json::field("dropped_by", &A::drops),
                     json::field("machines", &A::machines));
}

/// One's own request as the server sees it; shown to oneself, and kept nowhere.
struct OwnRequest {
  std::string address;
  std::string address_header;  // which named it; empty: that is who connected
  bool internal = false;       // the internet does not reach it
  bool unnamed_proxy = false;  // a proxy came in between that is not believed
  std::string scheme, host;
  bool counts = false;
  std::string_view reason = {};  // why not: of a drop its name, of a machine "kept_apart"
  std::string rule = {};
  std::string_view machine = {};  // its class
  std::string country, city, network, browser, os, language;
  std::uint32_t asn = 0;
  std::string_view device = {};
  bool do_not_track = false, privacy_control = false;
  TimeMs now{};
};
constexpr auto shape(json::Of<OwnRequest>) {
  using O = OwnRequest;
  return json::shape("OwnRequest", json::field("address", &O::address),
                     json::field("address_header", &O::address_header), json::field("internal", &O::internal),
                     json::field("unnamed_proxy", &O::unnamed_proxy), json::field("scheme", &O::scheme),
                     json::field("host", &O::host), json::field("counts", &O::counts),
                     json::field("reason", &O::reason, json::LeftOut{}), json::field("rule", &O::rule, json::LeftOut{}),
                     json::field("class", &O::machine, json::LeftOut{}), json::field("country", &O::country),
                     json::field("city", &O::city), json::field("asn", &O::asn), json::field("network", &O::network),
                     json::field("browser", &O::browser), json::field("os", &O::os), json::field("device", &O::device),
                     json::field("language", &O::language), json::field("do_not_track", &O::do_not_track),
                     json::field("privacy_control", &O::privacy_control), json::field("now", &O::now));
}

}  // namespace hk::counted
