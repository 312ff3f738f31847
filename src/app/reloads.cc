#include "app/reloads.h"

#include <array>
#include <string_view>

#include "auth/directory.h"
#include "base/logging.h"
#include "rules/rules.h"
#include "site/sites.h"

namespace hk::app {
namespace {

constexpr std::array<std::string_view, 7> kRights{"users", "teams",    "team_members", "site_members",
                                                  "sites", "api_keys", "api_key_sites"};
constexpr std::array<std::string_view, 1> kSessions{"sessions"};

/// Whether somebody may see less than before: a new row takes nothing away, and a session that goes on stays one.
bool takes_away(const db::ChangedTables& changed) {
  using db::ChangedTables;
  return changed.any(kRights, ChangedTables::updated | ChangedTables::removed) ||
         changed.any(kSessions, ChangedTables::removed);
}

void read_again(bool& stale, const std::function<Result<void>(db::Sqlite&)>& read, db::Sqlite& sql) {
  if (!stale) return;
  if (auto done = read(sql))
    stale = false;
  else
    logging::error("directories could not be refreshed", {{"error", done.error().message}});
}

}  // namespace

void Reloads::after(const db::ChangedTables& changed, db::Sqlite& read) {
  sites_stale_ = sites_stale_ || changed.any(site::kTables);
  identities_stale_ = identities_stale_ || changed.any(auth::kTables);
  rules_stale_ = rules_stale_ || changed.any(rules::kTables);
  read_again(sites_stale_, targets_.sites, read);
  read_again(identities_stale_, targets_.identities, read);
  read_again(rules_stale_, targets_.rules, read);
  if (takes_away(changed)) targets_.review_streams();
}

}  // namespace hk::app
