#pragma once
// What lies encrypted in the database, and can only be read with a key that is not in it.

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/hash.h"

namespace hk::crypto {

/// One purpose's key, made of the instance's: what one purpose encrypts, no other one reads. Thread-safe.
class Cipher {
 public:
  Cipher(const Secret<std::string>& key, std::string_view purpose);

  /// AES-256-GCM under a random nonce, as base64url. `about` is no part of it, but has to be known to read it: who
  /// copies a row to somebody else gets nothing.
  std::string encrypt(const Secret<std::string>& plain, std::string_view about) const;
  /// nullopt unless it was encrypted with this key, for this purpose, about the same.
  std::optional<Secret<std::string>> decrypt(std::string_view text, std::string_view about) const;

  /// A hash under the key, hex: what the database keeps of what is too short for a hash without one.
  std::string digest(std::string_view text, std::string_view about) const;

 private:
  Secret<std::string> encrypts_;
  Secret<std::string> hashes_;
};

}  // namespace hk::crypto
