#pragma once
// What came to the doors and what became of it: counted, kept apart as no person's, or dropped, and why. Gathered in
// memory for a minute, then a record of the log; its owner sees it on "Is everything counted?" (docs/counted.md).

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/metrics.h"
#include "ingest/enrich/bot.h"
#include "json/of.h"
#include "log/log.h"
#include "store/counts.h"
#include "store/hit.h"

namespace hk::ingest {

/// Names are metric labels and API values, numbers are stored: never rename, add at the end.
enum class Reason : std::uint8_t {
  navigation,        // somebody opened the endpoint as a page
  origin_missing,    // no Origin header
  origin_invalid,    // an Origin that is no URL
  unknown_site,      // no site has this domain
  subdomain,         // a host below a site's domain, where those don't count
  excluded_host,     // a host that the site's owner left out
  excluded_network,  // an exclusion of the site or the instance, each
  excluded_country,
  excluded_path,
  excluded_query,
  bad_body,       // no JSON, or a wrong type
  bad_text,       // invalid UTF-8 or U+0000
  too_large,      // event properties over their limit
  event_unnamed,  // an event without a name
  gpc,            // Global Privacy Control
  dnt,            // Do Not Track, and the page's owner did not choose to count nevertheless
  spam,           // the referrer is on the spam list
  address_bound,  // one address brought more in a day than one address may
  log_refused,    // the log could not take it: full, or the disk refused
  clock,          // the server's clock is wrong
  unstorable,     // a value that no database file takes
  paused,         // the site's owner paused it
  bad_report,     // engagement without seconds, or a web vital without a metric, value or path
  not_kept,       // how a page was looked at, where the site keeps no engagement
  kCount,
};
inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::kCount);

/// What helps against a reason.
enum class Remedy : std::uint8_t {
  none,         // nothing is to be done
  add_site,     // make a site of that host, or a former domain of one
  count_hosts,  // say whether hosts below the domain count
  hosts,        // count a host again that was left out
  exclusions,   // look what is excluded
  snippet,      // look at what the page's script sends
  resume,       // count again
  rules,        // look what the site keeps
  operator_,    // the disk, the clock: whoever runs the program
};
constexpr std::array<std::string_view, 9> names(json::Of<Remedy>) {
  return {"none", "add_site", "count_hosts", "hosts", "exclusions", "snippet", "resume", "rules", "operator"};
}

/// The one table of reasons.
struct ReasonRow {
  Reason reason;
  std::string_view name;
  Remedy remedy;
};
inline constexpr std::array<ReasonRow, kReasons> kReasonTable = {{
    {Reason::navigation, "navigation", Remedy::none},
    {Reason::origin_missing, "origin_missing", Remedy::none},
    {Reason::origin_invalid, "origin_invalid", Remedy::none},
    {Reason::unknown_site, "unknown_site", Remedy::add_site},
    {Reason::subdomain, "subdomain", Remedy::count_hosts},
    {Reason::excluded_host, "excluded_host", Remedy::hosts},
    {Reason::excluded_network, "excluded_network", Remedy::exclusions},
    {Reason::excluded_country, "excluded_country", Remedy::exclusions},
    {Reason::excluded_path, "excluded_path", Remedy::exclusions},
    {Reason::excluded_query, "excluded_query", Remedy::exclusions},
    {Reason::bad_body, "bad_body", Remedy::snippet},
    {Reason::bad_text, "bad_text", Remedy::snippet},
    {Reason::too_large, "too_large", Remedy::snippet},
    {Reason::event_unnamed, "event_unnamed", Remedy::snippet},
    {Reason::gpc, "gpc", Remedy::none},
    {Reason::dnt, "dnt", Remedy::none},
    {Reason::spam, "spam", Remedy::none},
    {Reason::address_bound, "address_bound", Remedy::none},
    {Reason::log_refused, "log_refused", Remedy::operator_},
    {Reason::clock, "clock", Remedy::operator_},
    {Reason::unstorable, "unstorable", Remedy::operator_},
    {Reason::paused, "paused", Remedy::resume},
    {Reason::bad_report, "bad_report", Remedy::snippet},
    {Reason::not_kept, "not_kept", Remedy::rules},
}};
constexpr const ReasonRow& row_of(Reason reason) {
  return kReasonTable.at(static_cast<std::size_t>(reason));
}
constexpr std::string_view name_of(Reason reason) {
  return row_of(reason).name;
}

/// Column `reason` of the table `counted`. `kind`: of what counts the HitKind, of what is kept apart the Bot.
inline constexpr std::uint8_t kCounted = 0, kKeptApart = 1, kFirstReason = 2;
/// In the place of what is told apart by too many names.
inline constexpr std::string_view kOthers = "(other)";
/// Names that are told apart of one site, and of all sites together; the site's are those of one day. About 200 bytes
/// each, with the example.
inline constexpr std::size_t kNamesPerSite = 200;
inline constexpr std::size_t kNamesInAll = 16'384;
/// Minutes that are remembered one by one.
inline constexpr std::size_t kMinutes = 60;

/// Counts of one site since the process started.
struct SiteDrops {
  std::array<std::uint64_t, kReasons> reasons{};
  std::array<std::uint64_t, static_cast<std::size_t>(Bot::kCount)> bots{};  // kept apart, by class
};

/// Whose hit it is and when it came. Without a site: of the first lane, on a UTC day.
struct Whose {
  LaneKey lane = LaneKey::first_team;
  SiteKey site{};
  Day day = 0;
  TimeMs at{};
};

/// Thread-safe; one short lock per hit. Memory is bounded, whatever is sent.
class Counters {
 public:
  Counters(metrics::Registry& registry, TimeMs since);

  /// `agent`: by what it is told apart, beside its kind: a host, a rule, a bot's name. Neither that nor `example` may
  /// hold an address, a name or a query.
  void drop(Reason reason, const Whose& whose, std::string_view agent = {});
  /// It is durable. `agent`: the door, where it was not a page that sent it.
  void accept(const Whose& whose, store::HitKind kind, std::string_view agent = {});
  /// It is durable, but not among people's.
  void keep_apart(const Whose& whose, store::HitKind kind, Bot bot, std::string_view agent, std::string_view example);

  SiteDrops of(SiteKey site) const;
  TimeMs since() const { return since_; }
  /// Hits of each of the last kMinutes minutes, the running one last.
  std::array<std::uint32_t, kMinutes> per_minute(SiteKey site, TimeMs now) const;
  /// What is in no record yet. Of a day that goes on also what is, with 0 hits.
  std::vector<store::Count> gathered(SiteKey site) const;

  /// Gives what was gathered to the log, one record a lane (more only above store::kMaxCounts); what the log refuses is
  /// gathered again. Waits for nothing.
  void flush(log::Log& log, TimeMs now);

 private:
  struct Key {
    Day day = 0;
    std::uint8_t reason = 0, kind = 0;
    std::string agent;
    auto operator<=>(const Key&) const = default;
  };
  struct Tally {
    std::uint32_t hits = 0;  // in no record yet
    TimeMs last{};
    std::string example;
  };
  struct Site {
    LaneKey lane{};
    SiteDrops since_start;
    std::map<Key, Tally> tallies;
    std::size_t names = 0;  // keys with an agent
    /// What nearly every hit is, found without a search.
    struct Usual {
      Day day = 0;
      Tally* tally = nullptr;
    };
    std::array<Usual, store::kHitKinds> usual{};
    std::array<std::uint32_t, kMinutes> minutes{};
    std::int64_t minute = 0;  // the newest of them

    void arrive(TimeMs at);
  };
  Site& site_of(const Whose& whose);
  Tally& tally_of(Site& site, Key key, std::string_view example);
  void add(const Whose& whose, Key key, std::string_view example = {});
  std::map<LaneKey, std::vector<store::Count>> take(TimeMs now);
  void give_back(LaneKey lane, const store::Counts& refused);

  const TimeMs since_;
  std::array<metrics::Counter*, kReasons> reasons_{};
  std::array<metrics::Counter*, static_cast<std::size_t>(Bot::kCount)> bots_{};
  std::array<metrics::Counter*, store::kHitKinds> accepted_{};
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Site>> sites_;  // as many as there are sites, and one for none
  std::size_t names_ = 0;
  std::map<LaneKey, Day> tidied_;  // the day on which the lane was told to
};

}  // namespace hk::ingest
