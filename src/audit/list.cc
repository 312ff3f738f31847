#include "audit/list.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "audit/shapes.h"
#include "audit/stored.h"
#include "base/instant.h"
#include "base/text.h"
#include "sql/audit.h"

namespace hk::audit {
namespace sql = hk::sql::audit;
namespace {

constexpr std::int64_t kMaxOffset = 10'000'000;

struct Limits {
  std::int64_t usual;
  std::int64_t most;
};

/// What is wanted: the parameters of the statement behind the scope, in its order.
struct Wanted {
  TimeMs from{};
  TimeMs to = from_ms(std::numeric_limits<std::int64_t>::max());
  std::optional<std::string> action;
  std::optional<std::string> target;
  std::optional<UserId> actor;
  std::optional<std::string> search;
  std::int64_t limit = 0;
  std::int64_t offset = 0;
};

std::unexpected<Error> refuse(std::string_view name, std::string_view problem) {
  return fail(Code::invalid, concat({name, " ", problem}), std::string(name));
}

Result<std::int64_t> number(const http::Request& request, std::string_view name, Limits limits) {
  const auto text = request.param(name);
  if (!text) return limits.usual;
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < 0 || value > limits.most)
    return refuse(name, "must be a number from 0 to " + std::to_string(limits.most));
  return value;
}

/// A day begins at its midnight in UTC; where it ends something, at the next one.
Result<TimeMs> instant(const http::Request& request, std::string_view name, TimeMs fallback, std::chrono::days behind) {
  const auto text = request.param(name);
  if (!text || text->empty()) return fallback;
  if (const auto at = parse_instant(*text)) return *at;
  if (const auto day = parse_date(*text)) return TimeMs(std::chrono::days(*day)) + behind;
  return refuse(name, "must be a date (2026-11-30) or an instant (2026-11-30T08:00:00Z)");
}

template <class Named>
Result<std::optional<std::string>> one_of(const http::Request& request, std::string_view name) {
  auto text = request.param(name);
  if (!text || text->empty()) return std::nullopt;
  constexpr auto kNames = names(json::Of<Named>{});
  if (std::ranges::find(kNames, *text) == kNames.end()) return refuse(name, "is none of those that there are");
  return text;
}

Result<Wanted> wanted(const http::Request& request, Limits limits, TimeMs now) {
  Wanted out;
  const auto from = instant(request, "from", now - kKept, std::chrono::days(0));
  const auto to = instant(request, "to", out.to, std::chrono::days(1));
  const auto action = one_of<Action>(request, "action");
  const auto target = one_of<Target>(request, "target_type");
  const auto limit = number(request, "limit", limits);
  const auto offset = number(request, "offset", {.usual = 0, .most = kMaxOffset});
  for (const Error* error :
       {from ? nullptr : &from.error(), to ? nullptr : &to.error(), action ? nullptr : &action.error(),
        target ? nullptr : &target.error(), limit ? nullptr : &limit.error(), offset ? nullptr : &offset.error()})
    if (error) return std::unexpected(*error);
  if (const auto actor = request.param("actor_id"); actor && !actor->empty()) {
    out.actor = UserId::parse(*actor);
    if (!out.actor) return refuse("actor_id", "must be a UUID");
  }
  if (const auto search = request.param("query"); search && !trim(*search).empty()) {
    if (utf8_length(*search) > kMaxSearch)
      return refuse("query", "must have at most " + std::to_string(kMaxSearch) + " characters");
    out.search = ascii_lower(trim(*search));
  }
  out.from = std::max(*from, now - kKept);
  out.to = *to;
  out.action = *action;
  out.target = *target;
  out.limit = *limit;
  out.offset = *offset;
  return out;
}

template <class T>
db::SqlValue or_null(const std::optional<T>& value) {
  if (!value) return {};
  if constexpr (requires { value->uuid; }) {
    return value->uuid;
  } else {
    return *value;
  }
}

std::string id_text(const db::SqlRow& row, int col) {
  return row.is_null(col) ? std::string() : row.uuid(col).str();
}

Listed listed(const db::SqlRow& row) {
  return {.id = row.uuid(1).str(),
          .at = from_ms(row.i64(2)),
          .actor_kind = std::string(row.text(3)),
          .actor_id = id_text(row, 4),
          .actor_label = std::string(row.text(5)),
          .action = std::string(row.text(6)),
          .team_id = id_text(row, 7),
          .site_id = id_text(row, 8),
          .target_kind = std::string(row.text(9)),
          .target_id = std::string(row.text(10)),
          .target_label = std::string(row.text(11)),
          .country = std::string(row.text(13)),
          .changes = changes_of(row.text(12))};
}

Result<Page> read(control::Control& control, const Reach& scope, const Wanted& wanted) {
  Page page{.entries = {}, .total = 0, .limit = wanted.limit, .offset = wanted.offset, .has_more = false};
  const auto done = control.read([&](db::Sqlite& db) {
    return db.rows(
        sql::list,
        {to_ms(wanted.from), to_ms(wanted.to), or_null(scope.team), or_null(scope.site), or_null(wanted.action),
         or_null(wanted.target), or_null(wanted.actor), or_null(wanted.search), wanted.limit, wanted.offset},
        [&](const db::SqlRow& row) {
          page.total = row.i64(0);
          if (!row.is_null(1)) page.entries.push_back(listed(row));
        });
  });
  if (!done) return std::unexpected(done.error());
  page.has_more = page.offset + static_cast<std::int64_t>(page.entries.size()) < page.total;
  return page;
}

/// RFC 4180; what a spreadsheet would take for a formula gets a ' before it.
void append_cell(std::string& out, std::string_view text, bool last = false) {
  out += '"';
  if (!text.empty() && std::string_view("=+-@\t\r").contains(text.front())) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += last ? "\"\r\n" : "\",";
}

/// "zone: UTC → Europe/Berlin"
std::string sentence_of(const std::vector<FieldChange>& changes) {
  std::string out;
  for (const FieldChange& one : changes)
    out += concat({out.empty() ? "" : "; ", one.field, ": ", one.before.value_or(""), " → ", one.after.value_or("")});
  return out;
}

std::string csv(const std::vector<Listed>& entries) {
  std::string out = "time,actor_type,actor,action,target_type,target,team_id,site_id,country,changes\r\n";
  for (const Listed& one : entries) {
    for (const std::string& cell : {rfc3339(one.at), one.actor_kind, one.actor_label, one.action, one.target_kind,
                                    one.target_label, one.team_id, one.site_id, one.country})
      append_cell(out, cell);
    append_cell(out, sentence_of(one.changes), true);
  }
  return out;
}

}  // namespace

http::Reply<Page> page(control::Control& control, const http::Request& request, const Reach& scope, TimeMs now) {
  const auto asked = wanted(request, {.usual = kUsualPage, .most = kMaxPage}, now);
  if (!asked) return std::unexpected(asked.error());
  return read(control, scope, *asked);
}

http::Response file(control::Control& control, const http::Request& request, const Reach& scope, TimeMs now) {
  const std::string format = request.param("format").value_or("json");
  if (format != "json" && format != "csv") return http::problem(refuse("format", "must be json or csv").error());
  const auto asked = wanted(request, {.usual = kUsualExport, .most = kMaxExport}, now);
  if (!asked) return http::problem(asked.error());
  const auto found = read(control, scope, *asked);
  if (!found) return http::problem(found.error());
  if (format == "json") return http::json(200, json::text_of(found->entries));
  http::Response out{.headers = {{"Content-Type", "text/csv; charset=utf-8"},
                                 {"Content-Disposition", "attachment; filename=\"audit.csv\""},
                                 {"X-Content-Type-Options", "nosniff"}},
                     .body = csv(found->entries)};
  return out;
}

Result<std::vector<Listed>> done_by(control::Control& control, const UserId& user, TimeMs now) {
  Wanted wanted;
  wanted.from = now - kKept;
  wanted.actor = user;
  wanted.limit = kMaxExport;
  auto found = read(control, {}, wanted);
  if (!found) return std::unexpected(found.error());
  return std::move(found->entries);
}

std::vector<http::Parameter> page_parameters() {
  return {{"action", "Only this action"},
          {"target_type", "Only changes of such a thing"},
          {"actor_id", "Only what this account did"},
          {"query", "Text in the actor's address, the target's name or the action"},
          {"from", "From this date or instant on"},
          {"to", "Up to this date, all of it, or before this instant"},
          {"limit", "Entries, 100 if not said, at most 200"},
          {"offset", "Entries to leave out"}};
}

std::vector<http::Parameter> file_parameters() {
  auto out = page_parameters();
  std::ranges::find(out, "limit", &http::Parameter::name)->summary = "Entries, 10,000 if not said, at most 50,000";
  out.push_back({"format", "json (an array) or csv"});
  return out;
}

}  // namespace hk::audit
