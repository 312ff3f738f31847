// What `hitkeep doctor` looks at and asks.

#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <algorithm>
#include <charconv>
#include <stop_token>

#include "app/app.h"
#include "app/ask.h"
#include "app/doctor.h"
#include "app/duties.h"
#include "app/memory.h"
#include "base/text.h"
#include "crypto/random.h"
#include "mail/message.h"
#include "net/https.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

std::string name_of(uid_t user) {
  const auto* entry = ::getpwuid(user);  // this program has one thread by now
  return entry != nullptr ? entry->pw_name : std::to_string(user);
}

TimeMs modified(const struct stat& info) {
  return TimeMs(Millis(info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000));
}

void add_file(Directory& d, const fs::path& path, const struct stat& info, const fs::path& root) {
  const auto inside = path.lexically_relative(root);
  const auto room = *inside.begin();
  const auto bytes = static_cast<std::uint64_t>(info.st_blocks) * 512;
  (room == "log" ? d.log_bytes : d.bytes) += bytes;
  if (room == "dead-letter") ++d.dead_letters;
  d.oldest = d.oldest == TimeMs{} ? modified(info) : std::min(d.oldest, modified(info));
  d.newest = std::max(d.newest, modified(info));
}

Directory look_at(const fs::path& root) {
  Directory d;
  struct stat own{};
  if (::stat(root.c_str(), &own) != 0 || !S_ISDIR(own.st_mode)) return d;
  d.exists = true;
  d.owner = name_of(own.st_uid);
  d.open_to_others = (own.st_mode & S_IRWXO) != 0;
  struct statvfs disk{};
  if (::statvfs(root.c_str(), &disk) == 0) {
    d.free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    d.disk_bytes = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
  }
  std::error_code error;
  fs::recursive_directory_iterator entries(root, error);
  d.readable = !error;
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    struct stat info{};
    const fs::path& path = entries->path();
    if (::lstat(path.c_str(), &info) != 0) continue;  // a running program removes files
    if (S_ISREG(info.st_mode)) add_file(d, path, info, root);
    if (info.st_uid == own.st_uid) continue;
    if (d.strangers++ > 0) continue;
    d.stranger = name_of(info.st_uid);
    d.example = path.lexically_relative(root);
  }
  return d;
}

/// Lines for the token of /metrics, where one is set.
std::string token_of(const Config& config) {
  return config.metrics_token.empty() ? "" : concat({"Authorization: Bearer ", config.metrics_token.reveal(), "\r\n"});
}

/// Empty where they are closed to us.
Readings ask_metrics(const Config& config) {
  const auto metrics = ask(asked_at(config.http_addr), "localhost", config.base_path + "metrics", token_of(config));
  return metrics && metrics->status == 200 ? Readings(metrics->body) : Readings();
}

double unnamed(const Readings& metrics) {
  return metrics.sum("hitkeep_http_unnamed_proxy_total", "peer=\"internal\"");
}

std::optional<Running> ask_program(const Config& config, std::string& trouble) {
  const auto where = asked_at(config.http_addr);
  const auto health = ask(where, "localhost", "/healthz");
  if (!health && !reach(where)) return std::nullopt;  // the port is free
  if (!health || health->status != 200 || health->body != "ok\n") {
    trouble = health ? concat({"it answers ", std::to_string(health->status), " to /healthz"}) : health.error().message;
    return std::nullopt;
  }
  Running running;
  if (const auto ready = ask(where, "localhost", "/readyz")) {
    running.ready = ready->status == 200;
    running.why_not = trim(ready->body);
  }
  running.metrics = ask_metrics(config);
  return running;
}

/// The health of whatever the public URL leads to.
Result<void> ask_public(const Config& config) {
  std::string url = config.public_url;
  if (!url.ends_with('/')) url += '/';
  url += "healthz";
  int status = 0;
  std::string body;
  if (url.starts_with("https://")) {
    const net::HttpsClient client({.named_hosts = {config.public_host}});
    auto answer = client.ask({.url = url}, std::stop_token());
    if (!answer) return std::unexpected(std::move(answer.error()));
    status = answer->status;
    body = std::move(answer->body);
  } else {
    const auto rest = std::string_view(url).substr(url.find("://") + 3);
    const auto authority = rest.substr(0, rest.find('/'));
    Where where{.host = config.public_host, .port = 80};
    if (const auto colon = authority.rfind(':'); colon != authority.npos && !authority.ends_with(']'))
      std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), where.port);
    auto answer = ask(where, authority, rest.substr(authority.size()));
    if (!answer) return std::unexpected(std::move(answer.error()));
    status = answer->status;
    body = std::move(answer->body);
  }
  if (status == 200 && body == "ok\n") return {};
  return fail(Code::invalid, concat({url, " answers ", std::to_string(status), ", and not as HitKeep does"}));
}

Result<void> send_test(const Config& config, const std::string& to, TimeMs now) {
  const mail::Mail mail{
      .name = "doctor",
      .to = to,
      .subject = "HitKeep can send mail",
      .text = "This is the test mail that hitkeep doctor was asked for. Nothing is to be done.\n",
      .html = "<p>This is the test mail that <code>hitkeep doctor</code> was asked for. Nothing is to be done.</p>"};
  const auto message = mail::compose({.address = config.mail_from_address, .name = config.mail_from_name}, mail, now,
                                     crypto::random_hex(16));
  return net::send_mail(mail_server_of(config), config.mail_from_address, to, message, {});
}

std::optional<bool> is_synchronised() {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace

Facts gather(const Config& config, const std::string& mail_to) {
  Facts facts{.config = config, .installed = std::string(kVersion), .now = SystemClock().now()};
  facts.directory = look_at(config.data_path);
  facts.running = ask_program(config, facts.port_trouble);
  facts.synchronised = is_synchronised();
  // A service has a limit of its own.
  const double limit = facts.running ? facts.running->metrics.sum("hitkeep_memory_limit_bytes") : 0;
  facts.memory = limit > 0 ? static_cast<std::uint64_t>(limit) : available_memory();
  if (config.public_url_set) {
    facts.url = ask_public(config);
    if (facts.running)
      facts.unnamed_proxy =
          static_cast<std::uint64_t>(std::max(0.0, unnamed(ask_metrics(config)) - unnamed(facts.running->metrics)));
  }
  if (!config.mail_host.empty()) {
    facts.mail = reach({.host = config.mail_host, .port = static_cast<std::uint16_t>(config.mail_port)});
    if (!mail_to.empty() && *facts.mail) facts.mailed = send_test(config, mail_to, facts.now);
  }
  return facts;
}

}  // namespace hk::app
