#pragma once
// `hitkeep import-logs FILE… -site DOMAIN`: what servers wrote down of their visitors (docs/import-logs.md).

#include "app/settings.h"
#include "base/error.h"

namespace hk::app {

/// Opens the data directory, which no server may be using, and imports the files one after the other. Says on stderr
/// how far it is, and on stdout what became of the lines. Once more after a kill it goes on.
Result<void> import_logs(const CommandLine& line, const Config& config);

}  // namespace hk::app
