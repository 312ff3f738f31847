#include "store/lane.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "db/advice.h"
#include "db/migrations.h"
#include "sql/store.h"

namespace hk::store {

struct HitRow {
  std::uint32_t page, hostname, referrer_host, referrer_path, source;
  std::uint32_t utm_source, utm_medium, utm_campaign, utm_term, utm_content;
  std::uint32_t tracker, event_name;
  Pinned own;         // what this hit says itself
  bool whole = true;  // false: ids that the dictionary did not know yet are 0
};

namespace {

namespace fs = std::filesystem;

/// Calls `each` for every row of a result.
template <class Each>
Result<void> for_rows(db::DuckConnection& connection, std::string_view sql, const std::vector<db::DuckValue>& params,
                      Each each) {
  auto rows = connection.query(sql, params);
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = (*rows)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    each(**rows);
  }
}

std::string screen_of(const Hit& h) {
  if (h.screen_width == 0 && h.screen_height == 0) return {};
  return std::to_string(h.screen_width) + 'x' + std::to_string(h.screen_height);
}

/// The texts of a hit by kind, which is also the order in which their ids are given.
std::array<std::string_view, kTextKinds> texts_of(const Hit& h, std::string_view screen) {
  return {h.path,       h.hostname,     h.referrer_host, h.referrer_path, h.source,  h.utm_source,
          h.utm_medium, h.utm_campaign, h.utm_term,      h.utm_content,   h.browser, h.os,
          h.language,   h.country,      h.tracker,       h.event_name,    screen};
}

/// `id_of` gives a text's id.
template <class IdOf>
HitRow resolve(const Hit& h, IdOf id_of) {
  const std::string pixels = screen_of(h);
  const auto texts = texts_of(h, pixels);
  std::array<std::uint32_t, kTextKinds> ids{};
  for (std::size_t k = 0; k < kTextKinds; ++k) ids[k] = id_of(TextKind(k), texts[k]);
  const auto id = [&](TextKind kind) { return ids[static_cast<std::size_t>(kind)]; };
  using enum TextKind;
  return {.page = id(page),
          .hostname = id(hostname),
          .referrer_host = id(referrer_host),
          .referrer_path = id(referrer_path),
          .source = id(source),
          .utm_source = id(utm_source),
          .utm_medium = id(utm_medium),
          .utm_campaign = id(utm_campaign),
          .utm_term = id(utm_term),
          .utm_content = id(utm_content),
          .tracker = id(tracker),
          .event_name = id(event_name),
          .own = {.browser = id(browser),
                  .os = id(os),
                  .language = id(language),
                  .country = id(country),
                  .screen = id(screen),
                  .browser_major = h.browser_major,
                  .device = static_cast<std::uint8_t>(h.device)}};
}

/// The attribution columns, which end the rows of hot_hits, hot_events and hot_visits.
void put_attribution(db::DuckAppender& to, const Hit& h, const HitRow& r, const Pinned& p) {
  to.u32(r.hostname);
  to.u32(r.referrer_host);
  to.u32(r.referrer_path);
  to.u32(r.source);
  to.u8(static_cast<std::uint8_t>(h.channel));
  to.u32(r.utm_source);
  to.u32(r.utm_medium);
  to.u32(r.utm_campaign);
  to.u32(r.utm_term);
  to.u32(r.utm_content);
  to.u32(p.browser);
  to.u16(p.browser_major);
  to.u32(p.os);
  to.u8(p.device);
  to.u32(p.language);
  to.u32(p.country);
  to.u32(p.screen);
  to.u16(h.viewport_width);
  to.u16(h.viewport_height);
  to.u32(r.tracker);
}

/// The sealed tables, their time and the order that a rewrite brings them into: total, so that copies are alike.
struct Sorted {
  std::string_view name, time, order;
};
constexpr std::array<Sorted, 3> kSorted = {{{"sealed_visits", "start", "site, start, visit"},
                                            {"sealed_hits", "ts", "site, ts, visit, page, bits"},
                                            {"sealed_events", "ts", "site, ts, visit, name, page, properties"}}};

/// Appenders of one batch, each made when its table gets its first row.
class Tables {
 public:
  explicit Tables(db::DuckConnection& connection) : connection_(connection) {}

  Result<db::DuckAppender*> open(std::string_view table) {
    auto& slot = open_[table];
    if (!slot) {
      auto made = connection_.append_to(table);
      if (!made) return std::unexpected(made.error());
      slot = std::move(*made);
    }
    return slot.get();
  }
  Result<void> flush() {
    for (auto& [table, appender] : open_)
      if (auto done = appender->flush(); !done) return done;
    return {};
  }

 private:
  db::DuckConnection& connection_;
  std::map<std::string_view, std::unique_ptr<db::DuckAppender>> open_;
};

Pinned pinned_at(const db::DuckRows& row, std::size_t first) {
  return {.browser = static_cast<std::uint32_t>(row.u64(first)),
          .os = static_cast<std::uint32_t>(row.u64(first + 2)),
          .language = static_cast<std::uint32_t>(row.u64(first + 4)),
          .country = static_cast<std::uint32_t>(row.u64(first + 5)),
          .screen = static_cast<std::uint32_t>(row.u64(first + 6)),
          .browser_major = static_cast<std::uint16_t>(row.u64(first + 1)),
          .device = static_cast<std::uint8_t>(row.u64(first + 3))};
}

Result<void> append_visitor(Tables& tables, const VisitorDay& who, const Pinned& p) {
  auto to = tables.open("hot_visitors");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(who.site));
  (*to)->date(who.day);
  (*to)->u64(who.visitor);
  (*to)->u32(p.browser);
  (*to)->u16(p.browser_major);
  (*to)->u32(p.os);
  (*to)->u8(p.device);
  (*to)->u32(p.language);
  (*to)->u32(p.country);
  (*to)->u32(p.screen);
  return (*to)->end_row();
}

Result<void> append_visit(Tables& tables, const Hit& h, std::uint32_t visit, const HitRow& row, const Pinned& pinned) {
  auto to = tables.open("hot_visits");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(h.site));
  (*to)->date(h.day);
  (*to)->time(h.at);
  (*to)->u32(visit);
  (*to)->u64(h.visitor);
  (*to)->u32(row.page);
  (*to)->boolean(h.late);
  put_attribution(**to, h, row, pinned);
  return (*to)->end_row();
}

Result<void> append_activity(Tables& tables, const Batch::Arrived& arrived, std::uint32_t visit, const HitRow& row) {
  const Hit& h = arrived.hit;
  const bool event = h.kind == HitKind::event;
  auto to = tables.open(event ? "hot_events" : "hot_hits");
  if (!to) return std::unexpected(to.error());
  (*to)->u64(arrived.offset);
  (*to)->u32(static_cast<std::uint32_t>(h.site));
  (*to)->time(h.at);
  (*to)->date(h.day);
  (*to)->u32(visit);
  (*to)->u64(h.visitor);
  (*to)->boolean(h.late);
  (*to)->u32(row.page);
  if (event) {
    (*to)->u32(row.event_name);
    (*to)->text(h.event_json);
  }
  put_attribution(**to, h, row, row.own);
  return (*to)->end_row();
}

}  // namespace

std::span<const db::Migration> lane_schema() {
  static constexpr std::array<db::Migration, 3> kMigrations = {{{"create_lane_tables", sql::store::lane_tables},
                                                                {"create_lane_views", sql::store::lane_views},
                                                                {"lane_timeline", sql::store::lane_timeline}}};
  return kMigrations;
}

Lane::Lane(fs::path file, std::shared_ptr<db::DuckDatabase> database, std::unique_ptr<db::DuckConnection> connection)
    : file_(std::move(file)), database_(std::move(database)), connection_(std::move(connection)) {}

Result<std::unique_ptr<Lane>> Lane::open(const fs::path& file, const db::DuckOptions& options,
                                         std::optional<LaneIdentity> fresh) {
  auto database = db::open_migrated(file, options, lane_schema());
  if (!database) return std::unexpected(database.error());
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(connection.error());
  std::unique_ptr<Lane> lane(new Lane(file, *database, std::move(*connection)));
  if (auto ready = lane->begin(fresh); !ready) return std::unexpected(ready.error());
  if (auto done = lane->checkpoint(); !done && !answers(**database)) return std::unexpected(done.error());
  return lane;
}

Result<std::unique_ptr<Lane>> Lane::resume(const fs::path& file, std::shared_ptr<db::DuckDatabase> database,
                                           LaneIdentity identity) {
  auto connection = database->connect();
  if (!connection) return std::unexpected(connection.error());
  std::unique_ptr<Lane> lane(new Lane(file, std::move(database), std::move(*connection)));
  if (auto ready = lane->begin(identity); !ready) return std::unexpected(ready.error());
  return lane;
}

Result<Lane::Reading> Lane::open_for_readers(const fs::path& file, const db::DuckOptions& options) {
  auto database = db::look_at(file, options, lane_schema());
  if (!database) return std::unexpected(database.error());
  if (!database->complete) return fail(Code::unavailable, file.string() + " has nothing that could be read");
  auto connection = database->handle->connect();
  if (!connection) return std::unexpected(connection.error());
  auto inside = read_identity(**connection);
  if (!inside) return std::unexpected(inside.error());
  if (!*inside) return fail(Code::unavailable, file.string() + " does not say whose file it is");
  return Reading{std::move(database->handle), **inside};
}

bool Lane::answers(db::DuckDatabase& database) {
  const auto connection = database.connect();
  if (!connection) return false;
  const auto rows = (*connection)->query("SELECT log_offset FROM applied");
  return rows && (*rows)->next();
}

Result<Lane::Look> Lane::look(const fs::path& file, const db::DuckOptions& options) {
  Look found;
  auto looked = db::look_at(file, options, lane_schema());
  if (!looked && looked.error().code == Code::conflict) {
    found.no_wal = looked.error().message;
    auto alone = options;
    alone.read_only = alone.without_wal = true;
    looked = db::look_at(file, alone, lane_schema());
  }
  if (!looked) return std::unexpected(looked.error());
  if (!looked->handle) return found;
  auto connection = looked->handle->connect();
  if (!connection) return std::unexpected(connection.error());
  Lane lane(file, looked->handle, std::move(*connection));
  auto mark = lane.read_mark();
  auto loaded = mark && looked->complete ? lane.load() : Result<void>{};
  if (!mark || !loaded)
    return fail(Code::unavailable, concat({file.string(), " is damaged.", db::kDamagedAdvice,
                                           " The database says: ", (mark ? loaded.error() : mark.error()).message}));
  found.mark = *mark;
  return found;
}

/// Also of a file that has migrations before it.
Result<log::Mark> Lane::read_mark() {
  bool table = false, timeline = false;
  auto read = for_rows(*connection_, sql::store::mark_columns, {}, [&](db::DuckRows& row) {
    table = true;
    timeline = timeline || row.text(0) == "timeline";
  });
  log::Mark mark;
  if (read && table)
    read = for_rows(*connection_, timeline ? sql::store::mark : "SELECT log_offset FROM applied", {},
                    [&](db::DuckRows& row) {
                      mark.offset = row.u64(0);
                      if (timeline) mark.timeline = row.uuid(2);
                    });
  if (!read) return std::unexpected(read.error());
  return mark;
}

/// Makes the object ready to apply.
Result<void> Lane::begin(std::optional<LaneIdentity> fresh) {
  if (auto ready = identify(fresh); !ready) return ready;
  if (auto ready = connection_->exec(sql::store::lane_temp); !ready) return ready;
  return load();
}

Result<std::optional<LaneIdentity>> Lane::read_identity(db::DuckConnection& connection) {
  std::optional<LaneIdentity> inside;
  if (auto read = for_rows(connection, "SELECT lane, team_id FROM lane_info", {},
                           [&](db::DuckRows& row) {
                             inside =
                                 LaneIdentity{LaneKey{static_cast<std::uint32_t>(row.u64(0))}, TeamId{row.uuid(1)}};
                           });
      !read)
    return std::unexpected(read.error());
  return inside;
}

Result<void> Lane::identify(std::optional<LaneIdentity> fresh) {
  const auto inside = read_identity(*connection_);
  if (!inside) return std::unexpected(inside.error());
  if (*inside) {
    if (fresh && (*inside)->lane != fresh->lane)
      return fail(Code::unavailable, file_.string() + " belongs to another team's lane");
    identity_ = **inside;
    return {};
  }
  if (!fresh) return fail(Code::unavailable, file_.string() + " does not say whose file it is");
  identity_ = *fresh;
  return write_identity();
}

Result<void> Lane::write_identity() {
  if (auto done = connection_->exec("DELETE FROM lane_info"); !done) return done;
  auto to = connection_->append_to("lane_info");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(identity_.lane));
  (*to)->uuid(identity_.team.uuid);
  if (auto done = (*to)->end_row(); !done) return done;
  return (*to)->flush();
}

Result<void> Lane::load() {
  if (auto read = for_rows(*connection_, sql::store::mark, {},
                           [&](db::DuckRows& row) {
                             applied_ = row.u64(0);
                             visits_.restore_time(from_ms(row.i64(1)));
                             timeline_ = row.uuid(2);
                           });
      !read)
    return read;
  const auto number = [&](db::DuckRows& row) {
    visits_.restore_number(SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<std::uint32_t>(row.u64(1)));
  };
  if (auto read = for_rows(*connection_, "SELECT site, visit FROM numbers", {}, number); !read) return read;
  if (auto read = for_rows(*connection_, "SELECT site, max(visit) FROM hot_visits GROUP BY site", {}, number); !read)
    return read;
  if (auto read = for_rows(*connection_,
                           "SELECT site, day, count(*) FROM (SELECT site, day FROM hot_hits UNION ALL "
                           "SELECT site, day FROM hot_events) GROUP BY site, day",
                           {},
                           [&](db::DuckRows& row) {
                             hot_[{SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1))}] =
                                 row.u64(2);
                           });
      !read)
    return read;
  if (auto done = load_open_visits(); !done) return done;
  return dictionary_.load(*connection_);
}

Result<void> Lane::load_open_visits() {
  return for_rows(*connection_, sql::store::open_visits, {visits_.horizon()}, [&](db::DuckRows& row) {
    const VisitorDay who{SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1)), row.u64(2)};
    visits_.restore(who, {.visit = static_cast<std::uint32_t>(row.u64(3)), .last = from_ms(row.i64(4))},
                    pinned_at(row, 5));
  });
}

Result<std::vector<Applied>> Lane::apply(const Batch& batch) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = append_sites(batch.sites); !done) return std::unexpected(done.error());
  if (!batch.hits.empty()) {
    std::vector<HitRow> rows;
    rows.reserve(batch.hits.size());
    for (const auto& arrived : batch.hits) rows.push_back(known_row(arrived.hit));
    if (auto done = dictionary_.fetch(*connection_); !done) return std::unexpected(done.error());
    if (auto done = load_pinned(batch); !done) return std::unexpected(done.error());
    if (auto done = append_rows(batch, rows); !done) return std::unexpected(done.error());
    if (auto done = dictionary_.store(*connection_); !done) return std::unexpected(done.error());
  }
  if (auto done = write_offset(batch.end); !done) return std::unexpected(done.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  applied_ = batch.end;
  visits_.expire();

  std::map<SiteKey, Applied> changed;
  {
    const std::scoped_lock lock(hot_mutex_);
    for (const auto& [hit, offset] : batch.hits) {
      ++hot_[{hit.site, hit.day}];
      Applied& site = changed.try_emplace(hit.site, Applied{.site = hit.site, .earliest = hit.at}).first->second;
      ++(hit.kind == HitKind::event ? site.events : site.hits);
      site.earliest = std::min(site.earliest, hit.at);
    }
  }
  std::vector<Applied> out;
  out.reserve(changed.size());
  for (auto& [site, what] : changed) out.push_back(what);
  return out;
}

Result<void> Lane::append_sites(const std::vector<SiteAdded>& sites) {
  if (sites.empty()) return {};
  auto to = connection_->append_to("sites");
  if (!to) return std::unexpected(to.error());
  for (const SiteAdded& site : sites) {
    (*to)->u32(static_cast<std::uint32_t>(site.site));
    (*to)->uuid(site.id.uuid);
    (*to)->text(site.domain);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  if (!identity_.team.uuid.is_nil()) return {};
  // The first file is made before there is a team.
  identity_.team = sites.front().team;
  return write_identity();
}

Result<void> Lane::load_pinned(const Batch& batch) {
  returning_.clear();
  std::unordered_set<VisitorDay, VisitorDayHash> wanted;
  for (const auto& [hit, offset] : batch.hits) {
    const VisitorDay who{hit.site, hit.day, hit.visitor};
    if (visits_.find(who) == nullptr) wanted.insert(who);
  }
  if (wanted.empty()) return {};
  auto to = connection_->append_to("temp.wanted_visitors");
  if (!to) return std::unexpected(to.error());
  for (const VisitorDay& who : wanted) {
    (*to)->u32(static_cast<std::uint32_t>(who.site));
    (*to)->date(who.day);
    (*to)->u64(who.visitor);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  if (auto read = for_rows(
          *connection_, sql::store::returning_visitors, {},
          [&](db::DuckRows& row) {
            returning_[{SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1)), row.u64(2)}] =
                pinned_at(row, 3);
          });
      !read)
    return read;
  return connection_->exec("DELETE FROM wanted_visitors");
}

/// With the ids that the dictionary knows already; it is told to look for the others.
HitRow Lane::known_row(const Hit& hit) {
  bool whole = true;
  HitRow row = resolve(hit, [&](TextKind kind, std::string_view text) {
    const std::uint32_t id = dictionary_.want(kind, text);
    whole = whole && (id != 0 || text.empty());
    return id;
  });
  row.whole = whole;
  return row;
}

Result<void> Lane::append_rows(const Batch& batch, const std::vector<HitRow>& rows) {
  Tables tables(*connection_);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Batch::Arrived& arrived = batch.hits[i];
    const Hit& hit = arrived.hit;
    const HitRow row =
        rows[i].whole ? rows[i]
                      : resolve(hit, [&](TextKind kind, std::string_view text) { return dictionary_.id(kind, text); });
    const VisitorDay who{hit.site, hit.day, hit.visitor};
    if (!batch.by_site && visits_.turns_back(hit.at, hit.late)) {
      // The machine's clock was set back: what was dropped meanwhile can be continued again. When it was dropped
      // depends on batches and restarts; what the tables say does not.
      if (auto done = tables.flush(); !done) return done;
      visits_.restore_time(hit.at);
      if (auto done = load_open_visits(); !done) return done;
    }
    Pinned pinned = row.own;
    if (const auto* open = visits_.find(who)) {
      pinned = open->pinned;
    } else if (const auto seen = returning_.find(who); seen != returning_.end()) {
      pinned = seen->second;
    } else {
      if (auto done = append_visitor(tables, who, pinned); !done) return done;
    }
    const auto [visit, opens] = visits_.decide(who, hit.visitor_before, hit.at, hit.late, pinned);
    if (opens)
      if (auto done = append_visit(tables, hit, visit, row, pinned); !done) return done;
    if (auto done = append_activity(tables, arrived, visit, row); !done) return done;
  }
  return tables.flush();
}

Result<void> Lane::write_offset(log::Offset offset) {
  if (auto done = connection_->exec("DELETE FROM applied"); !done) return done;
  auto to = connection_->append_to("applied");
  if (!to) return std::unexpected(to.error());
  (*to)->u64(offset);
  (*to)->time(visits_.log_time());
  (*to)->uuid(timeline_);
  if (auto done = (*to)->end_row(); !done) return done;
  return (*to)->flush();
}

Result<void> Lane::advance(log::Offset offset) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = write_offset(offset); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  applied_ = offset;
  return {};
}

Result<void> Lane::seal(const SealOrder& order, log::Offset offset) {
  const std::vector<SiteDay> days = with_set_aside(order);
  auto done = seal_days(days, offset);
  if (done || db::cause_of(done.error()) != db::DuckCause::damage) return done;
  // Site after site, so that damage stays with its own. Numbers are per site: each comes out as it does on a copy whose
  // disk is whole. A kill in between leaves hot rows of fewer sites to the order's next try.
  for (auto first = days.begin(); first != days.end();) {
    const auto end = std::find_if(first, days.end(), [&](const SiteDay& d) { return d.site != first->site; });
    if (auto one = seal_days({first, end}, std::nullopt); !one) {
      if (db::cause_of(one.error()) != db::DuckCause::damage) return one;
      const std::scoped_lock lock(hot_mutex_);
      damage_.days.insert(first, end);
      ++damage_.met;
      damage_.words = one.error().message;
    }
    first = end;
  }
  return advance(offset);
}

/// In order, each once, with the days of the same sites that were set aside: a site's visits number through its days.
std::vector<SiteDay> Lane::with_set_aside(const SealOrder& order) const {
  std::set<SiteDay> days(order.days.begin(), order.days.end());
  const std::scoped_lock lock(hot_mutex_);
  for (const SiteDay& day : damage_.days)
    if (std::ranges::find(order.days, day.site, &SiteDay::site) != order.days.end()) days.insert(day);
  return {days.begin(), days.end()};
}

/// All or nothing. Without an offset the lane stays where it is in the log.
Result<void> Lane::seal_days(const std::vector<SiteDay>& days, std::optional<log::Offset> offset) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  auto to = connection_->append_to("temp.seal_days");
  if (!to) return std::unexpected(to.error());
  for (const auto& [site, day] : days) {
    (*to)->u32(static_cast<std::uint32_t>(site));
    (*to)->date(day);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  if (auto done = connection_->exec(sql::store::seal); !done) return done;
  if (offset)
    if (auto done = write_offset(*offset); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  if (offset) applied_ = *offset;
  visits_.forget(days);
  const std::scoped_lock lock(hot_mutex_);
  for (const SiteDay& day : days) {
    hot_.erase(day);
    damage_.days.erase(day);
  }
  return {};
}

Result<void> Lane::rewrite(const RewriteOrder& order, log::Offset offset) {
  auto done = sort_month(order.month, offset);
  if (done || db::cause_of(done.error()) != db::DuckCause::damage) return done;
  {
    const std::scoped_lock lock(hot_mutex_);
    damage_.months.insert(order.month);
    ++damage_.met;
    damage_.words = done.error().message;
  }
  return advance(offset);
}

Result<void> Lane::sort_month(Day month, log::Offset offset) {
  const TimeMs from = std::chrono::sys_days{std::chrono::days{month}};
  const TimeMs to = std::chrono::sys_days{std::chrono::days{next_month(month)}};

  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  for (const Sorted& table : kSorted) {
    const std::string within = concat({table.time, " >= $1 AND ", table.time, " < $2"});
    std::int64_t last_row = -1;
    if (auto read = for_rows(*connection_, concat({"SELECT max(rowid) FROM ", table.name}), {},
                             [&](db::DuckRows& row) { last_row = row.is_null(0) ? -1 : row.i64(0); });
        !read)
      return read;
    // Rows that this transaction inserts have row ids far above all others.
    for (const std::string& sql :
         {concat({"INSERT INTO ", table.name, " SELECT * FROM ", table.name, " WHERE ", within, " ORDER BY ",
                  table.order}),
          concat({"DELETE FROM ", table.name, " WHERE ", within, " AND rowid <= ", std::to_string(last_row)})})
      if (auto done = connection_->query(sql, {from, to}); !done) return std::unexpected(done.error());
  }
  if (auto done = count_sorted(month); !done) return done;
  if (auto done = write_offset(offset); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  applied_ = offset;
  return {};
}

Result<void> Lane::call_sorted(Day month) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = count_sorted(month); !done) return done;
  return transaction->commit();
}

Result<void> Lane::count_sorted(Day month) {
  const TimeMs from = std::chrono::sys_days{std::chrono::days{month}};
  const TimeMs to = std::chrono::sys_days{std::chrono::days{next_month(month)}};
  for (const auto& [sql, params] : std::initializer_list<std::pair<std::string_view, std::vector<db::DuckValue>>>{
           {"DELETE FROM sealed_months WHERE month = $1", {db::DateValue{month}}},
           {sql::store::count_month, {db::DateValue{month}, from, to}}})
    if (auto done = connection_->query(sql, params); !done) return std::unexpected(done.error());
  return {};
}

Result<void> Lane::checkpoint() {
  // One that fails in its middle leaves a database that refuses everything. It writes less than the WAL holds.
  std::error_code ec;
  const auto space = fs::space(fs::absolute(file_).parent_path(), ec);
  if (const auto bytes = wal_bytes(); !ec && space.available < bytes)
    return fail(Code::unavailable, "no checkpoint: the disk is full, " + std::to_string(bytes) + " bytes are needed");
  auto done = connection_->exec("CHECKPOINT");
  if (done) checkpointed_ = applied_;
  return done;
}

Result<std::vector<SealedMonth>> Lane::sealed_months() {
  std::vector<SealedMonth> out;
  auto read = for_rows(*connection_, "SELECT month, sorted, appended FROM sealed_months ORDER BY month", {},
                       [&](db::DuckRows& row) {
                         out.push_back({identity_.lane, static_cast<Day>(row.i64(0)), row.u64(1), row.u64(2)});
                       });
  if (!read) return std::unexpected(read.error());
  return out;
}

std::uint64_t Lane::wal_bytes() const {
  std::error_code ec;
  const auto size = fs::file_size(file_.string() + ".wal", ec);
  return ec ? 0 : size;
}

std::map<SiteDay, std::uint64_t> Lane::hot() const {
  const std::scoped_lock lock(hot_mutex_);
  auto out = hot_;
  for (const SiteDay& day : damage_.days) out.erase(day);
  return out;
}

Lane::Damage Lane::damage() const {
  const std::scoped_lock lock(hot_mutex_);
  return damage_;
}

std::uint64_t Lane::hot_rows() const {
  const std::scoped_lock lock(hot_mutex_);
  std::uint64_t rows = 0;
  for (const auto& [day, n] : hot_) rows += n;
  return rows;
}

}  // namespace hk::store
