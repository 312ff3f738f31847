#pragma once
// A store without lanes; who tests what asks a store overrides what is asked.

#include <functional>
#include <memory>
#include <vector>

#include "store/clone.h"
#include "store/compaction.h"
#include "store/store.h"

namespace hk::store::testing {

class NoStore : public Store {
 public:
  void start(std::function<void(const std::vector<Applied>&)>) override {}
  Result<void> stop() override { return {}; }
  Result<ReadLease> read(LaneKey) override { return fail(Code::unavailable, "nothing to read"); }
  bool behind(LaneKey) const override { return false; }
  void saw_damage(LaneKey, const Error&) override {}
  std::vector<LaneState> states() const override { return {}; }
  std::shared_ptr<db::DuckDatabase> icu() override { return nullptr; }
  log::Offset applied() const override { return 0; }
  log::Followers followers() override { return {}; }
  log::Offset applied(LaneKey) const override { return 0; }
  Millis lag() const override { return {}; }
  TimeMs newest() const override { return {}; }
  std::uint64_t hot_rows() const override { return 0; }
  std::vector<HotDay> hot_days() const override { return {}; }
  std::vector<SealedMonth> sealed_months() const override { return {}; }
  Result<void> clone(LaneKey, const std::stop_token&) override { return {}; }
  std::vector<CloneFacts> clone_facts() override { return {}; }
  void forget_hashes(TimeMs) override {}
  Result<std::uint64_t> compact(LaneKey, const std::stop_token&) override { return 0; }
  std::vector<CompactFacts> compact_facts() override { return {}; }
  bool has_erased() const override { return false; }
};

}  // namespace hk::store::testing
