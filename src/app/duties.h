#pragma once
// What the composition root decides, apart from what it wires, so that a test can ask.

#include <sys/types.h>

#include "app/settings.h"
#include "base/error.h"
#include "base/trusted_clock.h"
#include "http/rate_limit.h"
#include "log/follower.h"
#include "log/log.h"
#include "net/smtp.h"

namespace hk::app {

/// Behind by more than this, the figures are stale and /readyz says so.
inline constexpr Millis kMaxLag{60'000};

/// Why hits are not accepted, or not counted, or changes not stored, now.
Result<void> readiness(bool draining, const TrustedClock& clock, const log::Log& log, const log::Followers& followers);

/// Lets the log recycle what nobody needs; what somebody wishes for stays while there is room. Control is asked, too.
void release(log::Log& log, const log::Followers& followers);

/// Scrapes of /metrics have the API's rate, in buckets of their own.
http::Rates rates_of(const Config& config);

/// Greeted under its own name where one is set, else under the public URL's.
net::SmtpServer mail_server_of(const Config& config);

/// Whether a process that ends is started again: by systemd, which names the process that it started, or as the first
/// one of a container.
bool is_supervised(pid_t own, const char* systemd_exec_pid);

}  // namespace hk::app
