#include "app/duties.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/ensure.h"

namespace hk::app {

Result<void> readiness(bool draining, const TrustedClock& clock, const log::Log& log, const log::Followers& followers) {
  if (draining) return fail(Code::unavailable, "stopping");
  if (auto fine = clock.believable(); !fine) return fine;
  if (log.failed()) return fail(Code::unavailable, "the log failed; start HitKeep anew");
  if (!log.accepting()) return fail(Code::unavailable, "the log does not accept records (disk full)");
  return log::readiness(followers, kMaxLag);
}

void release(log::Log& log, const log::Followers& followers) {
  ensure(std::ranges::count(followers, log::Follower::Kind::control, &log::Follower::kind) == 1,
         "control data have a say in what the log lets go of");
  const auto floor = log::release_floor(followers, log.durable_end());
  log.keep_behind(log::wish_floor(followers, floor));
  log.release(floor);
}

http::Rates rates_of(const Config& config) {
  const auto rule = [](std::int64_t rate, std::int64_t burst) {
    return http::RateRule{.per_second = static_cast<double>(rate), .burst = static_cast<double>(burst)};
  };
  return {.ingest = rule(config.ingest_rate, config.ingest_burst),
          .api = rule(config.api_rate, config.api_burst),
          .auth = rule(config.auth_rate, config.auth_burst),
          .metrics = rule(config.api_rate, config.api_burst)};
}

net::SmtpServer mail_server_of(const Config& config) {
  return {.host = config.mail_host,
          .port = static_cast<std::uint16_t>(config.mail_port),
          .encryption = config.mail_encryption == "ssl"   ? net::SmtpEncryption::implicit
                        : config.mail_encryption == "tls" ? net::SmtpEncryption::starttls
                                                          : net::SmtpEncryption::none,
          .check_certificate = !config.mail_skip_verify,
          .username = config.mail_username,
          .password = config.mail_password,
          .hello = config.mail_helo.empty() ? config.public_host : config.mail_helo};
}

bool is_supervised(pid_t own, const char* systemd_exec_pid) {
  return own == 1 || (systemd_exec_pid != nullptr && std::string_view(systemd_exec_pid) == std::to_string(own));
}

}  // namespace hk::app
