#include "auth/webauthn.h"

#include <optional>
#include <utility>

#include "auth/origin.h"
#include "base/text.h"
#include "crypto/cbor.h"
#include "crypto/cose.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "json/reader.h"
#include "net/ip.h"

namespace hk::auth {
namespace {

using crypto::CborReader;

constexpr std::string_view kType = "public-key";

/// Flags of authenticator data (6.1).
constexpr std::uint8_t kPresent = 0x01, kVerified = 0x04, kEligible = 0x08, kBackedUp = 0x10, kAttested = 0x40,
                       kExtended = 0x80;
constexpr std::size_t kHashBytes = 32, kCountBytes = 4, kModelBytes = 16, kLengthBytes = 2;

std::unexpected<Error> unreadable(std::string_view what) {
  return fail(Code::invalid, concat({"This is no passkey's answer: ", what}), "credential");
}
std::unexpected<Error> refused(std::string_view why) {
  return fail(Code::unauthenticated, concat({"The passkey was not accepted: ", why}), "credential");
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

/// Takes so many bytes off the front.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (size > rest.size()) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

struct AuthenticatorData {
  std::string_view party;  // SHA-256 of its id
  std::uint8_t flags = 0;
  std::int64_t count = 0;
  std::string_view credential;  // its id and key: of a registration alone
  std::string_view key;

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  CredentialState state() const {
    return {.sign_count = count,
            .user_verified = has(kVerified),
            .backup_eligible = has(kEligible),
            .backed_up = has(kBackedUp)};
  }
};

std::optional<AuthenticatorData> read_data(std::string_view bytes) {
  AuthenticatorData data;
  const auto party = take(bytes, kHashBytes);
  const auto flags = take(bytes, 1);
  const auto count = take(bytes, kCountBytes);
  if (!party || !flags || !count) return std::nullopt;
  data.party = *party;
  data.flags = static_cast<std::uint8_t>(flags->front());
  data.count = static_cast<std::int64_t>(big_endian(*count));
  if (data.has(kAttested)) {
    if (!take(bytes, kModelBytes)) return std::nullopt;
    const auto length = take(bytes, kLengthBytes);
    const auto id = length ? take(bytes, big_endian(*length)) : std::nullopt;
    if (!id) return std::nullopt;
    CborReader reader(bytes);
    const auto key = reader.item();
    if (!key) return std::nullopt;
    data.credential = *id;
    data.key = *key;
    bytes = reader.rest();
  }
  if (data.has(kExtended)) {
    CborReader reader(bytes);
    if (!reader.item()) return std::nullopt;
    bytes = reader.rest();
  }
  if (!bytes.empty()) return std::nullopt;
  return data;
}

/// "authData" of what a new passkey comes in.
std::optional<std::string_view> data_of(std::string_view attestation) {
  CborReader reader(attestation);
  const auto members = reader.map();
  if (!members) return std::nullopt;
  std::optional<std::string_view> data;
  for (std::size_t i = 0; i < *members; ++i) {
    const auto name = reader.text();
    if (!name) return std::nullopt;
    if (*name != "authData") {
      if (!reader.item()) return std::nullopt;
      continue;
    }
    if (data) return std::nullopt;
    data = reader.bytes();
    if (!data) return std::nullopt;
  }
  return reader.rest().empty() ? data : std::nullopt;
}

/// Whether the browser did what it was asked for, on a page of ours (5.8.1).
Result<void> check_client_data(const RelyingParty& party, std::string_view type, std::string_view challenge,
                               std::string_view text) {
  const auto document = json::parse(text);
  if (!document || document->kind() != json::Value::Kind::object) return unreadable("clientDataJSON is no JSON object");
  json::Object data(*document);
  const std::string done = data.str("type");
  const std::string signed_challenge = data.str("challenge");
  const std::string origin = data.str("origin");
  const bool framed = data.boolean("crossOrigin");
  if (!data.errors().empty()) return unreadable("clientDataJSON has other fields than it should");
  if (done != type) return refused("it was made for something else");
  if (!crypto::equal_in_constant_time(signed_challenge, challenge)) return refused("it answers another challenge");
  if (origin != party.origin || framed)
    return refused(concat({"passkeys are used on pages of ", party.origin, " (HITKEEP_PUBLIC_URL) alone"}));
  return {};
}

/// What is the same whether a passkey is made or used.
Result<void> check_data(const RelyingParty& party, const AuthenticatorData& data, bool verify) {
  const crypto::Digest hash = crypto::sha256(party.id);
  if (!crypto::equal_in_constant_time(data.party, {reinterpret_cast<const char*>(hash.data()), hash.size()}))
    return refused(concat({"it is for another host than ", party.id, " (HITKEEP_PUBLIC_URL)"}));
  if (!data.has(kPresent)) return refused("nobody was at the device");
  if (verify && !data.has(kVerified)) return refused("the device did not ask for a finger, a face or a PIN");
  if (data.has(kBackedUp) && !data.has(kEligible)) return refused("it says that it is copied, and cannot be");
  return {};
}

}  // namespace

Result<RelyingParty> relying_party(const Settings& settings) {
  const auto refuse = [](std::string_view why) {
    return fail(Code::unavailable, concat({"Passkeys cannot be used here: ", why,
                                           "; set HITKEEP_PUBLIC_URL to the https address that people open, such as "
                                           "https://stats.example.com"}));
  };
  const auto origin = canonical_origin(settings.public_url);
  if (!settings.public_url_set || !origin) return refuse("nobody has said what the server's address is");
  const auto begin = origin->find("://") + 3;
  const std::string host = origin->substr(begin, origin->find(':', begin) - begin);
  if (origin->at(begin) == '[' || net::Ip::parse(host))
    return refuse("they are for names, and its address is a number");
  if (!origin->starts_with("https:") && host != "localhost" && !host.ends_with(".localhost"))
    return refuse("browsers allow them over https only");
  return RelyingParty{.id = host, .origin = *origin};
}

Result<NewCredential> check_attested(const RelyingParty& party, std::string_view challenge,
                                     const AttestedCredential& sent) {
  const auto id = crypto::base64url_decode(sent.id);
  const auto client_data = crypto::base64url_decode(sent.response.client_data);
  const auto attestation = crypto::base64url_decode(sent.response.attestation);
  if (sent.type != kType || !id || !client_data || !attestation)
    return unreadable("type is \"public-key\", and every part is base64url");
  if (auto fine = check_client_data(party, "webauthn.create", challenge, *client_data); !fine)
    return std::unexpected(fine.error());
  const auto bytes = data_of(*attestation);
  const auto data = bytes ? read_data(*bytes) : std::nullopt;
  if (!data) return unreadable("attestationObject cannot be read");
  if (!data->has(kAttested)) return unreadable("attestationObject has no public key");
  if (data->credential != *id || id->empty() || id->size() > kMaxCredentialId)
    return unreadable("its id is not that of the public key");
  if (auto fine = check_data(party, *data, true); !fine) return std::unexpected(fine.error());
  if (auto key = crypto::CoseKey::read(data->key); !key) return unreadable(key.error().message);
  return NewCredential{.public_key = crypto::base64url(crypto::bytes_of(data->key)), .state = data->state()};
}

Result<CredentialState> check_asserted(const RelyingParty& party, std::string_view challenge,
                                       const KnownCredential& known, const AssertedCredential& sent,
                                       Verification verification) {
  const auto client_data = crypto::base64url_decode(sent.response.client_data);
  const auto bytes = crypto::base64url_decode(sent.response.authenticator_data);
  const auto signature = crypto::base64url_decode(sent.response.signature);
  if (sent.type != kType || !client_data || !bytes || !signature)
    return unreadable("type is \"public-key\", and every part is base64url");
  if (auto fine = check_client_data(party, "webauthn.get", challenge, *client_data); !fine)
    return std::unexpected(fine.error());
  const auto data = read_data(*bytes);
  if (!data) return unreadable("authenticatorData cannot be read");
  if (auto fine = check_data(party, *data, verification == Verification::required); !fine)
    return std::unexpected(fine.error());
  if (data->has(kEligible) != known.backup_eligible) return refused("it is not the one that was registered");

  const auto cose = crypto::base64url_decode(known.public_key);
  const auto key = cose ? crypto::CoseKey::read(*cose) : fail(Code::internal, "");
  if (!key) return fail(Code::internal, "The public key of a passkey in control.db cannot be read");
  const crypto::Digest digest = crypto::sha256(*client_data);
  if (!key->verify(*bytes + std::string(digest.begin(), digest.end()), *signature))
    return refused("its signature is wrong");
  if ((data->count != 0 || known.sign_count != 0) && data->count <= known.sign_count)
    return refused("its counter went back, as that of a copy does; sign in otherwise and remove it");
  return data->state();
}

}  // namespace hk::auth
