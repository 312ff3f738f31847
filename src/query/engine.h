#pragma once
// Runs questions: plan, SQL, merged result, within a deadline.

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "db/duck.h"
#include "query/query.h"
#include "query/watchdog.h"
#include "site/directory.h"
#include "store/store.h"

namespace hk::query {

/// How long one question may take before it is stopped (Code::busy).
inline constexpr Millis kBudget = store::kReadBudget;
/// Who was active this long ago is still counted as live.
inline constexpr std::chrono::minutes kLive{5};

/// An instant as the clocks of a zone show it.
struct LocalTime {
  TimeMs at{};
  std::chrono::minutes offset{};
};

struct Answer {
  TimeMs now{};
  /// Where totals and lists of the comparison end, when that is before its end (Question::compare_so_far).
  std::optional<LocalTime> compare_until;
  std::optional<Day> first_day;  // the site's first local day with data
  std::uint64_t live_visitors = 0;
  std::vector<std::pair<std::string, QueryResult>> results;  // in the question's order
};

/// Thread-safe: one connection per call, and nothing else is shared but the watchdog.
class Engine {
 public:
  Engine(const Clock& clock, metrics::Registry& metrics, std::chrono::milliseconds budget = kBudget);

  /// Answers all queries from one snapshot: inside a transaction, so that a day that is sealed meanwhile is counted
  /// once. Every query has passed check(). Nothing stays behind on the connection.
  /// `gone` ends it early (Code::busy): nobody waits for the answer.
  Result<Answer> run(db::DuckConnection& connection, const site::Site& site, const Question& question,
                     const std::stop_token& gone = {});

  /// Visits with activity within kLive.
  Result<std::uint64_t> live_visitors(db::DuckConnection& connection, const site::Site& site);

 private:
  const Clock& clock_;
  std::chrono::milliseconds budget_;
  Watchdog watchdog_;
  metrics::Histogram& seconds_;
  metrics::Counter &timeouts_, &abandoned_;
};

}  // namespace hk::query
