#pragma once
// `hitkeep demo`: a data directory with a year of plausible traffic, to look at.

#include "app/settings.h"
#include "base/error.h"

namespace hk::app {

/// Makes an owner (it prints how to sign in), sites and their year in the data directory, which must be empty. Says how
/// far it is on stderr.
Result<void> make_demo(const CommandLine& line, const Config& config);

}  // namespace hk::app
