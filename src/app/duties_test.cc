#include "app/duties.h"

#include <gmock/gmock.h>

namespace hk::app {
namespace {

using testing::HasSubstr;

class SaidLog final : public log::Log {
 public:
  void append(const log::Record&, log::Done) override {}
  log::Offset durable_end() const override { return 0; }
  log::Offset begin() const override { return 0; }
  Uuid timeline() const override { return {}; }
  Result<void> fits(const log::Marked&) const override { return {}; }
  Result<std::unique_ptr<log::Reader>> read(log::Offset) override { return fail(Code::not_found, "none"); }
  void release(log::Offset) override {}
  bool accepting() const override { return accepts; }
  bool failed() const override { return has_failed; }
  std::uint64_t disk_bytes() const override { return 0; }
  void close() override {}

  bool accepts = true, has_failed = false;
};

class SaidControl final : public control::Control {
 public:
  Result<void> write(const Write&, Done) override { return {}; }
  Result<void> read(const std::function<Result<void>(db::Sqlite&)>&) override { return {}; }
  Result<std::shared_ptr<void>> hold() override { return std::shared_ptr<void>(); }
  void on_applied(Applied) override {}
  log::Offset applied() const override { return has_applied; }
  Result<void> working() const override { return works; }
  Result<void> stop() override { return {}; }

  log::Offset has_applied = 0;
  Result<void> works;
};

class SaidStore final : public store::Store {
 public:
  void start(std::function<void(const std::vector<store::Applied>&)>) override {}
  Result<void> stop() override { return {}; }
  Result<store::ReadLease> read(LaneKey) override { return fail(Code::unavailable, "nothing to read"); }
  bool behind(LaneKey) const override { return false; }
  void saw_damage(LaneKey, const Error&) override {}
  std::vector<store::LaneState> states() const override { return {}; }
  std::shared_ptr<db::DuckDatabase> icu() override { return nullptr; }
  log::Offset applied() const override { return has_applied; }
  log::Offset checkpointed() const override { return has_checkpointed; }
  std::shared_ptr<void> hold_checkpoints() override { return nullptr; }
  log::Offset applied(LaneKey) const override { return has_applied; }
  Millis lag() const override { return is_behind; }
  Result<void> working() const override { return works; }
  TimeMs newest() const override { return {}; }
  std::uint64_t hot_rows() const override { return 0; }
  std::vector<store::HotDay> hot_days() const override { return {}; }
  std::vector<store::SealedMonth> sealed_months() const override { return {}; }

  log::Offset has_applied = 0, has_checkpointed = 0;
  Millis is_behind{0};
  Result<void> works;
};

class Duties : public testing::Test {
 protected:
  std::string trouble() const {
    const auto ready = readiness(log_, control_, store_);
    return ready ? "" : ready.error().message;
  }

  SaidLog log_;
  SaidControl control_;
  SaidStore store_;
};

TEST_F(Duties, TheLogKeepsWhatTheSlowestLacks) {
  control_.has_applied = 5;
  store_.has_applied = 8;
  store_.has_checkpointed = 7;  // without its WAL, which may be lost
  EXPECT_EQ(release_floor(control_, store_), 5);
  control_.has_applied = 9;
  EXPECT_EQ(release_floor(control_, store_), 7);
}

TEST_F(Duties, ReadyMeansAcceptedAppliedAndStored) {
  EXPECT_EQ(trouble(), "");
  log_.accepts = false;
  EXPECT_THAT(trouble(), HasSubstr("disk full"));
  log_.has_failed = true;
  EXPECT_THAT(trouble(), HasSubstr("start HitKeep anew"));
  log_ = {};
  control_.works = fail(Code::unavailable, "no changes");
  EXPECT_THAT(trouble(), HasSubstr("no changes"));
  control_.works = {};
  store_.works = fail(Code::unavailable, "no applier");
  EXPECT_THAT(trouble(), HasSubstr("no applier"));
  store_.works = {};
  store_.is_behind = kMaxLag;
  EXPECT_EQ(trouble(), "");
  store_.is_behind = kMaxLag + Millis{1};
  EXPECT_THAT(trouble(), HasSubstr("behind"));
}

TEST_F(Duties, EachKindOfRequestHasTheRateThatItsSettingSays) {
  const Rates rates =
      rates_of({.ingest_rate = 1, .ingest_burst = 2, .api_rate = 3, .api_burst = 4, .auth_rate = 5, .auth_burst = 6});
  EXPECT_EQ(rates.ingest.per_second, 1);
  EXPECT_EQ(rates.ingest.burst, 2);
  EXPECT_EQ(rates.api.per_second, 3);
  EXPECT_EQ(rates.api.burst, 4);
  EXPECT_EQ(rates.auth.per_second, 5);
  EXPECT_EQ(rates.auth.burst, 6);
}

TEST_F(Duties, WhoIsStartedAgain) {
  EXPECT_TRUE(is_supervised(1, nullptr));
  EXPECT_TRUE(is_supervised(42, "42"));
  EXPECT_FALSE(is_supervised(42, nullptr));
  EXPECT_FALSE(is_supervised(42, "41")) << "a shell below a service";
}

}  // namespace
}  // namespace hk::app
