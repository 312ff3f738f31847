#include "app/duties.h"

#include <gmock/gmock.h>

#include "log/testing/said_follower.h"

namespace hk::app {
namespace {

using testing::HasSubstr;

class SaidLog final : public log::Log {
 public:
  void append(const log::Record&, log::Done) override {}
  log::Offset durable_end() const override { return 100; }
  log::Offset begin() const override { return 0; }
  Uuid timeline() const override { return {}; }
  Result<void> fits(const log::Marked&) const override { return {}; }
  Result<std::unique_ptr<log::Reader>> read(log::Offset) override { return fail(Code::not_found, "none"); }
  Result<std::unique_ptr<log::Reader>> read_as_guest(log::Offset from) override { return read(from); }
  void release(log::Offset offset) override { released = offset; }
  void keep_behind(log::Offset offset) override { kept_behind = offset; }
  bool accepting() const override { return accepts; }
  bool failed() const override { return has_failed; }
  std::uint64_t disk_bytes() const override { return 0; }
  void close() override {}

  bool accepts = true, has_failed = false;
  log::Offset released = 0, kept_behind = 0;
};

class Machine final : public TimeSource {
 public:
  TimeMs wall() const override { return time; }
  Millis steady() const override { return Millis{0}; }

  TimeMs time = TrustedClock::kEarliest + std::chrono::days(9'000);
};

class Duties : public testing::Test {
 protected:
  std::string trouble(bool draining = false) {
    const auto ready = readiness(draining, TrustedClock(machine_), log_, {&control_, &lane_});
    return ready ? "" : ready.error().message;
  }

  Machine machine_;
  SaidLog log_;
  log::testing::SaidFollower control_{log::Follower::Kind::control}, lane_{log::Follower::Kind::lane};
};

TEST_F(Duties, ReadyMeansAcceptedAppliedAndStored) {
  EXPECT_EQ(trouble(), "");
  log_.accepts = false;
  EXPECT_THAT(trouble(), HasSubstr("disk full"));
  log_.has_failed = true;
  EXPECT_THAT(trouble(), HasSubstr("start HitKeep anew"));
  log_ = {};
  lane_.works = fail(Code::unavailable, "no applier");
  EXPECT_THAT(trouble(), HasSubstr("no applier"));
  lane_.works = {};
  lane_.is_behind = kMaxLag;
  EXPECT_EQ(trouble(), "");
  lane_.is_behind = kMaxLag + Millis{1};
  EXPECT_THAT(trouble(), HasSubstr("behind"));
  lane_.is_behind = {};
  EXPECT_EQ(trouble(true), "stopping");
  machine_.time = from_ms(0);
  EXPECT_THAT(trouble(), HasSubstr("clock"));
}

TEST_F(Duties, TheLogKeepsWhatControlOrALaneLacks) {
  control_.has_applied = 40;
  lane_.has_applied = 60;
  lane_.wish = 20;
  release(log_, {&control_, &lane_});
  EXPECT_EQ(log_.released, 40u);
  EXPECT_EQ(log_.kept_behind, 20u);
  control_.has_applied = 100;
  release(log_, {&control_, &lane_});
  EXPECT_EQ(log_.released, 60u);
  EXPECT_DEATH(release(log_, {&lane_}), "control data have a say");
}

TEST_F(Duties, EachKindOfRequestHasTheRateThatItsSettingSays) {
  const http::Rates rates =
      rates_of({.ingest_rate = 1, .ingest_burst = 2, .api_rate = 3, .api_burst = 4, .auth_rate = 5, .auth_burst = 6});
  EXPECT_EQ(rates.ingest.per_second, 1);
  EXPECT_EQ(rates.ingest.burst, 2);
  EXPECT_EQ(rates.api.per_second, 3);
  EXPECT_EQ(rates.api.burst, 4);
  EXPECT_EQ(rates.auth.per_second, 5);
  EXPECT_EQ(rates.auth.burst, 6);
  EXPECT_EQ(rates.metrics.per_second, 3);
  EXPECT_EQ(rates.metrics.burst, 4);
}

TEST_F(Duties, MailGoesTheWayThatItsSettingsSay) {
  Config config{.public_host = "stats.example.com", .mail_host = "mail.example.com", .mail_port = 2525};
  config.mail_username = "ada";
  config.mail_password = Secret<std::string>("secret");
  using enum net::SmtpEncryption;
  for (const auto& [said, meant] : {std::pair{"tls", starttls}, {"ssl", implicit}, {"none", none}}) {
    config.mail_encryption = said;
    EXPECT_EQ(mail_server_of(config).encryption, meant) << said;
  }
  const auto server = mail_server_of(config);
  EXPECT_EQ(server.host, "mail.example.com");
  EXPECT_EQ(server.port, 2525);
  EXPECT_EQ(server.username, "ada");
  EXPECT_EQ(server.password.reveal(), "secret");
  EXPECT_TRUE(server.check_certificate);
  EXPECT_EQ(server.hello, "stats.example.com");
  config.mail_skip_verify = true;
  config.mail_helo = "mx.example.com";
  EXPECT_FALSE(mail_server_of(config).check_certificate);
  EXPECT_EQ(mail_server_of(config).hello, "mx.example.com");
}

TEST_F(Duties, WhoIsStartedAgain) {
  EXPECT_TRUE(is_supervised(1, nullptr));
  EXPECT_TRUE(is_supervised(42, "42"));
  EXPECT_FALSE(is_supervised(42, nullptr));
  EXPECT_FALSE(is_supervised(42, "41")) << "a shell below a service";
}

}  // namespace
}  // namespace hk::app
