#pragma once
// Public keys of passkeys, as COSE writes them (RFC 9053).

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"

namespace hk::crypto {

/// By their numbers in the registry of COSE algorithms.
enum class CoseAlgorithm : std::int32_t { es256 = -7, eddsa = -8, rs256 = -257 };
/// The ones that are taken, the best first: it is the order in which authenticators are asked for them.
inline constexpr std::array kCoseAlgorithms{CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::rs256};
/// Of a modulus: 2,048 to 4,096 bits.
inline constexpr std::size_t kMinRsaBytes = 256;
inline constexpr std::size_t kMaxRsaBytes = 512;

/// A public key of P-256, Ed25519 or RSA. Cheap to copy; thread-safe.
class CoseKey {
 public:
  /// Code::invalid for anything else, for points that are on no curve, and for what stands behind the key.
  static Result<CoseKey> read(std::string_view bytes);

  CoseAlgorithm algorithm() const { return algorithm_; }
  bool verify(std::string_view data, std::string_view signature) const;

 private:
  CoseKey(CoseAlgorithm algorithm, std::shared_ptr<void> key) : algorithm_(algorithm), key_(std::move(key)) {}
  CoseAlgorithm algorithm_;
  std::shared_ptr<void> key_;  // EVP_PKEY
};

}  // namespace hk::crypto
