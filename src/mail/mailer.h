#pragma once
// Takes mails and brings them to the mail server, in a thread of its own.

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "mail/message.h"

namespace hk::mail {

/// Mails that may wait. They wait in memory: what was not sent when the program ends is lost, and its sender asks
/// again.
inline constexpr std::size_t kMailQueue = 256;
/// A mail that the server cannot take now is tried again after these times, then given up.
inline constexpr std::array<std::chrono::seconds, 4> kMailRetries{
    {std::chrono::seconds{10}, std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{15}}};

/// Thread-safe. The destructor ends a delivery that is under way and says how many mails were not sent.
class Mailer {
 public:
  /// Code::unavailable: another try may succeed (net::send_mail).
  using Deliver = std::function<Result<void>(std::string_view to, std::string_view message, const std::stop_token&)>;

  Mailer(Sender from, Deliver deliver, metrics::Registry& metrics, const Clock& clock,
         std::span<const std::chrono::seconds> retries = kMailRetries);
  ~Mailer();
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;

  /// Sends a mail now, once, on the calling thread, which may take minutes: to see whether it works.
  Result<void> send_now(const Mail& mail, const std::stop_token& stop);

  /// False when the queue is full. Quick: for every thread.
  [[nodiscard]] bool submit(Mail mail);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    Mail mail;
    Time due;
    std::size_t tries = 0;
  };
  void run(const std::stop_token& stop);
  Result<void> attempt(const Mail& mail, const std::stop_token& stop);
  void deliver(Waiting waiting, const std::stop_token& stop);

  const Sender from_;
  const Deliver deliver_;
  const Clock& clock_;
  const std::span<const std::chrono::seconds> retries_;
  metrics::Counter& sent_;
  metrics::Counter& failed_;
  metrics::Counter& retried_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Waiting> queue_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace hk::mail
