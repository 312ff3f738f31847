#include "store/compaction.h"

#include "base/logging.h"
#include "store/clone.h"

namespace hk::store {

CompactStep next_step(const CompactFacts& facts) {
  if (!facts.erased &&
      (facts.unused_bytes < kCompactBytes || facts.unused_bytes * 100 <= facts.file_bytes * kCompactPercent))
    return CompactStep::none;
  // It is made from a copy, which may become the clone.
  return facts.free_bytes / kCloneRoom < facts.file_bytes ? CompactStep::no_room : CompactStep::take;
}

Compactor::Compactor(Store& store, const Clock& clock, metrics::Registry& registry)
    : store_(store),
      clock_(clock),
      compacted_(registry.counter("hitkeep_files_compacted_total", "Database files that were written anew, smaller.")) {
}

bool Compactor::is_due() {
  const TimeMs now = clock_.now();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  if (today == looked_ || now - today < kQuietFrom || now - today >= kQuietTo) return false;
  looked_ = today;
  return true;
}

/// Whether it is not the time after a try that failed.
bool Compactor::may_try(const CompactFacts& facts) {
  const auto before = tried_.find(facts.lane);
  return before == tried_.end() || clock_.now() - before->second >= kErasedRetry;
}

std::size_t Compactor::run(const std::stop_token& stop) {
  const bool due = is_due();
  if (!due && !store_.has_erased()) return 0;
  std::size_t smaller = 0;
  for (const CompactFacts& facts : store_.compact_facts()) {
    if (stop.stop_requested()) break;
    if (!due && !(facts.erased && may_try(facts))) continue;
    const auto step = next_step(facts);
    if (step == CompactStep::no_room)
      logging::warn("the disk has no room to make a database file smaller (twice its size must be free)",
                    {{"file", facts.file.string()},
                     {"bytes", facts.file_bytes},
                     {"unused", facts.unused_bytes},
                     {"free", facts.free_bytes}});
    const bool done = step == CompactStep::take && make_smaller(facts, stop);
    if (done) ++smaller;
    if (facts.erased && !done) tried_[facts.lane] = clock_.now();
    if (done) tried_.erase(facts.lane);
  }
  return smaller;
}

bool Compactor::make_smaller(const CompactFacts& facts, const std::stop_token& stop) {
  const auto saved = store_.compact(facts.lane, stop);
  if (!saved) {
    if (!stop.stop_requested())
      logging::warn("a database file could not be made smaller; it is tried again",
                    {{"file", facts.file.string()}, {"error", saved.error().message}});
    return false;
  }
  compacted_.add();
  logging::info("a database file was written anew, without what deleted rows left free in it",
                {{"file", facts.file.string()}, {"bytes_before", facts.file_bytes}, {"bytes_less", *saved}});
  return true;
}

}  // namespace hk::store
