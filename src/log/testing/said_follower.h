#pragma once
// A follower that is what a test says.

#include <string>
#include <utility>

#include "log/follower.h"

namespace hk::log::testing {

class SaidFollower final : public Follower {
 public:
  explicit SaidFollower(Kind kind) : kind_(kind) {}
  Kind kind() const override { return kind_; }
  std::string name() const override { return "said"; }
  Offset applied() const override { return has_applied; }
  std::optional<Offset> needs() const override { return cut ? std::nullopt : std::optional(has_applied); }
  std::optional<Offset> wants() const override { return wish; }
  Millis behind() const override { return is_behind; }
  Result<void> working() const override { return works; }
  std::optional<Allowance> allowance() const override { return allowed; }
  void cut_off() override { cut = true; }
  Result<std::shared_ptr<void>> hold() override {
    ++held;
    return std::shared_ptr<void>(&held, [](void* held) { --*static_cast<int*>(held); });
  }
  Result<void> stop() override {
    has_stopped = true;
    return works;
  }

  Offset has_applied = 0;
  Millis is_behind{0};
  Result<void> works;
  std::optional<Allowance> allowed;
  std::optional<Offset> wish;
  bool cut = false, has_stopped = false;
  int held = 0;

 private:
  Kind kind_;
};

}  // namespace hk::log::testing
