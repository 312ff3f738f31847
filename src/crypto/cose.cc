#include "crypto/cose.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "crypto/cbor.h"
#include "crypto/encoding.h"
#include "crypto/owned.h"

namespace hk::crypto {
namespace {

constexpr std::size_t kCoordinate = 32;
constexpr std::size_t kMaxExponent = 4;  // bytes

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using Number = Owned<BIGNUM, BN_free>;

/// The members of a key by their labels (RFC 9053, 7): numbers and byte strings.
struct Members {
  std::map<std::int64_t, std::int64_t> numbers;
  std::map<std::int64_t, std::string_view> bytes;

  bool is(std::int64_t label, std::int64_t value) const {
    const auto at = numbers.find(label);
    return at != numbers.end() && at->second == value;
  }
  std::string_view text(std::int64_t label) const {
    const auto at = bytes.find(label);
    return at == bytes.end() ? std::string_view() : at->second;
  }
};
constexpr std::int64_t kType = 1, kAlgorithm = 3, kCurve = -1, kX = -2, kY = -3, kModulus = -1, kExponent = -2;
constexpr std::int64_t kOkp = 1, kEc2 = 2, kRsa = 3, kP256 = 1, kEd25519 = 6;

std::optional<Members> members_of(std::string_view bytes) {
  constexpr unsigned kMajorOfBytes = 2;
  CborReader reader(bytes);
  Members members;
  const auto count = reader.map();
  if (!count) return std::nullopt;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto label = reader.integer();
    if (!label || reader.rest().empty()) return std::nullopt;
    bool fresh = false;
    if (static_cast<std::uint8_t>(reader.rest().front()) >> 5 == kMajorOfBytes) {
      const auto value = reader.bytes();
      fresh = value && members.bytes.emplace(*label, *value).second && !members.numbers.contains(*label);
    } else {
      const auto value = reader.integer();
      fresh = value && members.numbers.emplace(*label, *value).second && !members.bytes.contains(*label);
    }
    if (!fresh) return std::nullopt;
  }
  if (!reader.rest().empty()) return std::nullopt;
  return members;
}

Key key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return Key(made);
}

/// Of P-256. A point that is not on the curve makes none.
Key ec_key(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinate || y.size() != kCoordinate) return nullptr;
  std::string point(1, '\4');  // both coordinates follow
  point.append(x).append(y);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  Key key = key_from("EC", builder.get());
  if (!key) return nullptr;
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? std::move(key) : nullptr;
}

Key ed25519_key(std::string_view x) {
  if (x.size() != kCoordinate) return nullptr;
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x).data(), x.size()));
}

Key rsa_key(std::string_view n, std::string_view e) {
  if (n.size() < kMinRsaBytes || n.size() > kMaxRsaBytes || n.front() == '\0') return nullptr;
  if (e.empty() || e.size() > kMaxExponent || e.front() == '\0' || (e.back() & 1) == 0 || e == "\1") return nullptr;
  const Number modulus(BN_bin2bn(bytes_of(n).data(), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(bytes_of(e).data(), static_cast<int>(e.size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  return key_from("RSA", builder.get());
}

}  // namespace

Result<CoseKey> CoseKey::read(std::string_view bytes) {
  const auto members = members_of(bytes);
  if (!members) return fail(Code::invalid, "The public key is not written as COSE keys are");
  const auto made = [](CoseAlgorithm algorithm, Key key) -> Result<CoseKey> {
    if (!key) return fail(Code::invalid, "The public key is none of its kind");
    return CoseKey(algorithm,
                   std::shared_ptr<void>(key.release(), [](void* one) { EVP_PKEY_free(static_cast<EVP_PKEY*>(one)); }));
  };
  const auto algorithm = [&](CoseAlgorithm one) { return members->is(kAlgorithm, static_cast<std::int64_t>(one)); };
  if (members->is(kType, kEc2) && algorithm(CoseAlgorithm::es256) && members->is(kCurve, kP256))
    return made(CoseAlgorithm::es256, ec_key(members->text(kX), members->text(kY)));
  if (members->is(kType, kOkp) && algorithm(CoseAlgorithm::eddsa) && members->is(kCurve, kEd25519))
    return made(CoseAlgorithm::eddsa, ed25519_key(members->text(kX)));
  if (members->is(kType, kRsa) && algorithm(CoseAlgorithm::rs256))
    return made(CoseAlgorithm::rs256, rsa_key(members->text(kModulus), members->text(kExponent)));
  return fail(Code::invalid, "The public key is of none of the kinds ES256, EdDSA and RS256");
}

bool CoseKey::verify(std::string_view data, std::string_view signature) const {
  const DigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm_ == CoseAlgorithm::eddsa ? nullptr : EVP_sha256();
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, static_cast<EVP_PKEY*>(key_.get())) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature).data(), signature.size(), bytes_of(data).data(),
                          data.size()) == 1;
}

}  // namespace hk::crypto
