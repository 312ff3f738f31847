#include "app/duties.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace hk::app {

log::Offset release_floor(const control::Control& control, const store::Store& store) {
  return std::min(control.applied(), store.checkpointed());
}

Result<void> readiness(const log::Log& log, const control::Control& control, const store::Store& store) {
  if (log.failed()) return fail(Code::unavailable, "the log failed; start HitKeep anew");
  if (!log.accepting()) return fail(Code::unavailable, "the log does not accept records (disk full)");
  if (auto working = control.working(); !working) return working;
  if (auto working = store.working(); !working) return working;
  if (store.lag() > kMaxLag) return fail(Code::unavailable, "figures are more than a minute behind");
  return {};
}

Rates rates_of(const Config& config) {
  const auto rule = [](std::int64_t rate, std::int64_t burst) {
    return http::RateRule{.per_second = static_cast<double>(rate), .burst = static_cast<double>(burst)};
  };
  return {.ingest = rule(config.ingest_rate, config.ingest_burst),
          .api = rule(config.api_rate, config.api_burst),
          .auth = rule(config.auth_rate, config.auth_burst)};
}

bool is_supervised(pid_t own, const char* systemd_exec_pid) {
  return own == 1 || (systemd_exec_pid != nullptr && std::string_view(systemd_exec_pid) == std::to_string(own));
}

}  // namespace hk::app
