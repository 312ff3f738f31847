#include "crypto/cipher.h"

#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "crypto/encoding.h"
#include "crypto/random.h"

namespace hk::crypto {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

std::uint8_t* bytes(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

/// Fails only where OpenSSL is broken or out of memory; what is half encrypted must not be used.
void must(int done) {
  if (done != 1) std::abort();
}

Secret<std::string> derive(const Secret<std::string>& key, std::string_view purpose, std::string_view use) {
  const Digest digest = hmac_sha256(key.reveal(), concat({purpose, " ", use}));
  return Secret(std::string(digest.begin(), digest.end()));
}

}  // namespace

Cipher::Cipher(const Secret<std::string>& key, std::string_view purpose)
    : encrypts_(derive(key, purpose, "encrypt")), hashes_(derive(key, purpose, "hash")) {}

std::string Cipher::encrypt(const Secret<std::string>& plain, std::string_view about) const {
  const std::string& in = plain.reveal();
  std::string out(kNonce + in.size() + kTag, '\0');
  random_bytes({bytes(out), kNonce});
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!context) std::abort();
  int length = 0;
  must(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(encrypts_.reveal()).data(), bytes(out)));
  must(EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(about).data(), static_cast<int>(about.size())));
  must(
      EVP_EncryptUpdate(context.get(), bytes(out) + kNonce, &length, bytes_of(in).data(), static_cast<int>(in.size())));
  must(EVP_EncryptFinal_ex(context.get(), bytes(out) + kNonce + length, &length));
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, bytes(out) + kNonce + in.size()));
  return base64url(bytes_of(out));
}

std::optional<Secret<std::string>> Cipher::decrypt(std::string_view text, std::string_view about) const {
  auto in = base64url_decode(text);
  if (!in || in->size() < kNonce + kTag) return std::nullopt;
  const std::size_t size = in->size() - kNonce - kTag;
  std::string out(size, '\0');
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!context) std::abort();
  int length = 0;
  must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(encrypts_.reveal()).data(), bytes(*in)));
  must(EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(about).data(), static_cast<int>(about.size())));
  must(EVP_DecryptUpdate(context.get(), bytes(out), &length, bytes(*in) + kNonce, static_cast<int>(size)));
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, bytes(*in) + kNonce + size));
  Secret<std::string> plain(std::move(out));
  if (EVP_DecryptFinal_ex(context.get(), nullptr, &length) != 1) return std::nullopt;
  return plain;
}

std::string Cipher::digest(std::string_view text, std::string_view about) const {
  return hex(hmac_sha256(hashes_.reveal(), concat({about, " ", text})));
}

}  // namespace hk::crypto
