#pragma once
// What the composition root decides, apart from what it wires, so that a test can ask.

#include <sys/types.h>

#include "app/settings.h"
#include "base/error.h"
#include "control/control.h"
#include "http/rate_limit.h"
#include "log/log.h"
#include "store/store.h"

namespace hk::app {

/// Behind by more than this, the figures are stale and /readyz says so.
inline constexpr Millis kMaxLag{60'000};

/// Up to here the log may be recycled: what every file holds even without its WAL, and control.
log::Offset release_floor(const control::Control& control, const store::Store& store);

/// Why hits are not accepted, or not counted, or changes not stored, now.
Result<void> readiness(const log::Log& log, const control::Control& control, const store::Store& store);

struct Rates {
  http::RateRule ingest, api, auth;
};
Rates rates_of(const Config& config);

/// Whether a process that ends is started again: by systemd, which names the process that it started, or as the first
/// one of a container.
bool is_supervised(pid_t own, const char* systemd_exec_pid);

}  // namespace hk::app
