#pragma once
// What browsers send of passkeys (Web Authentication, levels 2 and 3), and whether it is what was asked for. Knows
// nothing of accounts; memory only, thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/settings.h"
#include "base/error.h"

namespace hk::auth {

/// Bytes of a credential's name (7.1, step 25).
inline constexpr std::size_t kMaxCredentialId = 1'023;
/// Characters (base64url) of each part of what a browser sends.
inline constexpr std::size_t kMaxCredentialPart = 16'384;
inline constexpr std::size_t kMaxTransports = 8;
inline constexpr std::size_t kMaxTransport = 20;  // characters of a name

/// For whom passkeys are: the host, and the one origin whose pages may use them.
struct RelyingParty {
  std::string id;
  std::string origin;
};
/// By the public URL. Code::unavailable where passkeys made for it would be of no use: it was never set, browsers allow
/// them only over https (or on localhost), and only for names.
Result<RelyingParty> relying_party(const Settings& settings);

/// A new passkey, as a browser sends it; all of it base64url.
struct AttestedCredential {
  struct Response {
    std::string client_data;
    std::string attestation;
    std::optional<std::vector<std::string>> transports;  // how it can be reached: "internal", "usb", "hybrid" …
  };
  std::string id;
  std::string type;
  Response response;
};

/// A challenge that a passkey has signed; all of it base64url.
struct AssertedCredential {
  struct Response {
    std::string client_data;
    std::string authenticator_data;
    std::string signature;
    std::string user_handle;  // which account it is of; empty: not said
  };
  std::string id;
  std::string type;
  Response response;
};

/// What is kept of a passkey to know it again.
struct KnownCredential {
  std::string public_key;  // COSE, base64url
  std::int64_t sign_count = 0;
  bool backup_eligible = false;
};

/// What a passkey says of itself each time it is used.
struct CredentialState {
  std::int64_t sign_count = 0;   // 0: it does not count
  bool user_verified = false;    // by a finger, a face, a PIN
  bool backup_eligible = false;  // other devices can have it, too
  bool backed_up = false;        // they have
};
struct NewCredential {
  std::string public_key;  // COSE, base64url
  CredentialState state;
};

/// Of a registration. `challenge` is base64url, as it was sent. Code::invalid says what is wrong; what vouches for the
/// device that made it is not looked at.
Result<NewCredential> check_attested(const RelyingParty& party, std::string_view challenge,
                                     const AttestedCredential& sent);

/// Whether the device, or the person at it, has to be sure who it is.
enum class Verification : std::uint8_t { preferred, required };
/// Of a signature. Code::invalid for what is not written as it should be, Code::unauthenticated for what was not asked
/// for: of another page, for another host, of nobody's finger, of a copy whose counter is behind.
Result<CredentialState> check_asserted(const RelyingParty& party, std::string_view challenge,
                                       const KnownCredential& known, const AssertedCredential& sent,
                                       Verification verification);

}  // namespace hk::auth
