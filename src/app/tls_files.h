#pragma once
// The certificate and the key that an operator keeps in files of his own.

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "http/certificates.h"

namespace hk::app {

/// How often the files are looked at.
inline constexpr std::chrono::seconds kLookAtTlsFiles{5};
/// What ends sooner than this is worth a line of the log.
inline constexpr std::chrono::days kEndsSoon{14};
/// Of one of the files, bytes.
inline constexpr std::size_t kMaxTlsFileBytes = std::size_t{256} * 1024;

/// Keeps what TLS connections show in step with the files. Thread-safe.
class TlsFiles {
 public:
  TlsFiles(std::filesystem::path certificate, std::filesystem::path key, std::shared_ptr<http::Certificates> shown,
           const Clock& clock)
      : certificate_(std::move(certificate)), key_(std::move(key)), shown_(std::move(shown)), clock_(clock) {}

  /// At the start. A failure is a sentence that names the file and its setting.
  Result<void> load();
  /// Reads the files again where they have changed, or in any case. What cannot be used is a line of the log, and what
  /// was shown goes on being shown.
  void look(bool in_any_case);

 private:
  /// When the certificate ends that is shown from now on.
  Result<TimeMs> read();

  const std::filesystem::path certificate_, key_;
  const std::shared_ptr<http::Certificates> shown_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string seen_;  // what the files looked like from outside
};

}  // namespace hk::app
