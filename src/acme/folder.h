#pragma once
// What the room keeps in the data directory: account, certificate, and how far it is. Every file has mode 0600 and is
// replaced whole.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/x509.h"

namespace hk::acme {

/// How the last tries went; outlives restarts, so that no number of them asks an authority too often.
struct OrderState {
  std::string directory;           // of whom it was asked
  std::vector<std::string> names;  // for whom
  std::string order;               // that was begun and not finished; empty: none
  bool resumed = false;            // a start has gone on with it already
  std::int64_t failures = 0;       // in a row
  TimeMs next{};                   // not before, as we see it
  TimeMs barred{};                 // not before, as the authority said
  std::vector<TimeMs> tries;  // that asked the authority to look at names, and failed or are under way; newest last
};

struct KeptPair {
  std::string chain;  // PEM
  Secret<std::string> key;
};

/// One thread.
class Folder {
 public:
  explicit Folder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes the folder.
  Result<void> open();
  Result<crypto::EcKey> account();
  /// The key that the next certificate gets; the same until forget_next_key().
  Result<crypto::EcKey> next_key();
  void forget_next_key();

  /// nullopt: there is none yet.
  Result<std::optional<KeptPair>> certificate() const;
  Result<void> keep(const std::string& chain, const crypto::EcKey& key);

  OrderState progress() const;
  Result<void> keep(const OrderState& progress);

 private:
  Result<crypto::EcKey> key_in(const std::string& name);

  const std::filesystem::path folder_;
};

}  // namespace hk::acme
