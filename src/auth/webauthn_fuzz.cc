#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/webauthn.h"
#include "crypto/cbor.h"
#include "crypto/cose.h"
#include "crypto/encoding.h"

namespace {

using namespace hk;

std::string coded(std::string_view bytes) {
  return crypto::base64url(crypto::bytes_of(bytes));
}

/// Whatever is read is a part of the text, and never more than may be.
void read_cbor(std::string_view bytes) {
  crypto::CborReader reader(bytes);
  std::size_t taken = 0;
  while (const auto item = reader.item()) taken += item->size();
  if (taken + reader.rest().size() > bytes.size()) std::abort();
  if (const auto key = crypto::CoseKey::read(bytes); key && key->verify("data", "signature")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auth::RelyingParty party{.id = "stats.example.com", .origin = "https://stats.example.com"};
  // Ed25519 (RFC 8032, 7.1, the second key), whose private half a fuzzer does not know.
  static const std::string key = "pAEBAycgBiFYID1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM";
  static const std::string challenge(43, 'A');
  static const std::string made =
      R"({"type":"webauthn.create","challenge":")" + challenge + R"(","origin":"https://stats.example.com"})";
  static const std::string used =
      R"({"type":"webauthn.get","challenge":")" + challenge + R"(","origin":"https://stats.example.com"})";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_cbor(text);

  const auto known = auth::KnownCredential{.public_key = key, .sign_count = 1, .backup_eligible = false};
  const auto attested = [&](std::string_view client, std::string_view attestation) {
    return auth::check_attested(
        party, challenge,
        {.id = "aWQ",
         .type = "public-key",
         .response = {.client_data = coded(client), .attestation = coded(attestation), .transports = {}}});
  };
  const auto asserted = [&](std::string_view client, std::string_view bytes) {
    return auth::check_asserted(party, challenge, known,
                                {.id = "aWQ",
                                 .type = "public-key",
                                 .response = {.client_data = coded(client),
                                              .authenticator_data = coded(bytes),
                                              .signature = coded(std::string(64, 's')),
                                              .user_handle = {}}},
                                auth::Verification::required);
  };
  if (asserted(text, text) || asserted(used, text)) std::abort();
  static_cast<void>(attested(text, text));
  if (const auto fresh = attested(made, text)) {
    const auto bytes = crypto::base64url_decode(fresh->public_key);
    if (!bytes || !crypto::CoseKey::read(*bytes)) std::abort();
    if (fresh->state.backed_up && !fresh->state.backup_eligible) std::abort();
    if (!fresh->state.user_verified) std::abort();
  }
  return 0;
}
