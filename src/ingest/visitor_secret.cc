#include "ingest/visitor_secret.h"

#include <algorithm>
#include <system_error>

#include "base/logging.h"
#include "crypto/secret_file.h"

namespace hk::ingest {
namespace {

constexpr std::size_t kSecretBytes = 16;

bool lies_in(const std::filesystem::path& file, const std::filesystem::path& directory) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(file, error);
  const auto outer = std::filesystem::weakly_canonical(directory, error);
  return !outer.empty() && std::ranges::mismatch(outer, inner).in1 == outer.end();
}

}  // namespace

Result<Secret<std::string>> visitor_secret(const SecretPlaces& places) {
  if (!places.named.empty()) {
    if (lies_in(places.named, places.data))
      return fail(Code::invalid, "HITKEEP_VISITOR_SECRET_FILE must lie outside of the data directory " +
                                     places.data.string() + ": who copies that must not get both halves of the key");
    return crypto::load_or_create_secret(places.named, kSecretBytes);
  }
  // A service manager's directory inside of the data directory is no second place.
  if (!places.runtime.empty() && !lies_in(places.runtime, places.data)) {
    auto secret = crypto::load_or_create_secret(places.runtime / "visitor-secret", kSecretBytes);
    if (secret) return secret;
    logging::warn("the service manager's directory holds no secret", {{"error", secret.error().message}});
  }
  logging::info(
      "the key of today's visitors lies whole in the data directory: a copy of it that is made today tells "
      "addresses to who tries them all; HITKEEP_VISITOR_SECRET_FILE names a second place");
  return Secret<std::string>{};
}

}  // namespace hk::ingest
