#include "mail/mailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <memory>
#include <stdexcept>

namespace hk::mail {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A mail server that answers what the test wants, mail by mail.
class MailerTest : public ::testing::Test {
 protected:
  Result<void> take(std::string_view to, std::string_view message) {
    const std::lock_guard lock(mutex_);
    taken_.emplace_back(to);
    last_ = message;
    came_.notify_all();
    if (answers_.empty()) return {};
    auto answer = answers_.front();
    answers_.pop_front();
    return answer;
  }
  std::vector<std::string> wait_for(std::size_t mails) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, seconds(30), [&] { return taken_.size() >= mails; });
    return taken_;
  }
  double count(const std::string& result) {
    const std::string text = metrics_.render(), name = "hitkeep_mails_total{result=\"" + result + "\"} ";
    const auto at = text.find(name);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
  }
  /// Until a result was counted that often: a delivery is counted after it has ended.
  bool wait_for_count(const std::string& result, double times) {
    const auto end = std::chrono::steady_clock::now() + seconds(30);
    while (count(result) != times && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return count(result) == times;
  }
  std::unique_ptr<Mailer> mailer(std::span<const seconds> retries) {
    return std::make_unique<Mailer>(
        Sender{.address = "stats@example.com", .name = "Stats"},
        [this](std::string_view to, std::string_view message, const std::stop_token&) { return take(to, message); },
        metrics_, clock_, retries);
  }
  static Mail mail(std::string to) {
    return {.name = "test", .to = std::move(to), .subject = "s", .text = "t", .html = "h"};
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Result<void>> answers_;
  std::vector<std::string> taken_;
  std::string last_;
  metrics::Registry metrics_;
  SystemClock clock_;
};

constexpr std::array kAtOnce{seconds{0}, seconds{0}};
constexpr std::array kNever{seconds{3600}};

TEST_F(MailerTest, SendsInTurn) {
  auto mailer = this->mailer(kAtOnce);
  ASSERT_TRUE(mailer->submit(mail("a@example.com")));
  ASSERT_TRUE(mailer->submit(mail("b@example.com")));
  EXPECT_THAT(wait_for(2), ElementsAre("a@example.com", "b@example.com"));
  mailer.reset();
  EXPECT_THAT(last_, HasSubstr("To: <b@example.com>"));
  EXPECT_EQ(count("sent"), 2);
}

TEST_F(MailerTest, TriesAgainWhatTheServerCannotTakeYet) {
  answers_ = {fail(Code::unavailable, "450"), fail(Code::unavailable, "450")};
  auto mailer = this->mailer(kAtOnce);
  ASSERT_TRUE(mailer->submit(mail("a@example.com")));
  EXPECT_EQ(wait_for(3).size(), 3u);
  mailer.reset();
  EXPECT_EQ(count("sent"), 1);
  EXPECT_EQ(count("retried"), 2);
  EXPECT_EQ(count("failed"), 0);
}

TEST_F(MailerTest, GivesUpWhatIsRefusedAndWhatWasTriedOftenEnough) {
  answers_ = {fail(Code::invalid, "550"), fail(Code::unavailable, "450"), fail(Code::unavailable, "450"),
              fail(Code::unavailable, "450")};
  auto mailer = this->mailer(kAtOnce);
  ASSERT_TRUE(mailer->submit(mail("a@example.com")));
  ASSERT_EQ(wait_for(1).size(), 1u);
  ASSERT_TRUE(mailer->submit(mail("b@example.com")));
  EXPECT_TRUE(wait_for_count("failed", 2));
  EXPECT_EQ(count("sent"), 0);
  EXPECT_EQ(count("retried"), 2);
}

TEST_F(MailerTest, AnExceptionIsAFailureOfOneTry) {
  std::atomic<int> tries = 0;
  std::promise<void> delivered;
  Mailer mailer(
      {.address = "stats@example.com", .name = ""},
      [&](std::string_view, std::string_view, const std::stop_token&) -> Result<void> {
        if (tries++ == 0) throw std::runtime_error("too many open files");
        delivered.set_value();
        return {};
      },
      metrics_, clock_, kAtOnce);
  ASSERT_TRUE(mailer.submit(mail("a@example.com")));
  EXPECT_EQ(delivered.get_future().wait_for(seconds(30)), std::future_status::ready);
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(count("retried"), 1);
}

TEST_F(MailerTest, AMailThatWaitsHoldsUpNoOther) {
  answers_ = {fail(Code::unavailable, "450")};
  auto mailer = this->mailer(kNever);
  ASSERT_TRUE(mailer->submit(mail("a@example.com")));
  ASSERT_EQ(wait_for(1).size(), 1u);
  ASSERT_TRUE(mailer->submit(mail("b@example.com")));
  EXPECT_THAT(wait_for(2), ElementsAre("a@example.com", "b@example.com"));
}

TEST_F(MailerTest, TheQueueIsBoundedAndAStopEndsADelivery) {
  std::promise<void> began;
  Mailer mailer(
      {.address = "stats@example.com", .name = ""},
      [&](std::string_view, std::string_view, const std::stop_token& stop) -> Result<void> {
        began.set_value();
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait(lock, stop, [] { return false; });
        return fail(Code::unavailable, "stopping");
      },
      metrics_, clock_, kNever);
  ASSERT_TRUE(mailer.submit(mail("first@example.com")));
  began.get_future().wait();
  for (std::size_t i = 0; i < kMailQueue; ++i) ASSERT_TRUE(mailer.submit(mail("a@example.com")));
  EXPECT_FALSE(mailer.submit(mail("a@example.com")));
}

}  // namespace
}  // namespace hk::mail
