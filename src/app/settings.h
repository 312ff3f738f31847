#pragma once
// Every setting in one table: flag, variable, default, help. --help, validation and docs come from it
// (docs/settings.md).

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "base/secret.h"

namespace hk::app {

/// The settings that the program acts on, parsed and checked.
struct Config {
  std::string http_addr;
  std::string tls_addr;                  // of https, where tls()
  std::string tls_cert, tls_key;         // files; empty: none
  std::string tls_domain;                // as written; empty: no certificate is asked for
  std::vector<std::string> tls_domains;  // the same, apart and in lower case
  std::string acme_directory, acme_ca_file, acme_email;
  std::string db_path;  // empty: <data_path>/hitkeep.db
  std::string data_path;
  std::string public_url;
  bool public_url_set = false;  // by somebody; otherwise it is a guess
  std::string base_path;        // path of public_url with a slash at both ends
  std::string public_host;      // host of public_url without port and brackets
  logging::Level log_level = logging::Level::info;
  logging::Format log_format = logging::Format::text;
  Secret<std::string> jwt_secret;     // empty: kept in the data directory
  Secret<std::string> data_key;       // empty: kept in the data directory
  Secret<std::string> setup_code;     // empty: made at start while the instance has no owner
  Secret<std::string> metrics_token;  // empty: /metrics is for owners and this machine
  std::string trusted_proxies;
  std::string client_ip_header;  // empty: X-Forwarded-For, or Forwarded where there is none
  std::string country_header;    // empty: no header is believed
  std::string geo_city_file;     // empty: the built-in table
  std::string geo_network_file;  // empty: the built-in table
  std::int64_t ingest_rate = 0, ingest_burst = 0;
  std::int64_t api_rate = 0, api_burst = 0;
  std::int64_t auth_rate = 0, auth_burst = 0;
  std::int64_t retention_days = 0;
  std::int64_t session_minutes = 0;
  std::int64_t session_warning_seconds = 0;
  std::int64_t remember_me_days = 0;
  std::int64_t memory_limit_mb = 0;  // 0: from the machine or its cgroup
  std::int64_t log_max_mb = 0;
  std::int64_t log_keep_hours = 0;
  std::string visitor_secret_file;
  bool heal_copies = true;
  bool trust_clock = false;
  bool site_checks = true;
  std::string mail_driver;
  std::string mail_host;  // empty: no mail is sent
  std::int64_t mail_port = 0;
  std::string mail_username;
  Secret<std::string> mail_password;
  std::string mail_encryption;  // tls (STARTTLS), ssl, none
  bool mail_skip_verify = false;
  std::string mail_from_address;
  std::string mail_from_name;
  std::string mail_helo;  // empty: the host of public_url, or this machine's address

  /// Whether the program speaks TLS itself.
  bool tls() const { return !tls_cert.empty() || !tls_domain.empty(); }

  std::vector<std::string> notes;  // sentences to log at start (unavailable features that were set)
};

/// How a value is checked. Each kind knows a sentence for what it expects.
enum class Kind : std::uint8_t { text, boolean, integer, address, url, path, level, format, proxies, header };

struct Setting {
  std::string_view variable;  // without "HITKEEP_"; the flag is the same in lower case with dashes
  std::string_view fallback;
  std::string_view help;
  Kind kind = Kind::text;
  std::variant<std::monostate, std::string Config::*, std::int64_t Config::*, bool Config::*,
               Secret<std::string> Config::*, logging::Level Config::*, logging::Format Config::*>
      target = std::monostate{};  // monostate: the feature does not exist yet
  std::string_view alias = {};    // deprecated flag that the original still accepts
  std::string_view example = {};  // a valid value, for error sentences; empty: the fallback
  std::int64_t min = 0, max = 1'000'000'000'000;
  bool secret = false;
  std::string_view note = {};  // what to say at start when it is set: the part of its feature that does not exist yet
};

std::span<const Setting> settings();
std::string flag_of(const Setting& setting);

using Environment = std::map<std::string, std::string>;

/// What the command line asks for.
struct CommandLine {
  enum class Verb : std::uint8_t {
    serve,
    help,
    version,
    healthcheck,
    demo,
    snapshot,
    mend,
    compact,
    doctor,
    import_logs,
    recover
  } verb = Verb::serve;
  std::string target;                        // of snapshot: the directory to make; of recover: what to do
  std::vector<std::string> targets;          // of import-logs: the files
  std::map<std::string, std::string> flags;  // by setting variable, or by verb-specific name
};

/// Splits arguments (without the program's name). `-flag value`, `-flag=value` and two dashes are the same;
/// a boolean flag may stand alone. Unknown words and flags are errors that name the nearest known one.
Result<CommandLine> parse_command_line(std::span<const std::string> arguments);

/// Flag over variable over default; an empty variable counts as unset. Fails with one sentence that names the
/// setting, what is wrong and a valid example.
Result<Config> load_config(const CommandLine& line, const Environment& environment);

/// Adds the variables of a file of them (KEY=value lines, as systemd reads them; packaging/deb/hitkeep.env) that are
/// not set already. A file that is not there adds none; one that cannot be read is a failure.
Result<void> add_settings_file(Environment& environment, const std::string& file);

/// Where packages put that file.
inline constexpr std::string_view kSettingsFile = "/etc/hitkeep/hitkeep.env";

/// Text of --help.
std::string help_text();
/// docs/settings.md, generated.
std::string settings_page();
/// The file of variables that packages install, generated: each setting with its help and its default, commented out.
std::string settings_file();

}  // namespace hk::app
