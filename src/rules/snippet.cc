#include "rules/snippet.h"

#include <algorithm>
#include <utility>

#include "audit/audit.h"
#include "json/shape.h"
#include "sql/rules.h"

namespace hk::rules {
namespace sql = hk::sql::rules;
namespace {

std::string text_of(const Snippet& snippet) {
  std::string out;
  for (const SnippetOption option : snippet.options) out.append(out.empty() ? "" : " ").append(json::name_of(option));
  return out;
}

/// An option that this version does not know is none.
Snippet read_snippet(std::string_view text) {
  Snippet out;
  for (std::size_t i = 0; i < names(json::Of<SnippetOption>{}).size(); ++i) {
    const auto name = names(json::Of<SnippetOption>{})[i];
    for (std::string_view rest = text; !rest.empty();) {
      const auto end = std::min(rest.find(' '), rest.size());
      if (rest.substr(0, end) == name) out.options.push_back(static_cast<SnippetOption>(i));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return out;
}

Result<Snippet> load(db::Sqlite& db, SiteKey site) {
  Snippet out;
  const auto read = db.rows(sql::snippet_of_site, {static_cast<std::int64_t>(site)},
                            [&](const db::SqlRow& row) { out = read_snippet(row.text(0)); });
  if (!read) return std::unexpected(read.error());
  return out;
}

}  // namespace

Result<Snippet> snippet_of(control::Control& control, SiteKey site) {
  Snippet out;
  const auto read = control.read([&](db::Sqlite& db) -> Result<void> {
    auto found = load(db, site);
    if (!found) return std::unexpected(found.error());
    out = std::move(*found);
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<Snippet> change_snippet(control::Control& control, const site::Manage& grant, Snippet wanted, TimeMs now,
                               control::Control::Done done) {
  std::ranges::sort(wanted.options);
  wanted.options.erase(std::ranges::unique(wanted.options).begin(), wanted.options.end());
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto before = load(db, grant->site->key);
    if (!before) return std::unexpected(before.error());
    audit::Changes changes;
    changes.add("snippet", text_of(*before), text_of(wanted));
    if (changes.all().empty()) return {};
    if (auto ran = db.run(sql::put_snippet, {static_cast<std::int64_t>(grant->site->key), text_of(wanted)}); !ran)
      return std::unexpected(ran.error());
    return audit::record(db, grant.principal(), now,
                         {.action = audit::Action::rules_updated,
                          .team = grant->site->team,
                          .site = grant->site->id,
                          .target = audit::Target::site,
                          .target_id = grant->site->id.str(),
                          .target_label = grant->site->domain,
                          .changes = std::move(changes)});
  };
  if (auto written = control.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return wanted;
}

}  // namespace hk::rules
