#pragma once
// Runs questions: plan, SQL, merged result, within a deadline.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "db/duck.h"
#include "query/query.h"
#include "query/turns.h"
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
  /// When the newest hit was received that the answer can hold; nothing while there is none.
  std::optional<LocalTime> applied_until;
  std::uint64_t live_visitors = 0;
  std::vector<std::pair<std::string, QueryResult>> results;  // in the question's order
};

/// Who asks. `who` tells people apart where one must not take all; `gone` ends a question early: nobody waits for the
/// answer.
struct Asker {
  std::string_view who = {};
  std::stop_token gone = {};
};

/// Thread-safe: one connection per call; watchdog and turns are shared.
class Engine {
 public:
  Engine(const Clock& clock, metrics::Registry& metrics, std::chrono::milliseconds budget = kBudget);

  /// Answers all queries from one snapshot: inside a transaction, so that a day that is sealed meanwhile is counted
  /// once. Every query has passed check(). Nothing stays behind on the connection.
  /// Code::busy: it took too long, or the asker is gone. Code::too_large: it needs more memory than there is, also
  /// alone. Anything else are DuckDB's words: told() makes an answer of them.
  Result<Answer> run(db::DuckConnection& connection, const site::Site& site, const Question& question,
                     const Asker& asker = {});

  /// Visits with activity within kLive.
  Result<std::uint64_t> live_visitors(db::DuckConnection& connection, const site::Site& site);

 private:
  using Steady = std::chrono::steady_clock;
  struct Try;
  Result<Answer> attempt(const Try& what, Turns::Turn turn, Steady::time_point until);
  Result<Answer> again_alone(const Try& what, Turns& turns, Steady::time_point until);
  Error took_too_long();
  Turns& turns_of(LaneKey lane);

  const Clock& clock_;
  std::chrono::milliseconds budget_;
  Watchdog watchdog_;
  std::mutex mutex_;
  std::map<LaneKey, Turns> turns_;  // guarded by mutex_; a file's questions share its memory
  metrics::Histogram& seconds_;
  metrics::Counter &timeouts_, &abandoned_, &alone_, &too_large_;
};

}  // namespace hk::query
