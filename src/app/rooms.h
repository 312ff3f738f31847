#pragma once
// What the program is made of, for app.cc (the server) and demo_command.cc. Nobody else includes this.

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "acme/keeper.h"
#include "app/clones.h"
#include "app/memory.h"
#include "app/reloads.h"
#include "app/settings.h"
#include "app/snapshot.h"
#include "app/timers.h"
#include "app/tls_files.h"
#include "auth/gate.h"
#include "auth/routes.h"
#include "base/metrics.h"
#include "base/trusted_clock.h"
#include "check/routes.h"
#include "control/control.h"
#include "db/directory_lock.h"
#include "db/zones.h"
#include "http/certificates.h"
#include "http/server.h"
#include "ingest/pipeline.h"
#include "ingest/salts.h"
#include "ingest/server.h"
#include "key/keys.h"
#include "live/broker.h"
#include "log/log.h"
#include "mail/mailer.h"
#include "net/worker_pool.h"
#include "notice/board.h"
#include "person/email_changes.h"
#include "person/routes.h"
#include "query/engine.h"
#include "rules/rules.h"
#include "site/directory.h"
#include "site/sites.h"
#include "store/maintenance.h"
#include "store/store.h"
#include "team/invitations.h"

namespace hk::app {

/// Members are destroyed in the reverse of their order: what a thread of a later one uses stands before it.
struct Rooms {
  Config config;
  bool accept_loss = false;  // somebody was told that something is missing, and said to go on
  std::filesystem::path data;
  std::optional<db::DirectoryLock> lock;
  TrustedClock clock;
  metrics::Registry metrics;
  metrics::Counter& raw_files_erased = metrics.counter(
      "hitkeep_raw_files_erased_total", "Files that may hold hits as they came, overwritten and removed.");
  std::atomic<bool> draining = false;
  bool failed = false;  // the log; of the timers' thread until they have stopped

  std::unique_ptr<db::Zones> zones;
  site::Directory sites;
  auth::Directory identities;
  rules::Directory rules;
  live::Broker broker{clock};
  Reloads reloads{{.sites = [this](db::Sqlite& sql) { return site::refresh(sites, sql, *zones); },
                   .identities = [this](db::Sqlite& sql) { return auth::refresh(identities, sql); },
                   .rules = [this](db::Sqlite& sql) { return rules::refresh(rules, sql); },
                   .review_streams = [this] { broker.review(still_may_see()); }}};
  notice::Board notices;

  std::unique_ptr<mail::Mailer> mailer;  // null: no mail is sent

  std::unique_ptr<log::Log> log;
  control::Options control_options;
  std::unique_ptr<control::Control> control;
  store::StoreOptions store_options;
  std::shared_ptr<store::Looks> looks;  // at the files, until they are open
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::Maintenance> maintenance;
  std::unique_ptr<ingest::Salts> salts;

  auth::Settings auth_settings;
  crypto::Passwords passwords{{}, crypto::Passwords::kWait, sign_ins_at_once(available_memory())};
  std::unique_ptr<auth::Tokens> tokens;
  std::unique_ptr<auth::SecondFactors> factors;
  std::unique_ptr<auth::Passkeys> passkeys;
  std::unique_ptr<auth::Accounts> accounts;
  std::unique_ptr<key::Uses> key_uses;
  std::unique_ptr<key::ApiKeys> keys;
  std::unique_ptr<auth::Gate> gate;
  std::unique_ptr<auth::PasswordResets> resets;
  std::unique_ptr<team::Invitations> invitations;
  std::unique_ptr<person::EmailChanges> emails;
  decltype(person::RouteDeps::send_test) send_test;  // empty: no mail is sent

  std::unique_ptr<ingest::Geo> geo;
  std::unique_ptr<ingest::Pipeline> pipeline;
  check::TabChecks tab_checks;
  std::unique_ptr<ingest::Repeats> repeats;
  std::unique_ptr<ingest::ServerDoors> server_doors;
  std::unique_ptr<query::Engine> engine;

  http::Router router;
  std::unique_ptr<net::WorkerPool> queries;
  std::unique_ptr<net::WorkerPool> slow;
  std::unique_ptr<net::WorkerPool> sign_ins;
  std::unique_ptr<net::WorkerPool> scrapes;   // for /metrics
  std::vector<int> inherited, inherited_tls;  // listening sockets that the service manager keeps
  std::shared_ptr<http::Certificates> certificates = std::make_shared<http::Certificates>();
  std::unique_ptr<TlsFiles> tls_files;   // null: HITKEEP_TLS_CERT is not set
  std::unique_ptr<acme::Keeper> keeper;  // null: HITKEEP_TLS_DOMAIN is not set
  std::unique_ptr<http::Server> server;
  Timers timers;
  Clones clones;
  std::unique_ptr<SnapshotDoor> snapshots;

  /// Opens everything but HTTP; what the log holds is applied.
  Result<void> open(const Config& settings);
  /// Closes the log and its followers, in that order; what is durable is applied first.
  Result<void> close();
  /// Everybody who makes something of the log: control first, then each lane.
  log::Followers followers() const;
  Result<void> open_log();
  /// For a snapshot: while it lives, databases and log only grow at their ends.
  Result<std::shared_ptr<void>> hold_files();
  Result<void> open_secrets();
  Result<void> open_lanes();
  Result<void> refresh(db::Sqlite& sql);
  Result<void> open_identity();
  void open_mail(mail::Templates templates);
  /// Whose event streams go on: those of others end.
  live::Broker::May still_may_see() const;
  void open_pipeline();
  /// From where and by which browser somebody asks, as far as it is kept.
  auth::CalledFrom called_from(const http::Request& request) const;
  void add_routes();
  void add_notices();
  void add_metrics();
  void start_timers();
  void erase_raw();
  Result<void> take_sockets();
  Result<void> open_tls();
  Result<void> open_keeper();
  check::RouteDeps check_deps();
  void write_key_uses();
  Result<void> listen(std::span<const http::Asset> assets);
  /// Says once that the log failed, and ends the program where somebody starts it anew.
  void look_after_log();
  void warm_up();
  /// Reads again what the operator may have replaced; what cannot be read stays as it was.
  void reload();
  void greet() const;
};

}  // namespace hk::app
