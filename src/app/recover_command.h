#pragma once
// hitkeep recover: for whoever is locked out and has the data directory.

#include "app/settings.h"
#include "base/error.h"

namespace hk::app {

/// Lists people, sets a password, removes second factors or makes somebody the owner, by the changes that the program
/// makes; no server may run on the directory. Reads a password from the terminal, without showing it, or a line of
/// standard input.
Result<void> recover(const CommandLine& line, const Config& config);

}  // namespace hk::app
