#pragma once
// Keeps a certificate: asks for it, shows it, renews it in time, and asks no more often than an authority likes.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "acme/client.h"
#include "acme/folder.h"
#include "base/clock.h"
#include "base/error.h"

namespace hk::acme {

/// Behind the first failure; twice as long behind each that follows, up to the longest.
inline constexpr std::chrono::minutes kFirstPause{30};
/// The same where the authority could not even be asked.
inline constexpr std::chrono::minutes kFirstPauseUnasked{1};
inline constexpr std::chrono::hours kLongestPause{24};
/// A try may fail for a name twice, once each way. Let's Encrypt allows five such failures of a name in an hour.
inline constexpr std::size_t kTriesAnHour = 2;

struct KeeperOptions {
  std::filesystem::path folder;
  std::vector<std::string> names;
  ClientOptions client;
};

/// When a certificate is due for renewal: a third of its life before its end, and a little earlier, so that not all of
/// the world asks at once. Always the same for the same certificate.
TimeMs renewal_of(const crypto::CertificateFacts& facts, std::string_view chain);
/// How long nobody asks behind that many failures in a row, of which the last was of this kind.
std::chrono::milliseconds pause_behind(std::int64_t failures, Code last);

/// One thread of its own; nudge() and stop() from any.
class Keeper {
 public:
  using Ask = std::function<Result<net::HttpsResponse>(const net::HttpsRequest&, const std::stop_token&)>;
  using Show = std::function<Result<void>(const std::string& chain, const Secret<std::string>& key)>;

  Keeper(KeeperOptions options, Ask ask, Doors doors, Show show, const Clock& clock);
  ~Keeper() { stop(); }

  /// Shows the certificate that is there, if there is one. A failure is a sentence about a file of the data directory.
  Result<void> open();
  void start();
  /// Ends what is under way; the next start goes on with it. Idempotent.
  void stop();
  /// The operator has changed something: tries now what would be tried later, if an authority may be asked so soon.
  void nudge();

  /// What is due at `now`, without the thread: asks, or does not. For tests.
  void look(const std::stop_token& stop);

 private:
  TimeMs due() const;
  bool may_ask(TimeMs now) const;
  void ask(const std::stop_token& stop);
  Result<void> get(const std::stop_token& stop);
  void note_failure(const Error& error, bool stopped);
  void run(const std::stop_token& stop);

  const KeeperOptions options_;
  const Ask ask_;
  const Doors doors_;
  const Show show_;
  const Clock& clock_;
  Folder folder_;
  OrderState progress_;
  TimeMs renewal_{};  // of the certificate that is shown; the beginning of time: none that fits is

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool nudged_ = false;
  std::jthread thread_;
};

}  // namespace hk::acme
