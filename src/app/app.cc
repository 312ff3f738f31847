#include "app/app.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/data_directory.h"
#include "app/duties.h"
#include "app/memory.h"
#include "app/raw_files.h"
#include "app/rooms.h"
#include "app/system_routes.h"
#include "app/upkeep.h"
#include "audit/routes.h"
#include "base/logging.h"
#include "base/text.h"
#include "check/routes.h"
#include "counted/routes.h"
#include "crypto/secret_file.h"
#include "db/original.h"
#include "http/exchange.h"
#include "ingest/enrich/country.h"
#include "ingest/enrich/geo/geo_tables.h"
#include "ingest/limits.h"
#include "ingest/routes.h"
#include "ingest/visitor_secret.h"
#include "key/routes.h"
#include "live/routes.h"
#include "net/https.h"
#include "net/service_manager.h"
#include "net/smtp.h"
#include "notice/routes.h"
#include "person/routes.h"
#include "query/routes.h"
#include "rules/routes.h"
#include "site/routes.h"
#include "site/sites.h"
#include "store/compaction.h"
#include "team/routes.h"

namespace hk::app {
namespace {

/// What the edge says, else where the address is.
std::string country_of(const http::Request& request, const ingest::Geo& geo) {
  std::string country = ingest::edge_country(request);
  const auto ip = country.empty() ? net::Ip::parse(request.client_ip) : std::nullopt;
  return ip ? geo.locate(*ip).place.country : country;
}

using namespace std::chrono_literals;

/// Requests in flight get this long at the end; the whole stop stays under 5 s.
constexpr Millis kDrainPatience = 3s;
constexpr Millis kReleaseEvery = 5s;
constexpr Millis kLookEvery = 1s;
constexpr Millis kDaysEvery = 60s;
/// What came to the doors is in no record for so long.
constexpr Millis kCountersEvery = 60s;
/// Within a second of one order being obeyed comes the next.
constexpr Millis kOrdersEvery = 1s;
/// Of TLS sessions.
constexpr Millis kTicketKeysLive = 24h;
/// Scrapers that may wait for /metrics.
constexpr std::size_t kScrapeQueue = 4;

unsigned cores() {
  static const unsigned count = available_processors(std::thread::hardware_concurrency());
  return count;
}

/// What a service manager's socket for https is called (FileDescriptorName= of systemd.socket(5)).
constexpr std::string_view kTlsSocket = "https";

/// The port in a URL, or that of https.
std::uint16_t https_port_of(std::string_view url) {
  const std::string_view authority = url.substr(0, url.find('/', url.find("://") + 3));
  std::uint16_t port = 443;
  std::from_chars(authority.data() + authority.rfind(':') + 1, authority.data() + authority.size(), port);
  return port;
}

std::optional<http::TlsDoor> tls_door_of(const Rooms& rooms) {
  if (!rooms.config.tls()) return std::nullopt;
  return http::TlsDoor{.address = rooms.config.tls_addr,
                       .inherited = rooms.inherited_tls,
                       .certificates = rooms.certificates,
                       .public_port = https_port_of(rooms.config.public_url)};
}

http::Proxies proxies_of(const Config& config) {
  return {.trusted = net::IpSet::parse(config.trusted_proxies).value(),  // checked before
          .address_header = ascii_lower(config.client_ip_header),
          .country_header = ascii_lower(config.country_header)};
}

/// Of a list as systemd writes it.
std::string_view first_of(std::string_view directories) {
  return directories.substr(0, directories.find(':'));
}

}  // namespace

Result<void> Rooms::open(const Config& settings) {
  config = settings;
  data = config.data_path;
  if (auto fresh = db::refuse_original({.data = data, .database = config.db_path}); !fresh) return fresh;
  if (auto prepared = prepare_data_directory(data); !prepared) return prepared;
  auto locked = db::DirectoryLock::take(data);
  if (!locked) return std::unexpected(locked.error());
  lock.emplace(std::move(*locked));
  if (auto opened = open_log(); !opened) return opened;
  if (auto lanes = open_lanes(); !lanes) return lanes;
  if (auto identity = open_identity(); !identity) return identity;
  auto known = ingest::Repeats::open(data / "server-ids", clock.now());
  if (!known) return std::unexpected(known.error());
  repeats = std::move(*known);
  close_files_to_others(data);
  return control->read([this](db::Sqlite& sql) { return refresh(sql); });
}

/// Everything that can refuse the start is looked at before the log, the first to be opened, is changed.
Result<void> Rooms::open_log() {
  control_options = {.file = data / "control.db", .dead_letters = data / "dead-letter", .accept_damage = accept_loss};
  store_options = {.first_file = config.db_path.empty() ? data / "hitkeep.db" : std::filesystem::path(config.db_path),
                   .tenants = data / "tenants",
                   .memory_limit_bytes = database_memory(config.memory_limit_mb, available_memory()),
                   .threads = static_cast<int>(cores()),
                   .dead_letters = data / "dead-letter",
                   .heal_copies = config.heal_copies,
                   .log_bound = static_cast<std::uint64_t>(config.log_max_mb) << 20};
  const auto agree = [this](const log::Extent& extent) -> Result<log::Mark> {
    auto kept = control::Control::look(control_options);
    if (!kept) return std::unexpected(kept.error());
    looks = store::Store::looks(store_options);
    auto files = store::Store::look(store_options, extent, *looks);
    if (!files) return std::unexpected(files.error());
    files->insert(files->begin(), std::move(*kept));
    auto settled = log::settle(extent, *files, accept_loss);
    if (!settled) return settled;
    if (auto secrets = open_secrets(); !secrets) return std::unexpected(secrets.error());
    return settled;
  };
  log::Recovery recovery;
  auto opened = log::Log::open({.directory = data / "log",
                                .max_disk_bytes = static_cast<std::uint64_t>(config.log_max_mb) << 20,
                                .keep = std::chrono::hours(config.log_keep_hours),
                                .around_dones =
                                    [](const std::function<void()>& dones) {
                                      const http::Mailbox::Round round;
                                      dones();
                                    },
                                .agree = agree,
                                .accept_loss = accept_loss},
                               clock, metrics, recovery);
  if (!opened) return std::unexpected(opened.error());
  log = std::move(*opened);
  if (recovery.torn_bytes > 0)
    logging::warn("the log ended in the middle of a write, as after a crash; what was not acknowledged is cut",
                  {{"bytes", recovery.torn_bytes}});
  if (recovery.lost_bytes > 0)
    logging::warn(
        "the log ended before its databases: what one of them had not applied yet of these last bytes is lost",
        {{"bytes", recovery.lost_bytes}});
  if (recovery.new_timeline)
    logging::info("the log begins a new timeline",
                  {{"reason", recovery.copied ? "this data directory is a copy, was moved, or is of an earlier version"
                                              : "a lost end was accepted"}});
  return {};
}

Result<void> Rooms::open_lanes() {
  auto kept = control::Control::open(control_options, *log, clock, metrics);
  if (!kept) return std::unexpected(kept.error());
  control = std::move(*kept);

  const auto known = control->read([this](db::Sqlite& sql) -> Result<void> {
    auto lanes = site::known_lanes(sql);
    if (!lanes) return std::unexpected(std::move(lanes.error()));
    store_options.lanes = std::move(*lanes);
    auto removed = site::removed_lanes(sql);
    if (!removed) return std::unexpected(std::move(removed.error()));
    store_options.removed = std::move(*removed);
    return {};
  });
  if (!known) return known;
  auto stored = store::Store::open(store_options, *log, clock, metrics, std::exchange(looks, nullptr));
  if (!stored) return std::unexpected(stored.error());
  store = std::move(*stored);
  if (!config.trust_clock) clock.start_after(store->newest());
  if (auto fine = clock.believable(); !fine) logging::error("nothing is counted", {{"error", fine.error().message}});
  zones = std::make_unique<db::Zones>(store->icu());
  maintenance = std::make_unique<store::Maintenance>(*store, *log, clock, [this](SiteKey key) {
    const auto now = sites.now();
    const auto* site = now->by_key(store::site_of(key));
    return site ? site->zone : nullptr;
  });
  return {};
}

/// Each is made only where there is none; one that cannot be used is left as it is.
Result<void> Rooms::open_secrets() {
  for (const auto& [named, file, out] : {std::tuple{&config.jwt_secret, "jwt-secret", &auth_settings.jwt_secret},
                                         {&config.data_key, "data-key", &auth_settings.data_key}}) {
    auto secret = named->empty() ? crypto::load_or_create_secret(data / file) : Result<Secret<std::string>>(*named);
    if (!secret) return std::unexpected(secret.error());
    *out = std::move(*secret);
  }
  const char* runtime = std::getenv("RUNTIME_DIRECTORY");
  auto half = ingest::visitor_secret(
      {.named = config.visitor_secret_file, .runtime = first_of(runtime != nullptr ? runtime : ""), .data = data});
  if (!half) return std::unexpected(half.error());
  auto kept = ingest::Salts::open(data / ingest::Salts::kNeverCopied, std::move(*half));
  if (!kept) return std::unexpected(kept.error());
  salts = std::move(*kept);
  return {};
}

Result<std::shared_ptr<void>> Rooms::hold_files() {
  struct Held {
    std::unique_ptr<log::Reader> log;  // a segment with a reader inside is not recycled, nor those behind it
    std::shared_ptr<void> followers;
  };
  auto reader = log->read(0);
  if (!reader) return std::unexpected(reader.error());
  auto held = log::hold(followers());
  if (!held) return std::unexpected(held.error());
  return std::make_shared<Held>(std::move(*reader), std::move(*held));
}

Result<void> Rooms::close() {
  log->close();
  return log::stop(followers());
}

log::Followers Rooms::followers() const {
  auto all = store->followers();
  all.insert(all.begin(), control.get());
  return all;
}

Result<void> Rooms::refresh(db::Sqlite& sql) {
  if (auto read = site::refresh(sites, sql, *zones); !read) return read;
  if (auto read = rules::refresh(rules, sql); !read) return read;
  return auth::refresh(identities, sql);
}

Result<void> Rooms::open_identity() {
  auth_settings = {.public_url = config.public_url,
                   .public_url_set = config.public_url_set,
                   .public_host = config.public_host,
                   .base_path = config.base_path,
                   .jwt_secret = std::move(auth_settings.jwt_secret),
                   .data_key = std::move(auth_settings.data_key),
                   .setup_code = config.setup_code,
                   .sends_mail = !config.mail_host.empty(),
                   .session = std::chrono::minutes(config.session_minutes),
                   .warning = std::chrono::seconds(config.session_warning_seconds),
                   .remember = std::chrono::days(config.remember_me_days),
                   .version = std::string(kVersion)};
  if (auth_settings.setup_code.empty()) auth_settings.setup_code = Secret(auth::make_setup_code());
  tokens = std::make_unique<auth::Tokens>(auth_settings, clock);
  factors = std::make_unique<auth::SecondFactors>(auth_settings, *control, clock);
  passkeys = std::make_unique<auth::Passkeys>(auth_settings, *control, *tokens, clock);
  accounts = std::make_unique<auth::Accounts>(auth_settings, *control, identities, *tokens, passwords, *factors,
                                              *passkeys, metrics, clock);
  key_uses = std::make_unique<key::Uses>(*control, clock);
  keys = std::make_unique<key::ApiKeys>(*control, identities, sites, *key_uses, clock);
  gate = std::make_unique<auth::Gate>(
      auth_settings, identities, sites, *tokens, clock,
      auth::Gate::Events{.stolen =
                             [this](const SessionId& session) {
                               if (!slow->submit([this, session] { accounts->end_stolen(session); }))
                                 logging::warn("a stolen session could not be ended now");
                             },
                         .used =
                             [this](const auth::Remembered& remembered) {
                               if (!slow->submit([this, remembered] { accounts->confirm_remember(remembered); }))
                                 logging::warn(
                                     "the use of a remember-me cookie could not be noted now; its next use will be");
                             },
                         .key_used = [this](const ApiKeyId& key) { key_uses->note(key); }},
      [this](const http::Request& request) { return country_of(request, *geo); });
  control->on_applied([this](db::Sqlite& sql, const db::ChangedTables& changed) { reloads.after(changed, sql); });
  return {};
}

void Rooms::open_mail(mail::Templates templates) {
  auth::Post post;
  if (!config.mail_host.empty()) {
    mailer = std::make_unique<mail::Mailer>(
        mail::Sender{.address = config.mail_from_address, .name = config.mail_from_name},
        [there = mail_server_of(config), from = config.mail_from_address](std::string_view to, std::string_view message,
                                                                          const std::stop_token& stop) {
          return net::send_mail(there, from, to, message, stop);
        },
        metrics, clock);
    post = {.templates = std::move(templates),
            .send = [this](mail::Mail mail) { return mailer->submit(std::move(mail)); }};
    send_test = [this, words = post.templates](const std::string& to, std::string_view language,
                                               const std::stop_token& stop) -> Result<void> {
      auto mail = words.fill("test", language, {{"link", auth_settings.page("")}, {"host", config.public_host}});
      if (!mail) return std::unexpected(mail.error());
      mail->to = to;
      return mailer->send_now(*mail, stop);
    };
  }
  invitations = std::make_unique<team::Invitations>(auth_settings, *control, *accounts, post, clock);
  emails = std::make_unique<person::EmailChanges>(auth_settings, *control, post, clock);
  resets = std::make_unique<auth::PasswordResets>(
      auth_settings, *control, passwords, std::move(post),
      [this](net::WorkerPool::Job job) { return sign_ins->submit(std::move(job)); }, clock);
}

live::Broker::May Rooms::still_may_see() const {
  return [this](const access::Principal& who, const SiteId& site) {
    return gate->still_may(who, access::Permission::site_view, site);
  };
}

void Rooms::open_pipeline() {
  geo = std::make_unique<ingest::Geo>(
      ingest::Geo::Files{.cities = config.geo_city_file, .networks = config.geo_network_file});
  reload();
  pipeline =
      std::make_unique<ingest::Pipeline>(ingest::Pipeline::Deps{.sites = sites,
                                                                .log = *log,
                                                                .salts = *salts,
                                                                .geo = *geo,
                                                                .rules = rules,
                                                                .clock = clock,
                                                                .metrics = metrics,
                                                                .believable = [this] { return clock.believable(); }});
}

auth::CalledFrom Rooms::called_from(const http::Request& request) const {
  const auto agent = pipeline->user_agents().parse(request.header("user-agent").substr(0, ingest::kMaxUserAgentBytes));
  return {.country = country_of(request, *geo), .browser = agent->browser, .os = agent->os};
}

void Rooms::add_routes() {
  const auth::Describe describe = [this](const http::Request& request) { return called_from(request); };
  auth::add_routes(router, {.settings = auth_settings,
                            .control = *control,
                            .directory = identities,
                            .sites = sites,
                            .authority = *gate,
                            .tokens = *tokens,
                            .accounts = *accounts,
                            .factors = *factors,
                            .passkeys = *passkeys,
                            .resets = *resets,
                            .describe = describe});
  team::add_routes(router, {.settings = auth_settings,
                            .control = *control,
                            .directory = identities,
                            .authority = *gate,
                            .invitations = *invitations,
                            .clock = clock,
                            .describe = describe});
  person::add_routes(router, {.settings = auth_settings,
                              .control = *control,
                              .directory = identities,
                              .sites = sites,
                              .emails = *emails,
                              .clock = clock,
                              .describe = describe,
                              .send_test = send_test});
  audit::add_routes(router, {.control = *control, .clock = clock});
  site::add_routes(router, {.control = *control,
                            .sites = sites,
                            .authority = *gate,
                            .zones = *zones,
                            .clock = clock,
                            .retention_days = config.retention_days});
  rules::add_routes(router, {.control = *control, .directory = rules, .clock = clock});
  key::add_routes(router, *keys);
  notice::add_routes(router, {.board = notices, .sites = sites, .authority = *gate});
  live::add_routes(router, broker);
  engine = std::make_unique<query::Engine>(
      clock, *store, metrics, query::kBudget, query::shared_by_cores(cores()), part_cache_memory(available_memory()),
      [](std::uint32_t asn) { return ingest::GeoTables::built_in().provider_of(asn); });
  query::add_routes(router, {.engine = *engine, .clock = clock});

  open_pipeline();
  ingest::add_routes(router, *pipeline);
  counted::add_routes(router, {.engine = *engine,
                               .pipeline = *pipeline,
                               .sites = sites,
                               .authority = *gate,
                               .clock = clock,
                               .proxies = proxies_of(config)});
  check::add_routes(router, check_deps());
  server_doors = std::make_unique<ingest::ServerDoors>(
      ingest::ServerDoors::Deps{.pipeline = *pipeline,
                                .repeats = *repeats,
                                .sites = sites,
                                .authority = *gate,
                                .clock = clock,
                                .later = [this](net::WorkerPool::Job job) { return slow->submit(std::move(job)); }});
  ingest::add_server_routes(router, *server_doors);
  add_system_routes(router, {.metrics = metrics,
                             .authority = *gate,
                             .ready = [this] { return readiness(draining, clock, *log, followers()); },
                             .metrics_token = config.metrics_token,
                             .version = kVersion});
}

void Rooms::look_after_log() {
  if (!log->failed() || std::exchange(failed, true)) return;
  const bool restarts = is_supervised(::getpid(), std::getenv("SYSTEMD_EXEC_PID"));
  logging::error(restarts ? "the log cannot be written any more; ending, so that HitKeep is started anew"
                          : "the log cannot be written any more, and no hit is accepted: look at the disk, then start "
                            "HitKeep anew");
  if (restarts) ::kill(::getpid(), SIGTERM);
}

void Rooms::warm_up() {
  if (sites.now()->all().empty()) return;
  // The pattern tables cost 100 ms when they are compiled, which the first visitor's request should not pay.
  if (!slow->submit([this] { pipeline->user_agents().parse_now("warm-up"); }))
    logging::debug("no worker for the warm-up");
}

void Rooms::reload() {
  if (auto read = geo->reload(); !read) logging::error("places are found as before", {{"error", read.error().message}});
}

void Rooms::add_metrics() {
  metrics.gauge("hitkeep_build_info", "1, with the version that runs", [] { return 1.0; },
                {{"version", std::string(kVersion)}});
  metrics.gauge("hitkeep_memory_limit_bytes", "Memory that the process may use, by the machine or its cgroup",
                [limit = available_memory()] { return static_cast<double>(limit); });
  metrics.gauge("hitkeep_resident_memory_bytes", "Resident memory of the process",
                [] { return static_cast<double>(resident_memory()); });
  metrics.gauge("hitkeep_log_held_bytes", "Log that some follower still needs", [this] {
    const auto end = log->durable_end();
    return static_cast<double>(end - std::min(end, log::release_floor(followers(), end)));
  });
  metrics.gauge("hitkeep_followers_stopped", "Followers of the log that cannot go on; each tries again",
                [this] { return static_cast<double>(log::stopped(followers())); });
  metrics.gauge("hitkeep_live_streams", "Open event streams",
                [this] { return static_cast<double>(broker.subscribers()); });
  metrics.gauge("hitkeep_worker_queue", "Jobs that wait for a worker",
                [this] { return static_cast<double>(queries->queued()); }, {{"pool", "query"}});
  metrics.gauge("hitkeep_worker_queue", "Jobs that wait for a worker",
                [this] { return static_cast<double>(slow->queued()); }, {{"pool", "slow"}});
  metrics.gauge("hitkeep_worker_queue", "Jobs that wait for a worker",
                [this] { return static_cast<double>(sign_ins->queued()); }, {{"pool", "sign_in"}});
  metrics.gauge("hitkeep_worker_queue", "Jobs that wait for a worker",
                [this] { return static_cast<double>(scrapes->queued()); }, {{"pool", "metrics"}});
}

void Rooms::start_timers() {
  timers.every("release log", kReleaseEvery, [this] { release(*log, followers()); });
  timers.every("look after the log", kLookEvery, [this] { look_after_log(); });
  timers.every("heartbeat", live::kHeartbeat, [this] { broker.heartbeat(still_may_see()); });
  const auto seal = [this] { seal_what_is_over(clock, [this] { return maintenance->tick(); }); };
  seal();  // what became due while the program was not running
  timers.every("sealing", kOrdersEvery, seal);
  timers.every("salts", kDaysEvery, [this] { tend_salts(clock, *salts, *sites.now()); });
  if (config.tls()) timers.every("ticket keys", kTicketKeysLive, [this] { certificates->renew_ticket_keys(); });
  if (keeper) keeper->start();
  if (tls_files) timers.every("certificate", kLookAtTlsFiles, [this] { tls_files->look(false); });
  timers.every("raw files", kDaysEvery, [this] { erase_raw(); });
  timers.every("counters", kCountersEvery, [this] { pipeline->flush_counters(); });
  timers.every("uses of keys", key::kUsesEvery, [this] {
    if (!slow->submit([this] { write_key_uses(); })) logging::debug("no worker for the uses of keys");
  });
  timers.start();
  clones.start(*store, clock, metrics, config.heal_copies);
}

/// By a worker: a file may be large.
void Rooms::erase_raw() {
  const auto job = [this] {
    if (clock.settled()) store->forget_hashes(clock.now() - kKeepRaw);
    erase_raw_files(clock, folders_with_raw_files(data, store_options.first_file, store_options.tenants),
                    raw_files_erased);
  };
  static_cast<void>(slow->submit("raw files", job));  // one at a time; another chance comes soon
}

/// The port that somebody opened for this process counts; that of HITKEEP_HTTP_ADDR is where the health check asks.
Result<void> Rooms::take_sockets() {
  auto sockets = net::inherited_sockets(
      {.pid = std::getenv("LISTEN_PID"), .count = std::getenv("LISTEN_FDS"), .names = std::getenv("LISTEN_FDNAMES")});
  if (!sockets) return std::unexpected(std::move(sockets.error()));
  std::string port;  // of the first plain one
  for (const auto& socket : *sockets) {
    if (socket.name != kTlsSocket) {
      inherited.push_back(socket.fd);
      if (port.empty()) port = std::to_string(socket.port);
    } else if (config.tls()) {
      inherited_tls.push_back(socket.fd);
    } else {
      logging::warn(
          "nobody is served on the service manager's socket for https: set HITKEEP_TLS_CERT and HITKEEP_TLS_KEY",
          {{"port", socket.port}});
    }
  }
  if (config.tls() && inherited_tls.empty())
    if (auto able = http::Server::can_listen(config.tls_addr, http::kTlsAddress); !able) return able;
  if (inherited.empty()) return http::Server::can_listen(config.http_addr);
  if (!config.http_addr.ends_with(":" + port))
    logging::warn(
        "the service manager's socket counts, not HITKEEP_HTTP_ADDR; set that to the same port, which "
        "hitkeep -healthcheck and hitkeep doctor ask",
        {{"port", port}, {"http_addr", config.http_addr}});
  return {};
}

Result<void> Rooms::open_tls() {
  metrics.gauge("hitkeep_tls_certificate_end_seconds",
                "When the certificate for TLS ends (Unix time); 0: there is none",
                [shown = certificates] { return static_cast<double>(to_ms(shown->end().value_or(TimeMs{}))) / 1000; });
  if (config.tls_cert.empty()) return {};
  tls_files = std::make_unique<TlsFiles>(config.tls_cert, config.tls_key, certificates, clock);
  return tls_files->load();
}

/// Looks go to public addresses, and to this program's own.
check::RouteDeps Rooms::check_deps() {
  check::RouteDeps out{.tabs = tab_checks, .ask = {}, .server = concat({config.public_url, "/"}), .clock = clock};
  if (!config.site_checks) return out;
  const auto client = std::make_shared<net::HttpsClient>(
      net::HttpsOptions{.user_agent = concat({"HitKeep/", kVersion}),
                        .named_hosts = {config.public_host},
                        .limits = {.total = check::kLookTime, .body_bytes = check::kLookBytes, .cut = true}});
  out.ask = [client](const auto& request, const std::stop_token& stop) { return client->ask(request, stop); };
  return out;
}

/// The directory's host is the one that the operator named; whatever else the authority names must be on the internet.
Result<void> Rooms::open_keeper() {
  if (config.tls_domains.empty()) return {};
  const auto directory = net::HttpsUrl::parse(config.acme_directory);
  if (!directory) return fail(Code::invalid, "HITKEEP_ACME_DIRECTORY: " + directory.error().message);
  const auto client = std::make_shared<net::HttpsClient>(net::HttpsOptions{.user_agent = concat({"HitKeep/", kVersion}),
                                                                           .authorities = config.acme_ca_file,
                                                                           .named_hosts = {directory->host}});
  const auto shown = certificates;
  keeper = std::make_unique<acme::Keeper>(
      acme::KeeperOptions{.folder = data / "acme",
                          .names = config.tls_domains,
                          .client = {.directory = config.acme_directory, .email = config.acme_email}},
      [client](const net::HttpsRequest& request, const std::stop_token& stop) { return client->ask(request, stop); },
      acme::Doors{.offer_token = [shown](const auto& token, const auto& answer) { shown->offer_token(token, answer); },
                  .offer_name = [shown](const auto& name, const auto& chain,
                                        const auto& key) { return shown->offer_name(name, {chain, key}); },
                  .take_back = [shown] { shown->take_back(); }},
      [shown](const auto& chain, const auto& key) { return shown->use({chain, key}); }, clock);
  return keeper->open();
}

void Rooms::write_key_uses() {
  if (const auto written = key_uses->write(); !written)
    logging::warn("the last uses of API keys are not kept yet", {{"error", written.error().message}});
}

Result<void> Rooms::listen(std::span<const http::Asset> assets) {
  server = std::make_unique<http::Server>(
      http::ServerOptions{.address = config.http_addr,
                          .inherited = inherited,
                          .threads = cores(),
                          .base_path = config.base_path,
                          .https = config.public_url.starts_with("https://"),
                          .tls = tls_door_of(*this),
                          .proxies = proxies_of(config),
                          .limits = {.long_heads = long_head_memory(available_memory())},
                          .rates = rates_of(config),
                          .assets = assets},
      router, [this](const auto& request, auto access, const auto& path) { return gate->check(request, access, path); },
      http::Pools{.query = *queries, .slow = *slow, .sign_in = *sign_ins, .metrics = *scrapes}, metrics, clock);
  return server->start();
}

void Rooms::greet() const {
  logging::info("listening", {{"port", server->port()}, {"url", config.public_url}, {"version", kVersion}});
  if (config.tls()) logging::info("https is served", {{"port", server->tls_port()}});
  if (!accounts->needs_setup()) return;
  if (!config.setup_code.empty()) {
    logging::info("this instance has no owner yet: open the URL and enter HITKEEP_SETUP_CODE");
    return;
  }
  std::string link = config.public_url;
  if (!link.ends_with('/')) link += '/';
  std::fprintf(stderr,
               "\n  HitKeep is ready. Open this link to create your account (it works once):\n\n    %s#setup=%s\n\n",
               link.c_str(), auth_settings.setup_code.reveal().c_str());
}

App::App(std::unique_ptr<Rooms> rooms) : rooms_(std::move(rooms)) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::start(const Config& config, std::span<const http::Asset> assets,
                                        std::string_view mails) {
  for (const auto& note : config.notes) logging::warn(note);
  mail::Templates templates;
  if (!config.mail_host.empty()) {
    auto unpacked = mail::Templates::unpack(mails);
    if (!unpacked) return std::unexpected(unpacked.error());
    templates = std::move(*unpacked);
  }
  auto rooms = std::make_unique<Rooms>();
  rooms->config = config;
  if (auto able = rooms->take_sockets(); !able) return std::unexpected(able.error());
  if (auto able = rooms->open_tls(); !able) return std::unexpected(able.error());
  if (auto opened = rooms->open(config); !opened) return std::unexpected(opened.error());
  auto& r = *rooms;
  if (auto opened = r.open_keeper(); !opened) return std::unexpected(opened.error());
  r.open_mail(std::move(templates));
  tend_salts(r.clock, *r.salts, *r.sites.now());
  r.queries = std::make_unique<net::WorkerPool>("query", cores());
  r.slow = std::make_unique<net::WorkerPool>("slow", 2);
  r.sign_ins =
      std::make_unique<net::WorkerPool>("sign-in", static_cast<unsigned>(sign_ins_at_once(available_memory())));
  r.scrapes = std::make_unique<net::WorkerPool>("metrics", 1, kScrapeQueue);
  r.add_metrics();
  r.add_routes();
  r.add_notices();
  r.store->start([&r](const std::vector<store::Applied>& changes) {
    const auto sites = r.sites.now();
    for (const auto& change : changes)
      if (const auto* site = sites->by_key(change.site)) r.broker.publish(site->id, change);
  });
  if (auto listening = r.listen(assets); !listening) return std::unexpected(listening.error());
  r.start_timers();
  auto door = SnapshotDoor::open(r.data, [&r] { return r.hold_files(); });
  if (door)
    r.snapshots = std::move(*door);
  else
    logging::warn("hitkeep snapshot cannot reach this process; it works while the server is stopped",
                  {{"error", door.error().message}});
  r.warm_up();
  r.greet();
  net::tell_service_manager(std::getenv("NOTIFY_SOCKET"), "READY=1");
  return std::unique_ptr<App>(new App(std::move(rooms)));
}

void App::reload() {
  logging::info("reading files again");
  if (rooms_->tls_files) rooms_->tls_files->look(true);
  if (rooms_->keeper) rooms_->keeper->nudge();
  rooms_->reload();
}

Result<void> App::stop() {
  auto& r = *rooms_;
  logging::info("stopping");
  net::tell_service_manager(std::getenv("NOTIFY_SOCKET"), "STOPPING=1");
  r.draining = true;
  if (r.keeper) r.keeper->stop();
  r.snapshots.reset();
  r.broker.close_all();
  r.server->drain(kDrainPatience);
  r.timers.stop();
  r.clones.stop();
  r.queries.reset();
  r.slow.reset();
  r.sign_ins.reset();
  r.scrapes.reset();
  r.write_key_uses();
  r.pipeline->flush_counters();
  auto closed = r.close();
  r.mailer.reset();  // after the last change that could have a mail behind it
  if (!closed) return closed;
  if (r.failed) return fail(Code::unavailable, "the log could not be written; what was accepted is kept");
  logging::info("stopped");
  return {};
}

Result<void> mend(const Config& config) {
  Rooms rooms;
  rooms.accept_loss = true;
  if (auto opened = rooms.open(config); !opened) return opened;
  rooms.store->start([](const auto&) {});
  if (auto closed = rooms.close(); !closed) return closed;
  logging::info("the data directory is mended; start the server");
  return {};
}

Result<void> compact(const Config& config) {
  Rooms rooms;
  if (auto opened = rooms.open(config); !opened) return opened;
  rooms.store->start([](const auto&) {});
  Result<void> done;
  for (const auto& facts : rooms.store->compact_facts()) {
    const auto less = rooms.store->compact(facts.lane, {});
    if (less)
      std::printf("%s has %llu MB less, of %llu\n", facts.file.c_str(), static_cast<unsigned long long>(*less >> 20),
                  static_cast<unsigned long long>(facts.file_bytes >> 20));
    else
      done = fail(less.error().code, concat({facts.file.string(), " is as it was: ", less.error().message}));
  }
  const auto closed = rooms.close();
  return done ? closed : done;
}

int App::port() const {
  return rooms_->server->port();
}

}  // namespace hk::app
