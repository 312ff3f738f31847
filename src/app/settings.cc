#include "app/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "auth/accounts.h"
#include "base/text.h"
#include "net/ip.h"
#include "net/smtp.h"

namespace hk::app {
namespace {

constexpr std::string_view kPrefix = "HITKEEP_";
/// Characters of a set-up code that an operator chose: guesses from many places together are not slowed down.
constexpr std::size_t kMinSetupCode = 16;
constexpr std::size_t kMinDataKey = 32;

using C = Config;

// Settings without a target belong to features of the original that do not exist here yet: accepted,
// checked, and named in a note at start when they are set.
const std::array kSettings = std::to_array<Setting>({
    {"HTTP_ADDR", ":8080", "Address and port to listen on", Kind::address, &C::http_addr, "http", "127.0.0.1:8080"},
    {"TLS_ADDR",
     ":443",
     "Address and port of https, where TLS_CERT or TLS_DOMAIN is set; HTTP_ADDR then only sends there",
     Kind::address,
     &C::tls_addr,
     {},
     "0.0.0.0:8443"},
    {"TLS_CERT",
     "",
     "Certificate with its chain, a PEM file; read again on SIGHUP and when it changes",
     Kind::path,
     &C::tls_cert,
     {},
     "/etc/hitkeep/fullchain.pem"},
    {"TLS_KEY",
     "",
     "Its private key, a PEM file without a password",
     Kind::path,
     &C::tls_key,
     {},
     "/etc/hitkeep/privkey.pem"},
    {"TLS_DOMAIN",
     "",
     "Names, separated by commas, for which a certificate is fetched by ACME and renewed; whoever sets it agrees to "
     "the "
     "authority's terms",
     Kind::text,
     &C::tls_domain,
     {},
     "stats.example.org"},
    {"ACME_DIRECTORY",
     "https://acme-v02.api.letsencrypt.org/directory",
     "The authority that is asked for certificates of TLS_DOMAIN: its ACME directory",
     Kind::url,
     &C::acme_directory,
     {},
     "https://acme-staging-v02.api.letsencrypt.org/directory"},
    {"ACME_CA_FILE",
     "",
     "PEM file of the authorities that vouch for ACME_DIRECTORY itself, beside the system's",
     Kind::path,
     &C::acme_ca_file,
     {},
     "/etc/hitkeep/acme-root.pem"},
    {"ACME_EMAIL",
     "",
     "Where the authority may write to; empty: nowhere",
     Kind::text,
     &C::acme_email,
     {},
     "admin@example.org"},
    {"DATA_PATH",
     "data",
     "The data directory: databases, log, keys",
     Kind::path,
     &C::data_path,
     {},
     "/var/lib/hitkeep"},
    {"DB_PATH", "", "The first team's DuckDB file; empty: hitkeep.db in the data directory", Kind::path, &C::db_path,
     "db", "/var/lib/hitkeep/hitkeep.db"},
    {"PUBLIC_URL",
     "",
     "Where browsers reach HitKeep; a path serves everything under it; empty: localhost with the port",
     Kind::url,
     &C::public_url,
     {},
     "https://stats.example.com/"},
    {"LOG_LEVEL", "info", "debug, info, warn or error", Kind::level, &C::log_level},
    {"LOG_FORMAT", "text", "text or json", Kind::format, &C::log_format},
    {.variable = "JWT_SECRET",
     .fallback = "",
     .help = "Key that signs sessions; empty: made once and kept in the data directory",
     .target = &C::jwt_secret,
     .example = "a random text of 32 or more characters",
     .secret = true},
    {.variable = "DATA_KEY",
     .fallback = "",
     .help =
         "Key that encrypts what the database must not show (keys of authenticator apps); empty: made once and kept "
         "in the data directory",
     .target = &C::data_key,
     .example = "a random text of 32 or more characters",
     .secret = true},
    {.variable = "SETUP_CODE",
     .fallback = "",
     .help = "Code that creates the first account; empty: made at start and printed",
     .target = &C::setup_code,
     .example = "a random text of 16 or more characters",
     .secret = true},
    {.variable = "METRICS_TOKEN",
     .fallback = "",
     .help = "Bearer token that opens /metrics; empty: signed-in owners and this machine only",
     .target = &C::metrics_token,
     .example = "a random text of 32 or more characters",
     .secret = true},
    {"TRUSTED_PROXIES",
     "",
     "Networks whose forwarding headers are believed; * means everybody",
     Kind::proxies,
     &C::trusted_proxies,
     {},
     "127.0.0.1/32, 10.0.0.0/8"},
    {"CLIENT_IP_HEADER",
     "",
     "The one header in which trusted proxies name the client; empty: X-Forwarded-For, or Forwarded without it",
     Kind::header,
     &C::client_ip_header,
     {},
     "CF-Connecting-IP"},
    {"COUNTRY_HEADER",
     "",
     "The header in which trusted proxies name the client's country; empty: none is believed",
     Kind::header,
     &C::country_header,
     {},
     "CF-IPCountry"},
    {"GEO_CITY_FILE",
     "",
     "A MaxMind DB file of countries and cities (GeoLite2, DB-IP, IP2Location), read again at SIGHUP; empty: built in",
     Kind::path,
     &C::geo_city_file,
     {},
     "/var/lib/GeoIP/GeoLite2-City.mmdb"},
    {"GEO_NETWORK_FILE",
     "",
     "A MaxMind DB file of networks (AS numbers), read again at SIGHUP; empty: built in",
     Kind::path,
     &C::geo_network_file,
     {},
     "/var/lib/GeoIP/GeoLite2-ASN.mmdb"},
    {"INGEST_RATE_LIMIT", "20", "Ingest requests per second and client", Kind::integer, &C::ingest_rate, "ingest-rate",
     "20", 1},
    {"INGEST_BURST", "40", "Ingest requests in one burst", Kind::integer, &C::ingest_burst, {}, "40", 1},
    {"API_RATE_LIMIT", "10", "API requests per second and client", Kind::integer, &C::api_rate, "api-rate", "10", 1},
    {"API_BURST", "20", "API requests in one burst", Kind::integer, &C::api_burst, {}, "20", 1},
    {"AUTH_RATE_LIMIT", "2", "Sign-in requests per second and client", Kind::integer, &C::auth_rate, "auth-rate", "2",
     1},
    {"AUTH_BURST", "5", "Sign-in requests in one burst", Kind::integer, &C::auth_burst, {}, "5", 1},
    {.variable = "DATA_RETENTION_DAYS",
     .fallback = "0",
     .help = "Days that the data of a new site stay; 0: for ever, until somebody chooses. Nothing is deleted yet",
     .kind = Kind::integer,
     .target = &C::retention_days,
     .alias = "retention-days",
     .example = "365",
     .min = 0,
     .max = 36500,
     .note = "new sites keep the number, but this version does not delete anything yet"},
    {"AUTH_SESSION_MINUTES",
     "15",
     "Minutes until a session must be extended",
     Kind::integer,
     &C::session_minutes,
     {},
     "15",
     1,
     525600},
    {"AUTH_SESSION_WARNING_SECONDS",
     "120",
     "Warning time before a session ends",
     Kind::integer,
     &C::session_warning_seconds,
     {},
     "120",
     20,
     86400},
    {"AUTH_REMEMBER_ME_DAYS",
     "30",
     "Days that a remembered browser stays signed in",
     Kind::integer,
     &C::remember_me_days,
     {},
     "30",
     1,
     3650},
    {"MEMORY_LIMIT_MB",
     "0",
     "Memory for the databases in MB; 0: from the machine or its cgroup",
     Kind::integer,
     &C::memory_limit_mb,
     {},
     "256",
     0,
     1'048'576},
    {"LOG_MAX_MB",
     "4096",
     "Disk space of the durable log in MB",
     Kind::integer,
     &C::log_max_mb,
     {},
     "4096",
     256,
     1'048'576},
    {"LOG_KEEP_HOURS",
     "48",
     "Hours after which the durable log forgets what was applied",
     Kind::integer,
     &C::log_keep_hours,
     {},
     "48",
     1,
     8760},
    {"HEAL_COPIES",
     "true",
     "Keep a copy of each database file beside it, from which it heals after a power cut in a checkpoint",
     Kind::boolean,
     &C::heal_copies,
     {},
     "false"},
    {"VISITOR_SECRET_FILE",
     "",
     "File for the second half of the visitors' daily keys, outside of the data directory; made where there is none",
     Kind::path,
     &C::visitor_secret_file,
     {},
     "/run/hitkeep/visitor-secret"},
    {"TRUST_CLOCK",
     "false",
     "Believe the machine's clock at the start although the newest hit is later, or days older",
     Kind::boolean,
     &C::trust_clock,
     {},
     "true"},
    {"SITE_CHECKS",
     "true",
     "Let people who manage a site have the server look at its first page, by a button; public addresses alone",
     Kind::boolean,
     &C::site_checks,
     {},
     "false"},

    {"MAIL_DRIVER", "smtp", "How mail is sent: smtp", Kind::text, &C::mail_driver, {}, "smtp"},
    {"MAIL_HOST", "", "Mail server; empty: no mail is sent", Kind::text, &C::mail_host, {}, "mail.example.com"},
    {"MAIL_PORT", "587", "Port of the mail server", Kind::integer, &C::mail_port, {}, "587", 1, 65535},
    {"MAIL_USERNAME", "", "User at the mail server; empty: none", Kind::text, &C::mail_username, {}, "hitkeep"},
    {.variable = "MAIL_PASSWORD",
     .fallback = "",
     .help = "Password at the mail server",
     .target = &C::mail_password,
     .example = "the password of HITKEEP_MAIL_USERNAME",
     .secret = true},
    {"MAIL_ENCRYPTION",
     "tls",
     "tls (STARTTLS, port 587), ssl (from the first byte, port 465) or none",
     Kind::text,
     &C::mail_encryption,
     {},
     "tls"},
    {"MAIL_INSECURE_SKIP_VERIFY",
     "false",
     "Do not check the mail server's certificate",
     Kind::boolean,
     &C::mail_skip_verify,
     {},
     "false"},
    {"MAIL_FROM_ADDRESS",
     "hitkeep@localhost",
     "Sender address of mails",
     Kind::text,
     &C::mail_from_address,
     {},
     "stats@example.com"},
    {"MAIL_FROM_NAME", "HitKeep", "Sender name of mails", Kind::text, &C::mail_from_name, {}, "HitKeep"},
    {"MAIL_HELO",
     "",
     "Name with which the mail server is greeted; empty: the public URL's host if it is qualified, else this machine's "
     "address",
     Kind::text,
     &C::mail_helo,
     {},
     "stats.example.com"},

    {"ARCHIVE_PATH", "archive", "Retention archive, a directory or s3://", Kind::path, {}, {}, "archive"},
    {"WEBHOOK_RATE_LIMIT", "30", "Webhook requests per second and client", Kind::integer, {}, "webhook-rate", "30", 1},
    {"WEBHOOK_BURST", "60", "Webhook requests in one burst", Kind::integer, {}, {}, "60", 1},
    {"BIND_ADDR", "0.0.0.0:7946", "Cluster address", Kind::address, {}, "bind", "0.0.0.0:7946"},
    {"JOIN_ADDR", "", "Cluster peer to join", Kind::address, {}, "join", "10.0.0.2:7946"},
    {"NODE_NAME", "", "Cluster node name", Kind::text, {}, "name", "node-1"},
    {"NSQ_TCP_ADDRESS", "127.0.0.1:4150", "Embedded queue, TCP", Kind::address, {}, {}, "127.0.0.1:4150"},
    {"NSQ_HTTP_ADDRESS", "127.0.0.1:4151", "Embedded queue, HTTP", Kind::address, {}, {}, "127.0.0.1:4151"},
    {"SPAM_FILTER_AUTO_UPDATE", "false", "Fetch spam lists", Kind::boolean, {}, {}, "false"},
    {"SPAM_FILTER_PATH", "", "Spam list file", Kind::path, {}, {}, "data/spam-filter.json"},
    {"SPAM_FILTER_UPDATE_INTERVAL", "1440", "Minutes between spam list updates", Kind::integer, {}, {}, "1440"},
    {"IMPORT_MAX_STAGE_BYTES", "107374182400", "Disk space for staged imports", Kind::integer, {}, {}, "107374182400"},
    {"IMPORT_STAGE_RETENTION_DAYS", "7", "Days that staged imports are kept", Kind::integer, {}, {}, "7"},
    {"GOOGLE_SEARCH_CONSOLE_CLIENT_ID", "", "Search Console client", Kind::text, {}, {}, "an OAuth client id"},
    {.variable = "GOOGLE_SEARCH_CONSOLE_CLIENT_SECRET",
     .fallback = "",
     .help = "Search Console secret",
     .secret = true},
    {"GOOGLE_SEARCH_CONSOLE_REDIRECT_URL",
     "",
     "Search Console redirect",
     Kind::url,
     {},
     {},
     "https://stats.example.com/cb"},
    {"BACKUP_PATH", "", "Backup target, a directory or s3://", Kind::path, {}, {}, "/var/backups/hitkeep"},
    {"BACKUP_INTERVAL", "60", "Minutes between backups", Kind::integer, {}, {}, "60", 1},
    {"BACKUP_RETENTION", "24", "Backups kept", Kind::integer, {}, {}, "24", 1},
    {"S3_ACCESS_KEY_ID", "", "S3 key", Kind::text, {}, {}, "a key id"},
    {.variable = "S3_SECRET_ACCESS_KEY", .fallback = "", .help = "S3 secret", .secret = true},
    {.variable = "S3_SESSION_TOKEN", .fallback = "", .help = "S3 session token", .secret = true},
    {"S3_REGION", "us-east-1", "S3 region", Kind::text, {}, {}, "us-east-1"},
    {"S3_ENDPOINT", "", "S3 endpoint", Kind::text, {}, {}, "s3.example.com"},
    {"S3_URL_STYLE", "", "path or vhost", Kind::text, {}, {}, "path"},
    {"S3_USE_SSL", "true", "TLS for S3", Kind::boolean, {}, {}, "true"},
    {"MCP_ENABLED", "false", "Serve MCP", Kind::boolean, {}, {}, "false"},
    {"MCP_PATH", "/mcp", "MCP path", Kind::text, {}, {}, "/mcp"},
    {"MCP_MAX_RANGE_DAYS", "366", "Longest MCP query range", Kind::integer, {}, {}, "366", 1},
    {"MCP_DOCS_ENABLED", "true", "MCP documentation tools", Kind::boolean, {}, {}, "true"},
    {"MCP_DOCS_URL", "https://hitkeep.com", "MCP documentation source", Kind::url, {}, {}, "https://hitkeep.com"},
    {"MCP_DOCS_CACHE_MINUTES", "60", "MCP documentation cache", Kind::integer, {}, {}, "60"},
    {"AI_ENABLED", "false", "AI texts", Kind::boolean, {}, {}, "false"},
    {"AI_PROVIDER", "", "AI provider", Kind::text, {}, {}, "openai"},
    {"AI_MODEL", "", "AI model", Kind::text, {}, {}, "a model name"},
    {"AI_BASE_URL", "", "AI endpoint", Kind::url, {}, {}, "https://ai.example.com/v1"},
    {"AI_REGION", "", "AI region", Kind::text, {}, {}, "eu-central-1"},
    {.variable = "AI_API_KEY", .fallback = "", .help = "AI key", .secret = true},
    {"AI_TIMEOUT_SECONDS", "30", "AI time limit", Kind::integer, {}, {}, "30", 1},
    {"AI_REQUEST_LIMIT", "100", "AI requests per window", Kind::integer, {}, {}, "100"},
    {"AI_TOKEN_LIMIT", "100000", "AI tokens per window", Kind::integer, {}, {}, "100000"},
    {"AI_BUDGET_WINDOW", "1440", "AI budget window in minutes", Kind::integer, {}, {}, "1440", 1},
});

std::string_view example_of(const Setting& s) {
  if (!s.example.empty()) return s.example;
  return s.fallback.empty() ? "any text" : s.fallback;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> to_boolean(std::string_view text) {
  // The spellings that the original's flag package takes.
  for (const auto yes : {"true", "1", "t", "T", "TRUE", "True"})
    if (text == yes) return true;
  for (const auto no : {"false", "0", "f", "F", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

/// Port of "host:port", ":port" or "[v6]:port"; nullopt if it is none of them.
std::optional<std::int64_t> port_of(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto host = address.substr(0, colon);
  if (host.find(':') != std::string_view::npos && !(host.starts_with('[') && host.ends_with(']'))) return std::nullopt;
  const auto port = to_integer(address.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  return port;
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto rest = text.substr(scheme.size());
    const auto host = rest.substr(0, rest.find('/'));
    return !host.empty() && text.find_first_of(" ?#\"<>\\") == std::string_view::npos;
  }
  return false;
}

std::optional<logging::Level> to_level(std::string_view text) {
  using enum logging::Level;
  if (text == "debug") return debug;
  if (text == "info") return info;
  if (text == "warn") return warn;
  if (text == "error") return error;
  return std::nullopt;
}

std::optional<logging::Format> to_format(std::string_view text) {
  if (text == "text") return logging::Format::text;
  if (text == "json") return logging::Format::json;
  return std::nullopt;
}

/// RFC 9110, 5.1
bool is_header_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

/// What is wrong with a value, or empty.
std::string objection(const Setting& s, std::string_view value) {
  if (value.empty()) return {};
  switch (s.kind) {
    case Kind::boolean:
      return to_boolean(value) ? "" : "must be true or false";
    case Kind::integer: {
      const auto n = to_integer(value);
      if (!n) return "must be a whole number";
      if (*n < s.min) return "must be at least " + std::to_string(s.min);
      if (*n > s.max) return "must be at most " + std::to_string(s.max);
      return {};
    }
    case Kind::address:
      return port_of(value) ? "" : "must be host:port or :port";
    case Kind::url:
      return is_url(value) ? "" : "must be an http or https URL without query";
    case Kind::level:
      return to_level(value) ? "" : "must be debug, info, warn or error";
    case Kind::format:
      return to_format(value) ? "" : "must be text or json";
    case Kind::header:
      return is_header_name(value) ? "" : "must be the name of a header";
    case Kind::text:
    case Kind::path:
    case Kind::proxies:
      return value.find('\n') == std::string_view::npos ? "" : "must be one line";
  }
  return {};
}

/// `source` is how the user wrote it: "-http-addr" or "HITKEEP_HTTP_ADDR".
Result<void> set(Config& config, const Setting& s, std::string_view value, std::string_view source) {
  if (const auto wrong = objection(s, value); !wrong.empty()) {
    const std::string shown = s.secret ? "its value" : "\"" + std::string(value) + "\"";
    return fail(
        Code::invalid,
        std::string(source) + " " + wrong + ", not " + shown + " (for example: " + std::string(example_of(s)) + ")",
        std::string(source));
  }
  struct Assign {
    Config& config;
    std::string_view value;
    void operator()(std::monostate) const {}
    void operator()(std::string Config::* m) const { config.*m = value; }
    void operator()(std::int64_t Config::* m) const { config.*m = to_integer(value).value_or(0); }
    void operator()(bool Config::* m) const { config.*m = to_boolean(value).value_or(false); }
    void operator()(Secret<std::string> Config::* m) const { config.*m = Secret(std::string(value)); }
    void operator()(logging::Level Config::* m) const { config.*m = to_level(value).value_or(logging::Level::info); }
    void operator()(logging::Format Config::* m) const { config.*m = to_format(value).value_or(logging::Format::text); }
  };
  std::visit(Assign{config, value}, s.target);
  return {};
}

/// Path of a URL with a slash at both ends; "/" without one.
std::string base_path_of(std::string_view url) {
  const auto host = url.find("://") + 3;
  const auto slash = url.find('/', host);
  std::string path = slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
  if (!path.ends_with('/')) path += '/';
  return path;
}

/// Host of a URL, without port and brackets.
std::string host_of(std::string_view url) {
  std::string_view rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find('/'));
  if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
  return std::string(rest.substr(0, rest.find(':')));
}

/// What is wrong with what was said about proxies, together.
Result<void> proxy_contradictions(const Config& c) {
  const auto proxies = net::IpSet::parse(c.trusted_proxies);
  if (!proxies)
    return fail(Code::invalid,
                "HITKEEP_TRUSTED_PROXIES " + proxies.error().message + " (for example: 127.0.0.1/32, 10.0.0.0/8)");
  for (const auto& [header, name] : {std::pair{&c.client_ip_header, "CLIENT_IP"}, {&c.country_header, "COUNTRY"}})
    if (!header->empty() && (proxies->empty() || proxies->everything()))
      return fail(Code::invalid, "HITKEEP_" + std::string(name) + "_HEADER=" + *header +
                                     " could be written by every visitor: name the proxies that set it in "
                                     "HITKEEP_TRUSTED_PROXIES (for example: 127.0.0.1/32, 10.0.0.0/8; not *)");
  return {};
}

/// A certificate has not more names than this.
constexpr std::size_t kMaxTlsDomains = 20;

/// A host name of the DNS that an authority certifies: two labels at least, no address, no wildcard (RFC 8555, 7.1.3
/// leaves those to a challenge that needs the zone).
bool is_certifiable(std::string_view name) {
  const bool letters = std::ranges::all_of(
      name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
  return letters && name.size() <= 253 && name.contains('.') && !name.starts_with('.') && !name.ends_with('.') &&
         !name.contains("..") && !net::Ip::parse(name);
}

Result<std::vector<std::string>> domains_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const std::string name = ascii_lower(trim(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (name.empty()) continue;
    if (!is_certifiable(name) || out.size() == kMaxTlsDomains)
      return fail(Code::invalid,
                  concat({"HITKEEP_TLS_DOMAIN must be at most 20 host names (international ones as xn--), "
                          "not \"",
                          name, "\" (for example: stats.example.org)"}));
    out.push_back(name);
  }
  return out;
}

/// What is wrong with the settings of TLS, together.
Result<void> tls_contradictions(const Config& c) {
  const auto refuse = [](std::string sentence) { return fail(Code::invalid, std::move(sentence)); };
  if (c.tls_cert.empty() != c.tls_key.empty())
    return refuse("HITKEEP_TLS_CERT and HITKEEP_TLS_KEY belong together (set both, or neither)");
  if (!c.tls()) return {};
  if (!c.tls_cert.empty() && !c.tls_domain.empty())
    return refuse("HITKEEP_TLS_CERT and HITKEEP_TLS_DOMAIN are both set; set one of them");
  if (c.tls_addr == c.http_addr && !c.tls_addr.ends_with(":0"))
    return refuse(
        "HITKEEP_TLS_ADDR and HITKEEP_HTTP_ADDR are the same; https and http need a port each (for example: "
        ":443 and :80)");
  if (!c.public_url.starts_with("https://"))
    return refuse("HITKEEP_PUBLIC_URL=" + c.public_url +
                  " is not https, which HITKEEP_TLS_CERT and HITKEEP_TLS_DOMAIN "
                  "are for (for example: https://stats.example.org/)");
  if (!c.tls_domain.empty() && !c.acme_directory.starts_with("https://"))
    return refuse("HITKEEP_ACME_DIRECTORY must be https (for example: https://acme-v02.api.letsencrypt.org/directory)");
  if (!c.acme_email.empty() && !auth::check_email(c.acme_email))
    return refuse("HITKEEP_ACME_EMAIL must be one mail address, not \"" + c.acme_email +
                  "\" (for example: admin@example.org)");
  return {};
}

/// What is wrong with the mail settings, together.
Result<void> mail_contradictions(const Config& c) {
  const auto refuse = [](std::string sentence) { return fail(Code::invalid, std::move(sentence)); };
  if (c.mail_driver != "smtp")
    return refuse("HITKEEP_MAIL_DRIVER must be smtp, not \"" + c.mail_driver + "\" (for example: smtp)");
  if (c.mail_encryption != "tls" && c.mail_encryption != "ssl" && c.mail_encryption != "none")
    return refuse("HITKEEP_MAIL_ENCRYPTION must be tls, ssl or none, not \"" + c.mail_encryption +
                  "\" (for example: tls)");
  if (const auto address = auth::check_email(c.mail_from_address); !address || *address != c.mail_from_address)
    return refuse("HITKEEP_MAIL_FROM_ADDRESS must be one mail address, not \"" + c.mail_from_address +
                  "\" (for example: stats@example.com)");
  if (c.mail_host.find_first_of(" :/@") != std::string::npos)
    return refuse("HITKEEP_MAIL_HOST must be a host name, not \"" + c.mail_host +
                  "\" (for example: mail.example.com; the port is HITKEEP_MAIL_PORT)");
  if (!c.mail_helo.empty() && !net::says_who(c.mail_helo))
    return refuse("HITKEEP_MAIL_HELO must be a qualified host name or an address, not \"" + c.mail_helo +
                  "\" (for example: stats.example.com)");
  if (c.mail_host.empty()) return {};
  if (c.mail_username.empty() != c.mail_password.empty())
    return refuse("HITKEEP_MAIL_USERNAME and HITKEEP_MAIL_PASSWORD belong together (set both, or neither)");
  const bool here = c.mail_host == "localhost" || c.mail_host == "127.0.0.1";
  if (!c.mail_username.empty() && c.mail_encryption == "none" && !here)
    return refuse(
        "HITKEEP_MAIL_ENCRYPTION=none would send HITKEEP_MAIL_PASSWORD readable through the network (for example: tls; "
        "none is for localhost)");
  return {};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

const Setting* by_flag(std::string_view flag) {
  for (const auto& s : kSettings)
    if (flag == flag_of(s) || (!s.alias.empty() && flag == s.alias)) return &s;
  return nullptr;
}

Result<void> contradictions(const Config& c) {
  if (c.session_warning_seconds >= c.session_minutes * 60)
    return fail(
        Code::invalid,
        "HITKEEP_AUTH_SESSION_WARNING_SECONDS must be shorter than HITKEEP_AUTH_SESSION_MINUTES (for example: 120 "
        "seconds and 15 minutes)");
  if (!c.jwt_secret.empty() && c.jwt_secret.reveal().size() < 16)
    return fail(Code::invalid, "HITKEEP_JWT_SECRET is too short to sign with: use 32 or more random characters");
  if (!c.data_key.empty() && c.data_key.reveal().size() < kMinDataKey)
    return fail(Code::invalid, "HITKEEP_DATA_KEY is too short to encrypt with: use 32 or more random characters");
  if (!c.setup_code.empty() && c.setup_code.reveal().size() < kMinSetupCode)
    return fail(Code::invalid, "HITKEEP_SETUP_CODE must have at least 16 characters, so that nobody guesses it");
  if (auto wrong = proxy_contradictions(c); !wrong) return wrong;
  if (auto wrong = tls_contradictions(c); !wrong) return wrong;
  for (const auto& [rate, burst, name] : {std::tuple{c.ingest_rate, c.ingest_burst, "INGEST"},
                                          {c.api_rate, c.api_burst, "API"},
                                          {c.auth_rate, c.auth_burst, "AUTH"}})
    if (burst < rate)
      return fail(Code::invalid, "HITKEEP_" + std::string(name) + "_BURST must not be smaller than HITKEEP_" + name +
                                     "_RATE_LIMIT (for example: 40 and 20)");
  return mail_contradictions(c);
}

struct VerbFlag {
  CommandLine::Verb verb;
  std::string_view flag;
  std::string_view fallback;
  std::string_view help;
  bool alone = false;  // it has no value
};
constexpr VerbFlag kVerbFlags[] = {
    {CommandLine::Verb::demo, "hits", "1000000", "Page views to write, 1000 to 100000000"},
    {CommandLine::Verb::demo, "seed", "1", "Seed of the random traffic"},
    {CommandLine::Verb::demo, "sites", "3", "Sites to spread them over (Zipf-like from 4 on)"},
    {CommandLine::Verb::demo, "variety", "low",
     "low: few pages, referrers and browsers; high: as many as large sites have"},
    {CommandLine::Verb::version, "check", "", "File or https URL that names the newest version, which is asked for"},
    {CommandLine::Verb::doctor, "settings", kSettingsFile, "File of variables, for those that are not set"},
    {CommandLine::Verb::doctor, "mail-to", "", "Address that gets a test mail; empty: none is sent"},
    {CommandLine::Verb::import_logs, "site", "", "Domain of the site whose visitors they are"},
    {CommandLine::Verb::import_logs, "format", "", "combined, json, w3c or cloudfront; else the first line says it"},
    {CommandLine::Verb::recover, "email", "", "Address of the account; all but people need it"},
    {CommandLine::Verb::recover, "yes", "", "Do not ask whether it is meant", true},
    {CommandLine::Verb::import_logs, "add", "", "Take page views also of days that the tracker counted", true},
};

/// What names a file that holds a secret, in place of the secret's own variable or flag.
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::string_view kFileFlagSuffix = "-file";
constexpr std::size_t kMaxSecretBytes = 4'096;

const Setting* secret_of_file(std::string_view name, std::string_view suffix, std::string (*spelled)(const Setting&)) {
  for (const auto& s : kSettings)
    if (s.secret && name == spelled(s) + std::string(suffix)) return &s;
  return nullptr;
}

std::string variable_of(const Setting& s) {
  return std::string(s.variable);
}

/// The text of a file without its last line end; what Docker, Kubernetes and systemd hand out.
Result<std::string> secret_in(const std::string& file, std::string_view source) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::invalid, concat({source, " names ", file, ", which ", why, " (for example: /run/secrets/name)"}));
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return refuse("cannot be read");
  std::string text(kMaxSecretBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return refuse("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxSecretBytes) return refuse("holds more than 4096 bytes");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return refuse("is empty");
  if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return refuse("holds more than one line, or control characters");
  return text;
}

bool stands_alone(CommandLine::Verb verb, std::string_view flag) {
  return std::ranges::any_of(kVerbFlags,
                             [&](const VerbFlag& f) { return f.verb == verb && f.flag == flag && f.alone; });
}

bool is_verb_flag(CommandLine::Verb verb, std::string_view flag) {
  return std::ranges::any_of(kVerbFlags, [&](const VerbFlag& f) { return f.verb == verb && f.flag == flag; });
}

/// What was said about one setting, and where.
struct Given {
  std::string source;  // how whoever said it wrote it
  std::string value;   // empty: nothing
  bool by_flag = false;
};

Given given_for(const std::string& variable, const std::string& flag, const CommandLine& line,
                const Environment& environment) {
  if (const auto said = line.flags.find(variable); said != line.flags.end()) return {"-" + flag, said->second, true};
  const std::string name = std::string(kPrefix) + variable;
  const auto said = environment.find(name);
  return {name, said == environment.end() ? "" : said->second, false};
}

/// A secret may lie in a file instead; on the command line it can be seen by others.
Result<void> take_secret(const Setting& s, const CommandLine& line, const Environment& environment, Given& given,
                         std::vector<std::string>& notes) {
  const Given file = given_for(variable_of(s) + std::string(kFileSuffix), flag_of(s) + std::string(kFileFlagSuffix),
                               line, environment);
  if (!given.value.empty() && !file.value.empty())
    return fail(Code::invalid, given.source + " and " + file.source + " are both set; set one of them");
  if (given.by_flag && !given.value.empty())
    notes.push_back(given.source + " stands in the list of processes, where others on this machine can read it; use " +
                    std::string(kPrefix) + variable_of(s) + std::string(kFileSuffix));
  if (file.value.empty()) return {};
  auto text = secret_in(file.value, file.source);
  if (!text) return std::unexpected(text.error());
  given = {file.source, std::move(*text), false};
  return {};
}

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

std::string flag_of(const Setting& s) {
  std::string flag(s.variable);
  for (auto& c : flag) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return flag;
}

namespace {

/// The command, where there is one, and what belongs to it; how many arguments that are.
Result<std::size_t> take_words(CommandLine& line, std::span<const std::string> arguments) {
  using Verb = CommandLine::Verb;
  static const std::map<std::string_view, Verb> kVerbs = {
      {"serve", Verb::serve},     {"snapshot", Verb::snapshot},       {"mend", Verb::mend},
      {"compact", Verb::compact}, {"import-logs", Verb::import_logs}, {"demo", Verb::demo},
      {"doctor", Verb::doctor},   {"version", Verb::version},         {"help", Verb::help},
      {"recover", Verb::recover}};
  if (arguments.empty() || arguments[0].starts_with('-')) return 0;
  const auto known = kVerbs.find(arguments[0]);
  if (known == kVerbs.end())
    return fail(Code::invalid, "unknown command \"" + arguments[0] +
                                   "\": known are serve, snapshot, doctor, mend, compact, recover, import-logs, demo, "
                                   "version "
                                   "and help");
  line.verb = known->second;
  if (line.verb == Verb::import_logs) {
    for (const std::string& file : arguments.subspan(1)) {
      if (file.starts_with('-')) break;
      line.targets.push_back(file);
    }
    if (line.targets.empty())
      return fail(Code::invalid,
                  "import-logs needs files (for example: hitkeep import-logs access.log -site example.com)");
    return 1 + line.targets.size();
  }
  if (line.verb == Verb::recover) {
    constexpr std::string_view kWords[] = {"people", "password", "disable-2fa", "owner"};
    if (arguments.size() == 1 || std::ranges::find(kWords, arguments[1]) == std::end(kWords))
      return fail(Code::invalid,
                  "recover needs one of people, password, disable-2fa and owner (for example: hitkeep recover "
                  "password -email ann@example.com)");
    line.target = arguments[1];
    return 2;
  }
  if (line.verb != Verb::snapshot) return 1;
  if (arguments.size() == 1 || arguments[1].empty() || arguments[1].starts_with('-'))
    return fail(Code::invalid, "snapshot needs a directory to make (for example: hitkeep snapshot /backup/today)");
  line.target = arguments[1];
  return 2;
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> arguments) {
  using Verb = CommandLine::Verb;
  CommandLine line;
  auto words = take_words(line, arguments);
  if (!words) return std::unexpected(std::move(words.error()));
  std::size_t i = *words;
  for (; i < arguments.size(); ++i) {
    std::string_view flag = arguments[i];
    if (!flag.starts_with('-') || flag.size() < 2)
      return fail(Code::invalid,
                  "unexpected argument \"" + arguments[i] + "\" (flags start with a dash; see hitkeep --help)");
    flag.remove_prefix(flag.starts_with("--") ? 2 : 1);
    std::optional<std::string> value;
    if (const auto equals = flag.find('='); equals != std::string_view::npos) {
      value = std::string(flag.substr(equals + 1));
      flag = flag.substr(0, equals);
    }
    if (flag == "h" || flag == "help") {
      line.verb = Verb::help;
      continue;
    }
    if (flag == "version") {
      line.verb = Verb::version;
      continue;
    }
    if (flag == "healthcheck") {
      line.verb = Verb::healthcheck;
      continue;
    }
    const auto* setting = by_flag(flag);
    const auto* in_file = setting ? nullptr : secret_of_file(flag, kFileFlagSuffix, flag_of);
    if (!setting && !in_file && !is_verb_flag(line.verb, flag)) {
      std::string nearest;
      std::size_t best = 4;  // further away is no help
      for (const auto& s : kSettings)
        if (const auto d = edit_distance(flag, flag_of(s)); d < best) best = d, nearest = flag_of(s);
      return fail(Code::invalid, "unknown flag -" + std::string(flag) +
                                     (nearest.empty() ? " (see hitkeep --help)" : "; did you mean -" + nearest + "?"));
    }
    if (!value) {
      if ((setting && setting->kind == Kind::boolean) || stands_alone(line.verb, flag))
        value = "true";
      else if (i + 1 < arguments.size())
        value = arguments[++i];
      else
        return fail(Code::invalid, "-" + std::string(flag) + " needs a value (for example: " +
                                       std::string(setting ? example_of(*setting) : "1000") + ")");
    }
    line.flags[setting   ? variable_of(*setting)
               : in_file ? variable_of(*in_file) + std::string(kFileSuffix)
                         : std::string(flag)] = *value;
  }
  return line;
}

namespace {

/// Where browsers find a server of whom nobody said where.
std::string usual_url(const Config& c) {
  const std::string& address = c.tls() ? c.tls_addr : c.http_addr;
  const std::string port = address.substr(address.rfind(':'));
  return concat({c.tls() ? "https://" : "http://", c.tls_domains.empty() ? "localhost" : c.tls_domains.front(),
                 c.tls() && port == ":443" ? "" : port});
}

}  // namespace

Result<Config> load_config(const CommandLine& line, const Environment& environment) {
  Config config;
  for (const auto& s : kSettings) {
    if (auto ok = set(config, s, s.fallback, s.variable); !ok) return std::unexpected(ok.error());
    Given given = given_for(variable_of(s), flag_of(s), line, environment);
    if (s.secret) {
      if (auto read = take_secret(s, line, environment, given, config.notes); !read)
        return std::unexpected(read.error());
    }
    const auto& [source, value, by_flag] = given;
    if (value.empty()) continue;
    if (auto ok = set(config, s, value, source); !ok) return std::unexpected(ok.error());
    if (std::holds_alternative<std::monostate>(s.target) && value != s.fallback)
      config.notes.push_back(source + " is set, but this version does not have that feature yet; it has no effect");
    if (!s.note.empty()) config.notes.push_back(concat({source, " is set: ", s.note}));
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix) || value.empty()) continue;
    const auto rest = std::string_view(name).substr(kPrefix.size());
    if (std::ranges::none_of(kSettings, [&](const Setting& s) { return s.variable == rest; }) &&
        secret_of_file(rest, kFileSuffix, variable_of) == nullptr)
      config.notes.push_back(name + " is no setting of HitKeep; it has no effect");
  }
  auto domains = domains_of(config.tls_domain);
  if (!domains) return std::unexpected(domains.error());
  config.tls_domains = std::move(*domains);
  config.public_url_set = !config.public_url.empty();
  if (config.public_url.empty()) {
    config.public_url = usual_url(config);
    if (!config.mail_host.empty())
      config.notes.push_back("HITKEEP_PUBLIC_URL is not set: links in mails lead to " + config.public_url);
  }
  config.base_path = base_path_of(config.public_url);
  config.public_host = host_of(config.public_url);
  if (auto ok = contradictions(config); !ok) return std::unexpected(ok.error());
  return config;
}

Result<void> add_settings_file(Environment& environment, const std::string& file) {
  std::error_code missing;
  if (!std::filesystem::exists(file, missing)) return {};
  std::ifstream in(file);
  if (!in)
    return fail(Code::invalid,
                concat({file, " cannot be read by this user: run it as root, or name another with -settings"}));
  for (std::string line; std::getline(in, line);) {
    const auto text = trim(line);
    const auto equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == text.npos) continue;
    auto value = trim(text.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    environment.emplace(text.substr(0, equals), value);
  }
  return {};
}

std::string help_text() {
  std::string out =
      "HitKeep: privacy-first web analytics in one executable and one data directory.\n\n"
      "  hitkeep [serve] [flags]   run the server\n"
      "  hitkeep doctor [flags]    say what is wrong with this installation, and what to do; exit 0 if nothing is\n"
      "  hitkeep snapshot DIR      copy the data directory to DIR, also while the server runs\n"
      "  hitkeep mend [flags]      go on where a start refused because something is lost: with what is left\n"
      "  hitkeep compact [flags]   make database files smaller of which much is free, while no server runs\n"
      "  hitkeep recover people    list the accounts, for whoever is locked out and has the data directory; while no\n"
      "                            server runs. The same for all of these:\n"
      "  hitkeep recover password -email A      a new password, which is asked for\n"
      "  hitkeep recover disable-2fa -email A   no second factor any more\n"
      "  hitkeep recover owner -email A         the account owns this instance\n"
      "  hitkeep import-logs FILE… -site DOMAIN [flags]   take in access logs of web servers, while no server runs\n"
      "  hitkeep demo [flags]      write a year of plausible traffic into an empty data directory\n"
      "  hitkeep version           print the version\n"
      "  hitkeep -healthcheck      ask a running server on this machine; exit 0 if it is healthy\n\n"
      "Every flag is also a variable: -http-addr is HITKEEP_HTTP_ADDR. Flags win. A secret may lie in a file:\n"
      "HITKEEP_JWT_SECRET_FILE names one.\n\n";
  const auto row = [&out](std::string flag, std::string_view help, std::string_view fallback) {
    flag.resize(std::max<std::size_t>(flag.size(), 36), ' ');
    out += "  " + flag + " " + std::string(help);
    if (!fallback.empty()) out += " (" + std::string(fallback) + ")";
    out += '\n';
  };
  for (const auto& s : kSettings)
    if (!std::holds_alternative<std::monostate>(s.target)) row("-" + flag_of(s), s.help, s.fallback);
  for (const auto& [verb, name] : {std::pair{CommandLine::Verb::demo, "demo"},
                                   {CommandLine::Verb::import_logs, "import-logs"},
                                   {CommandLine::Verb::recover, "recover"},
                                   {CommandLine::Verb::doctor, "doctor"},
                                   {CommandLine::Verb::version, "version"}}) {
    out += concat({"\nFor hitkeep ", name, ":\n"});
    for (const auto& f : kVerbFlags)
      if (f.verb == verb) row("-" + std::string(f.flag), f.help, f.fallback);
  }
  out += "\nAccepted for features that do not exist yet:\n";
  for (const auto& s : kSettings)
    if (std::holds_alternative<std::monostate>(s.target)) row("-" + flag_of(s), s.help, s.fallback);
  return out;
}

std::string settings_page() {
  std::string out =
      "# Settings\n\n"
      "Made from the table in `src/app/settings.cc`; a test keeps it so. Flag over variable over default; an empty "
      "variable counts\n"
      "as unset. A wrong value or an unknown flag stops the start with a sentence that names it. A secret may also lie "
      "in "
      "a file, which\n"
      "a variable or flag of the same name with `_FILE` (`-file`) names: `HITKEEP_JWT_SECRET_FILE=/run/secrets/jwt`. "
      "On "
      "the command line\n"
      "others on the machine can read it, and a line at start says so.\n\n"
      "| variable | flag | default | meaning |\n|---|---|---|---|\n";
  for (const bool available : {true, false}) {
    if (!available)
      out +=
          "\nAccepted, so that an environment of the original starts, but without effect yet (a line at start says "
          "so):\n\n"
          "| variable | flag | default | meaning |\n|---|---|---|---|\n";
    for (const auto& s : kSettings) {
      if (std::holds_alternative<std::monostate>(s.target) == available) continue;
      out += "| `HITKEEP_" + std::string(s.variable) + "` | `-" + flag_of(s) + "`" +
             (s.alias.empty() ? "" : ", `-" + std::string(s.alias) + "`") + " | " +
             (s.fallback.empty() ? "" : "`" + std::string(s.fallback) + "`") + " | " + std::string(s.help) + " |\n";
    }
  }
  return out;
}

std::string settings_file() {
  std::string out =
      "# Settings of HitKeep: take away the # of a line and change its value, then: systemctl restart hitkeep\n"
      "# Made from the program's own table. `hitkeep doctor` says what does not fit together.\n"
      "# A secret may lie in a file instead, which a variable with _FILE at its end names.\n";
  for (const bool available : {true, false}) {
    if (!available) out += "\n# Accepted, but without effect yet:\n";
    for (const auto& s : kSettings) {
      if (std::holds_alternative<std::monostate>(s.target) == available) continue;
      if (available) {
        const auto example = s.example == s.fallback ? "" : s.example;
        out += concat({"\n# ", s.help, example.empty() ? "" : ". Example: ", example, "\n"});
      }
      if (s.variable == "DATA_PATH")
        out += concat({kPrefix, s.variable, "=", s.example, "\n"});
      else
        out += concat({"#", kPrefix, s.variable, "=", s.fallback, "\n"});
    }
  }
  return out;
}

}  // namespace hk::app
