#pragma once
// Who asks gets an answer here, or why there is none: a connection, a turn, one snapshot, a deadline.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <type_traits>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "query/part_cache.h"
#include "query/query.h"
#include "query/snapshot.h"
#include "query/turns.h"
#include "query/views.h"
#include "query/watchdog.h"
#include "site/directory.h"
#include "store/store.h"

namespace hk::query {

/// How long one question may take before it is stopped (Code::busy).
inline constexpr Millis kBudget = store::kReadBudget;

/// Who asks. `who` tells people apart where one must not take all; `gone` ends a question early: nobody waits for the
/// answer.
struct Asker {
  std::string_view who = {};
  std::stop_token gone = {};
};

/// What is kept of sealed days between questions, of all sites together.
inline constexpr std::size_t kCacheBytes = 64u << 20;
/// What all questions together may take for sets of visitors (sums.h).
inline constexpr std::size_t kSeenBytes = 128u << 20;

/// As many connections as there are cores, all questions together. On a site with few visits a page takes a few
/// milliseconds; another connection and thread cost one.
Sharing shared_by_cores(unsigned cores = std::thread::hardware_concurrency());

inline std::string nobody_knows(std::uint32_t) {
  return {};
}

/// Thread-safe: each call has connections of its own; watchdog and turns are shared.
class Engine {
 public:
  /// `lanes` outlives the engine. `provider_of` says who runs a network, on any thread.
  Engine(const Clock& clock, store::Lanes& lanes, metrics::Registry& metrics,
         std::chrono::milliseconds budget = kBudget, Sharing sharing = shared_by_cores(),
         std::size_t cache_bytes = kCacheBytes, ProviderOf provider_of = nobody_knows);

  /// Answers a question that has passed check(), from one snapshot, so that a day that is sealed meanwhile is counted
  /// once. Only what it asks for is looked up. Nothing stays behind on the connection. Code::busy: it took too long, or
  /// the asker is gone. Code::too_large: it needs more memory than there is, also alone. Code::unavailable: the lane
  /// cannot be read now. Code::internal are DuckDB's words: unanswered() makes an answer of them; the store has heard
  /// of damage.
  Result<Answer> ask(const site::Site& site, const Question& question, const Asker& asker = {});

  /// The same for whatever a worker does with a snapshot: several questions of one view, or statements of its own.
  /// `look(Snapshot&)` returns a Result; short of memory it is called once more, alone. Of a question so many `parts`
  /// may be answered side by side.
  template <class Look>
  auto read(const site::Site& site, const Asker& asker, Look look, std::size_t parts = 1) {
    std::invoke_result_t<Look&, Snapshot&> out;
    const Work work = [&](Snapshot& snapshot) -> Result<void> {
      out = look(snapshot);
      return out ? Result<void>() : std::unexpected(out.error());
    };
    const auto done = run({site, work, asker, parts});
    if (!done) out = std::unexpected(done.error());
    return out;
  }

 private:
  using Steady = std::chrono::steady_clock;
  using Work = std::function<Result<void>(Snapshot&)>;
  /// What is tried, once beside others and once alone.
  struct Try {
    const site::Site& site;
    const Work& work;
    const Asker& asker;
    std::size_t parts;
  };
  Result<void> run(Try what);
  Result<void> attempt(const Try& what, Turns::Turn turn, Steady::time_point until);
  Result<void> again_alone(Try what, Steady::time_point until);
  Error took_too_long();

  const Clock& clock_;
  store::Lanes& lanes_;
  std::chrono::milliseconds budget_;
  const Sharing sharing_;
  std::atomic<std::size_t> working_ = 0;  // connections of all questions
  Kept kept_;
  Watchdog watchdog_;
  Turns turns_;  // of all questions: all files share one memory
  metrics::Histogram& seconds_;
  metrics::Counter &timeouts_, &abandoned_, &alone_, &too_large_;
};

}  // namespace hk::query
