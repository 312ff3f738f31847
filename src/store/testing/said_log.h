#pragma once
// A log in memory, of one lane's hits, for lanes that were opened without a real one.

#include <map>
#include <memory>
#include <string>

#include "log/log.h"
#include "store/hit.h"
#include "store/lane.h"

namespace hk::store::testing {

class SaidLog {
 public:
  void say(log::Offset offset, const Hit& hit) { records_[offset] = encode(hit); }
  /// Not longer than this object.
  ReadLog read() const {
    return [this](log::Offset from) -> Result<std::unique_ptr<log::Reader>> {
      return std::make_unique<Following>(records_, from);
    };
  }

 private:
  using Records = std::map<log::Offset, std::string>;
  class Following final : public log::Reader {
   public:
    Following(const Records& records, log::Offset at) : records_(records), at_(at) {}
    Result<std::optional<log::Entry>> next(std::chrono::milliseconds) override {
      const auto found = records_.upper_bound(at_);
      if (found == records_.end()) return std::nullopt;
      at_ = found->first;
      const log::Record record{.lane = static_cast<std::uint32_t>(LaneKey::first_team),
                               .kind = static_cast<std::uint8_t>(RecordKind::hit),
                               .version = kRecordVersion,
                               .payload = found->second};
      return log::Entry{.offset = at_, .record = record};
    }
    log::Offset position() const override { return at_; }
    void wake() override {}

   private:
    const Records& records_;
    log::Offset at_;
  };

  Records records_;
};

}  // namespace hk::store::testing
