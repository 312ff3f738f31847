#include "acme/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "acme/advice.h"
#include "acme/testing/authority.h"
#include "base/testing/result.h"
#include "base/testing/temp_dir.h"

namespace hk::acme {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class KeeperTest : public ::testing::Test {
 protected:
  std::unique_ptr<Keeper> keeper(std::vector<std::string> names = {"stats.example.org"}) {
    auto out = std::make_unique<Keeper>(
        KeeperOptions{.folder = directory_ / "acme",
                      .names = std::move(names),
                      .client = {.directory = testing::kDirectory, .email = "", .between_looks = 1ms}},
        [this](const net::HttpsRequest& request, const std::stop_token&) { return authority_.ask(request); },
        Doors{
            .offer_token = [this](const auto& token, const auto& answer) { offered_.push_back(token + " " + answer); },
            .offer_name =
                [this](const auto& name, const auto&, const auto&) {
                  offered_.push_back(name);
                  return Result<void>{};
                },
            .take_back = [this] { ++taken_back_; }},
        [this](const std::string& chain, const Secret<std::string>&) -> Result<void> {
          shown_.push_back(chain);
          return {};
        },
        clock_);
    if (const auto opened = out->open(); !opened) throw std::runtime_error(opened.error().message);
    return out;
  }

  hk::testing::TempDir directory_;
  ManualClock clock_{SystemClock().now()};
  testing::Authority authority_;
  std::vector<std::string> shown_, offered_;
  int taken_back_ = 0;
};

TEST_F(KeeperTest, GetsACertificateAndRenewsItInTime) {
  auto k = keeper();
  k->look({});
  ASSERT_EQ(shown_.size(), 1u);
  EXPECT_THAT(offered_.front(), StartsWith("a-token-of-enough-length a-token-of-enough-length."));
  EXPECT_EQ(taken_back_, 1);
  for (const auto& file : std::filesystem::directory_iterator(directory_ / "acme"))
    EXPECT_EQ(file.status().permissions(), std::filesystem::perms(0600)) << file.path();

  for (int day = 0; day < 56; ++day) {
    clock_.advance(24h);
    k->look({});
  }
  EXPECT_EQ(authority_.certificates, 1) << "a third of 90 days is left on day 60";
  k = keeper();  // a start shows what is there
  EXPECT_EQ(shown_.size(), 2u);
  k->look({});
  EXPECT_EQ(authority_.certificates, 1);
  clock_.advance(4 * 24h);
  authority_.passed = 60 * 24h;
  k->look({});
  EXPECT_EQ(authority_.certificates, 2);
  k->look({});
  EXPECT_EQ(authority_.certificates, 2);
}

TEST_F(KeeperTest, TriesTheOtherWay) {
  authority_.looks = [](std::string_view kind) { return kind == kHttp01 ? "connection" : ""; };
  keeper()->look({});
  EXPECT_EQ(shown_.size(), 1u);
  EXPECT_EQ(authority_.orders, 2);
  EXPECT_THAT(offered_, Contains("stats.example.org"));
}

TEST_F(KeeperTest, PausesBehindAFailure) {
  authority_.looks = [](std::string_view) { return "dns"; };
  auto k = keeper();
  k->look({});
  EXPECT_EQ(authority_.orders, 2);
  clock_.advance(29min);
  k->look({});
  EXPECT_EQ(authority_.orders, 2);
  clock_.advance(1min);
  k->look({});
  EXPECT_EQ(authority_.orders, 4);
  clock_.advance(31min);
  k->look({});
  EXPECT_EQ(authority_.orders, 4) << "twice as long";
  authority_.looks = [](std::string_view) { return ""; };
  clock_.advance(30min);
  k->look({});
  EXPECT_EQ(shown_.size(), 1u);
}

TEST(Pauses, DoubleUpToADay) {
  EXPECT_EQ(pause_behind(1, Code::invalid), 30min);
  EXPECT_EQ(pause_behind(2, Code::invalid), 60min);
  EXPECT_EQ(pause_behind(1, Code::unavailable), 1min);
  EXPECT_EQ(pause_behind(100, Code::unavailable), 24h);
  EXPECT_EQ(pause_behind(1'000'000, Code::invalid), 24h);
}

TEST_F(KeeperTest, NobodyMakesItAskTooOften) {
  authority_.looks = [](std::string_view) { return "unauthorized"; };
  for (int minute = 0; minute < 180; ++minute) {
    auto k = keeper();  // somebody starts it anew each minute, and asks for more
    k->nudge();
    k->look({});
    clock_.advance(1min);
  }
  EXPECT_LE(authority_.orders, 3 * 2 * static_cast<int>(kTriesAnHour));
  EXPECT_GE(authority_.orders, 4);
}

TEST_F(KeeperTest, WhoIsKilledInTheMiddleOfEachTryAsksNoMoreOften) {
  authority_.interferes = [](const net::HttpsRequest& request) -> std::optional<net::HttpsResponse> {
    if (request.url.ends_with("/authz")) throw std::runtime_error("killed");
    return std::nullopt;
  };
  for (int minute = 0; minute < 60; ++minute) {
    auto k = keeper();
    try {
      k->look({});
    } catch (const std::runtime_error& killed) {
      EXPECT_STREQ(killed.what(), "killed");
    }
    clock_.advance(1min);
  }
  EXPECT_LE(authority_.orders, static_cast<int>(kTriesAnHour));
}

TEST_F(KeeperTest, AStartGoesOnWithTheOrderThatWasBegun) {
  authority_.interferes = [](const net::HttpsRequest& request) -> std::optional<net::HttpsResponse> {
    if (request.url.ends_with("/finalize")) throw std::runtime_error("killed");
    return std::nullopt;
  };
  EXPECT_THROW(keeper()->look({}), std::runtime_error);
  authority_.interferes = [](const net::HttpsRequest&) { return std::nullopt; };
  keeper()->look({});
  EXPECT_EQ(shown_.size(), 1u);
  EXPECT_EQ(authority_.orders, 1);
}

TEST_F(KeeperTest, AStopIsNoFailure) {
  std::stop_source stop;
  authority_.interferes = [&stop](const net::HttpsRequest& request) -> std::optional<net::HttpsResponse> {
    if (request.url.ends_with("/order")) stop.request_stop();
    return std::nullopt;
  };
  keeper()->look(stop.get_token());
  EXPECT_EQ(shown_.size(), 0u);
  keeper()->look({});
  EXPECT_EQ(shown_.size(), 1u);
}

TEST_F(KeeperTest, WaitsAsLongAsTheAuthoritySays) {
  bool limited = true;
  authority_.interferes = [&](const net::HttpsRequest& request) -> std::optional<net::HttpsResponse> {
    if (!limited || !request.url.ends_with("/order")) return std::nullopt;
    return net::HttpsResponse{.status = 429,
                              .headers = {{"retry-after", "36000"}},
                              .body = R"({"type":"urn:ietf:params:acme:error:rateLimited"})"};
  };
  auto k = keeper();
  k->look({});
  limited = false;
  clock_.advance(9h);
  k->nudge();
  k->look({});
  EXPECT_EQ(shown_.size(), 0u);
  clock_.advance(1h);
  k->look({});
  EXPECT_EQ(shown_.size(), 1u);
}

TEST_F(KeeperTest, AnAuthorityThatIsAwayIsAskedAgainSoon) {
  bool away = true;
  authority_.interferes = [&](const net::HttpsRequest&) {
    return away ? std::optional(net::HttpsResponse{.status = 503, .headers = {}, .body = ""}) : std::nullopt;
  };
  auto k = keeper();
  for (const auto pause : {1min, 2min, 4min}) {
    k->look({});
    clock_.advance(pause);
  }
  away = false;
  k->look({});
  EXPECT_EQ(shown_.size(), 1u);
}

TEST_F(KeeperTest, NoncesMayBeRefused) {
  authority_.nonces_refused = kNonceTries - 1;
  keeper()->look({});
  EXPECT_EQ(shown_.size(), 1u);
}

TEST_F(KeeperTest, OtherNamesNeedAnotherCertificate) {
  keeper()->look({});
  auto other = keeper({"other.example.org"});
  EXPECT_EQ(shown_.size(), 2u) << "better than none";
  other->look({});
  EXPECT_EQ(authority_.certificates, 2);
  EXPECT_EQ(crypto::read_certificate(shown_.back())->names, std::vector<std::string>{"other.example.org"});
}

TEST_F(KeeperTest, ACertificateForSomethingElseIsNotShown) {
  authority_.interferes = [](const net::HttpsRequest& request) -> std::optional<net::HttpsResponse> {
    if (!request.url.ends_with("/cert")) return std::nullopt;
    return net::HttpsResponse{.status = 200,
                              .headers = {{"replay-nonce", "x"}},
                              .body = crypto::testing::Authority().issue({.names = "DNS:evil.example"}).certificate};
  };
  keeper()->look({});
  EXPECT_EQ(shown_.size(), 0u);
}

TEST_F(KeeperTest, WithoutAPlaceToKeepItNothingIsAsked) {
  auto k = keeper();
  std::filesystem::remove_all(directory_ / "acme");
  k->look({});
  EXPECT_EQ(authority_.asked.size(), 0u);
}

TEST_F(KeeperTest, AKeyThatOthersCanReadIsRefused) {
  keeper()->look({});
  std::filesystem::permissions(directory_ / "acme" / "certificate.pem", std::filesystem::perms(0644));
  try {
    keeper();
    FAIL();
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("chmod 600"));
  }
}

TEST_F(KeeperTest, TheThreadStartsAndStops) {
  auto k = keeper();
  k->start();
  while (true) {
    if (std::filesystem::exists(directory_ / "acme" / "certificate.pem")) break;
    std::this_thread::yield();
  }
  k->stop();
  EXPECT_EQ(shown_.size(), 1u);
}

}  // namespace
}  // namespace hk::acme
