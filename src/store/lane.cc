#include "store/lane.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "base/text.h"
#include "db/advice.h"
#include "db/migrations.h"
#include "sql/store.h"
#include "store/for_rows.h"
#include "store/going_on.h"
#include "store/rebuild.h"
#include "store/statements.h"

namespace hk::store {

namespace fs = std::filesystem;

Lane::Lane(fs::path file, std::shared_ptr<db::DuckDatabase> database, std::unique_ptr<db::DuckConnection> connection,
           fs::path visitors)
    : file_(std::move(file)),
      database_(std::move(database)),
      connection_(std::move(connection)),
      visitors_(std::move(visitors)) {}

Result<std::unique_ptr<Lane>> Lane::open(const fs::path& file, const db::DuckOptions& options,
                                         std::optional<LaneIdentity> fresh, const ReadLog& read_log) {
  std::string lost;
  auto how = lane_rebuild(file);
  how.lost = [&](std::string_view table, std::uint64_t rows) {
    lost += concat({lost.empty() ? "" : ", ", std::to_string(rows), " of ", table});
  };
  auto database = db::open_rebuilt(file, options, how);
  if (!database) return std::unexpected(database.error());
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(connection.error());
  std::unique_ptr<Lane> lane(new Lane(file, *database, std::move(*connection), VisitorMap::directory_of(file)));
  if (!lost.empty()) {
    lane->damage_.met = 1;
    lane->damage_.words = concat({"rows of the earlier form could not be read and are lost: ", lost});
  }
  if (auto ready = lane->begin(fresh, read_log); !ready) return std::unexpected(ready.error());
  if (auto done = lane->checkpoint(); !done && !answers(**database)) return std::unexpected(done.error());
  return lane;
}

Result<std::unique_ptr<Lane>> Lane::resume(const fs::path& file, std::shared_ptr<db::DuckDatabase> database,
                                           LaneIdentity identity, const ReadLog& read_log) {
  auto connection = database->connect();
  if (!connection) return std::unexpected(connection.error());
  std::unique_ptr<Lane> lane(
      new Lane(file, std::move(database), std::move(*connection), VisitorMap::directory_of(file)));
  if (auto ready = lane->begin(identity, read_log); !ready) return std::unexpected(ready.error());
  if (lane->is_checkpointed()) lane->checkpointed_ = lane->applied_;
  return lane;
}

void Lane::sleep() {
  ensure(is_checkpointed() && !must_erase(), "a lane that sleeps owes its file nothing");
  connection_.reset();
  database_.reset();
}

Result<void> Lane::wake(std::shared_ptr<db::DuckDatabase> database) {
  auto connection = database->connect();
  if (!connection) return std::unexpected(connection.error());
  database_ = std::move(database);
  connection_ = std::move(*connection);
  if (auto ready = connection_->exec(sql::store::lane_temp); !ready) return ready;
  log::Offset applied = 0;
  if (auto read = for_rows(*connection_, sql::store::log_offset, {}, [&](db::DuckRows& row) { applied = row.u64(0); });
      !read)
    return read;
  return applied == applied_ ? Result<void>{} : fail(Code::conflict, "the file is not the one that was closed");
}

std::size_t Lane::bytes() const {
  constexpr std::size_t kItself = 4'096, kVisitor = 24, kVisit = 400;
  return kItself + visitors_.size() * kVisitor + visits_.size() * kVisit + dictionary_.bytes();
}

Result<Lane::Reading> Lane::open_for_readers(const fs::path& file, const db::DuckOptions& options) {
  auto database = db::look_at(file, options, lane_forms());
  if (!database) return std::unexpected(database.error());
  if (database->earlier) return fail(Code::unavailable, file.string() + " is still of an earlier form");
  if (!database->complete) return fail(Code::unavailable, file.string() + " has nothing that could be read");
  auto connection = database->handle->connect();
  if (!connection) return std::unexpected(connection.error());
  const auto inside = read_identity(**connection);
  if (!inside) return std::unexpected(inside.error());
  const std::optional<LaneIdentity>& whose = *inside;
  if (!whose) return fail(Code::unavailable, file.string() + " does not say whose file it is");
  return Reading{std::move(database->handle), *whose};
}

bool Lane::answers(db::DuckDatabase& database) {
  const auto connection = database.connect();
  if (!connection) return false;
  const auto rows = (*connection)->query(sql::store::log_offset);
  return rows && (*rows)->next();
}

Result<Lane::Look> Lane::look(const fs::path& file, const db::DuckOptions& options) {
  Look found;
  auto looked = db::look_at(file, options, lane_forms());
  if (!looked && looked.error().code == Code::conflict) {
    found.no_wal = looked.error().message;
    auto alone = options;
    alone.read_only = alone.without_wal = true;
    looked = db::look_at(file, alone, lane_forms());
  }
  if (!looked) return std::unexpected(looked.error());
  if (!looked->handle) return found;
  auto connection = looked->handle->connect();
  if (!connection) return std::unexpected(connection.error());
  Lane lane(file, looked->handle, std::move(*connection), {});
  auto mark = lane.read_mark();
  auto loaded = mark && looked->complete ? lane.load({}) : Result<void>{};
  if (loaded && mark && looked->complete) loaded = lane.dictionary_.load(*lane.connection_);
  if (mark && !loaded && db::cause_of(loaded.error()) == db::DuckCause::damage) {
    found.damage = loaded.error().message;
  } else if (!mark || !loaded) {
    return fail(Code::unavailable, file.string() + db::unreadable(mark ? loaded.error() : mark.error()));
  }
  found.mark = *mark;
  if (auto inside = read_identity(*lane.connection_)) found.identity = *inside;
  if (looked->complete)
    (void)for_rows(*lane.connection_, sql::store::oldest_hot, {}, [&](db::DuckRows& row) { found.hot = row.u64(0); });
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
    read = for_rows(*connection_, timeline ? sql::store::mark : sql::store::log_offset, {}, [&](db::DuckRows& row) {
      mark.offset = row.u64(0);
      if (timeline) mark.timeline = row.uuid(2);
    });
  if (!read) return std::unexpected(read.error());
  return mark;
}

/// Makes the object ready to apply.
Result<void> Lane::begin(std::optional<LaneIdentity> fresh, const ReadLog& read_log) {
  if (auto ready = identify(fresh); !ready) return ready;
  if (auto ready = connection_->exec(sql::store::lane_temp); !ready) return ready;
  return load(read_log);
}

Result<std::optional<LaneIdentity>> Lane::read_identity(db::DuckConnection& connection) {
  std::optional<LaneIdentity> inside;
  if (auto read = for_rows(connection, sql::store::lane_identity, {},
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
  if (const std::optional<LaneIdentity>& whose = *inside) {
    if (fresh && whose->lane != fresh->lane)
      return fail(Code::unavailable, file_.string() + " belongs to another team's lane");
    identity_ = *whose;
    return {};
  }
  if (!fresh) return fail(Code::unavailable, file_.string() + " does not say whose file it is");
  identity_ = *fresh;
  return write_identity();
}

Result<void> Lane::write_identity() {
  if (auto done = connection_->exec(sql::store::forget_identity); !done) return done;
  auto to = connection_->append_to("lane_info");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(identity_.lane));
  (*to)->uuid(identity_.team.uuid);
  if (auto done = (*to)->end_row(); !done) return done;
  return (*to)->flush();
}

Result<void> Lane::load(const ReadLog& read_log) {
  Millis turned_back{};
  if (auto read = for_rows(*connection_, sql::store::turned_back, {},
                           [&](db::DuckRows& row) { turned_back = Millis{row.i64(0)}; });
      !read)
    return read;
  if (auto read = for_rows(*connection_, sql::store::mark, {},
                           [&](db::DuckRows& row) {
                             applied_ = row.u64(0);
                             timeline_ = row.uuid(2);
                             visits_.restore_time(from_ms(row.i64(1)), turned_back);
                           });
      !read)
    return read;
  const auto number = [&](db::DuckRows& row) {
    const SiteKey site{static_cast<std::uint32_t>(row.u64(0))};
    visits_.restore_number(site, static_cast<std::uint32_t>(row.u64(1)));
    visitors_.restore_number(site, static_cast<std::uint32_t>(row.u64(2)));
  };
  if (auto read = for_rows(*connection_, sql::store::visit_numbers, {}, number); !read) return read;
  if (auto read = for_rows(*connection_, sql::store::hot_days, {},
                           [&](db::DuckRows& row) {
                             hot_[{SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1))}] = {
                                 .all = row.u64(2), .late = row.u64(3)};
                           });
      !read)
    return read;
  if (auto done = load_gone(); !done) return done;
  if (auto done = load_visitors(read_log); !done) return done;
  if (auto done = load_going_on(); !done) return done;
  dictionary_.forget();
  titles_.forget();
  return {};
}

Result<void> Lane::load_visitors(const ReadLog& read_log) {
  std::vector<KnownVisitor> known;
  if (auto read = for_rows(
          *connection_, sql::store::hot_visitors, {},
          [&](db::DuckRows& row) {
            known.push_back({.day = {SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1))},
                             .vd = static_cast<std::uint32_t>(row.u64(2)),
                             .first = row.u64(3)});
          });
      !read)
    return read;
  if (std::ranges::find(known, log::Offset{0}, &KnownVisitor::first) != known.end()) {
    const auto left = left_rows();
    if (!left) return std::unexpected(left.error());
    for (const LeftRows& one : *left) left_[one.day] += one.rows;
  }
  const auto missing = visitors_.load(std::move(known));
  return !read_log || missing.empty() ? Result<void>{} : recall(missing, read_log);
}

/// Reads on from the new visitor that came last before this one.
Result<std::unique_ptr<log::Reader>> Lane::before(const KnownVisitor& first, const ReadLog& read_log) {
  log::Offset from = 0;
  if (auto read = for_rows(*connection_, sql::store::visitor_before, {std::uint64_t{first.first}},
                           [&](db::DuckRows& row) { from = row.u64(0); });
      !read)
    return std::unexpected(read.error());
  return read_log(from);
}

/// Who has rows but is in none of the map's files: after a crash the visitors since the last checkpoint, of a copy
/// without a map all of the days that are hot. Each came with a record, which the log may still have.
Result<void> Lane::recall(const std::vector<KnownVisitor>& missing, const ReadLog& read_log) {
  // What did not come from the log has no place in it.
  auto next = std::ranges::upper_bound(missing, log::Offset{0}, {}, &KnownVisitor::first);
  if (next == missing.end()) return {};
  auto reader = before(*next, read_log);
  if (!reader) return std::unexpected(reader.error());
  std::int64_t recalled = 0, lost = 0;
  const auto pass = [&] {
    // Nobody comes back to a day that was over two days ago.
    if (std::chrono::sys_days{std::chrono::days{next->day.day + 2}} >= visits_.log_time()) ++lost;
    ++next;
  };
  while (next != missing.end()) {
    const auto read = (*reader)->next(Millis{0});
    if (!read) break;  // of damage the applier will tell
    const auto& entry = *read;
    if (!entry) break;
    const auto& [offset, record] = *entry;
    while (next != missing.end() && next->first < offset) pass();
    if (next == missing.end() || next->first != offset) continue;
    const bool own = LaneKey{record.lane} == identity_.lane && RecordKind{record.kind} == RecordKind::hit;
    const auto hit = own ? decode_hit(record.payload, record.version) : fail(Code::not_found, "");
    if (!hit || SiteDay{hit->site, hit->day} != next->day) continue;
    visitors_.restore({hit->site, hit->day, hit->visitor}, next->vd, offset);
    ++recalled;
    ++next;
  }
  while (next != missing.end()) pass();
  logging::info("visitors of running days were read from the log again",
                {{"file", file_.string()}, {"visitors", recalled}});
  if (lost > 0)
    logging::warn("visitors of running days are nowhere any more; who of them comes again today counts once more",
                  {{"file", file_.string()}, {"visitors", lost}});
  return {};
}

Result<void> Lane::load_going_on() {
  const auto found = read_going_on(*connection_, visits_.horizon(), visits_.turned_back());
  if (!found) return std::unexpected(found.error());
  const auto visitor = [](const GoingOn::Part& part) { return std::tuple(part.site, part.vd); };
  visitors_.for_each([&](const VisitorDay& who, std::uint32_t vd) {
    for (const auto& part : std::ranges::equal_range(found->parts, std::tuple(who.site, vd), {}, visitor))
      visits_.restore(who, part.visit, part.pinned);
  });
  outcomes_.clear();
  for (const Outcome& visit : found->visits) outcomes_.open(visit);
  return {};
}

Result<void> Lane::write_offset(log::Offset offset) {
  ensure(offset >= applied_, "a lane's offset grows");
  if (auto done = connection_->exec(sql::store::forget_mark); !done) return done;
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

Result<void> Lane::checkpoint() {
  // One that fails in its middle leaves a database that refuses everything. It writes less than the WAL holds.
  std::error_code ec;
  const auto space = fs::space(fs::absolute(file_).parent_path(), ec);
  if (const auto bytes = wal_bytes(); !ec && space.available < bytes)
    return fail(Code::unavailable, "no checkpoint: the disk is full, " + std::to_string(bytes) + " bytes are needed");
  // Who has a row that outlives the WAL has an entry; who has an entry that is overwritten has no row.
  if (auto synced = visitors_.sync(); !synced) return synced;
  if (auto done = connection_->exec("CHECKPOINT"); !done) return done;
  checkpointed_ = applied_;
  return visitors_.erase();
}

Result<std::vector<SealedMonth>> Lane::sealed_months() {
  std::vector<SealedMonth> out;
  auto read = for_rows(*connection_, sql::store::sealed_months, {}, [&](db::DuckRows& row) {
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

std::map<SiteDay, HotRows> Lane::hot() const {
  const std::scoped_lock lock(hot_mutex_);
  auto out = hot_;
  for (const auto& [day, rows] : left_) {
    auto& all = out.at(day).all;
    all -= rows;
    if (all == 0) out.erase(day);
  }
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
  for (const auto& [day, n] : hot_) rows += n.all;
  return rows;
}

}  // namespace hk::store
