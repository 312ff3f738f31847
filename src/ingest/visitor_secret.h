#pragma once
// The second half of the visitors' keys, which must not lie where the data lies (docs/visits.md).

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace hk::ingest {

struct SecretPlaces {
  std::filesystem::path named;    // by the operator (HITKEEP_VISITOR_SECRET_FILE); empty: none
  std::filesystem::path runtime;  // of the service manager, gone with a reboot (RUNTIME_DIRECTORY); empty: none
  std::filesystem::path data;     // where it must not be
};

/// The secret in the first of these places, made where there is none yet; empty where there is no place, which is
/// logged. Code::invalid with a sentence when a place was named that cannot be used.
Result<Secret<std::string>> visitor_secret(const SecretPlaces& places);

}  // namespace hk::ingest
