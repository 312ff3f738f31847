#include "store/rebuild.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "base/paths.h"
#include "base/text.h"
#include "sql/store.h"
#include "store/attributes.h"
#include "store/for_rows.h"
#include "store/order.h"
#include "store/properties.h"
#include "store/statements.h"
#include "store/visitor_map.h"
#include "store/visits.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::array<db::Migration, 4> kEarlier = {{{"create_lane_tables", sql::store::earlier_tables},
                                                    {"create_lane_views", sql::store::earlier_views},
                                                    {"lane_timeline", sql::store::earlier_timeline},
                                                    {"lane_turns", sql::store::earlier_turns}}};

/// Columns whose texts each site has for itself now, with their kind.
struct Moved {
  int kind;
  std::string_view column;
};
constexpr std::array<Moved, 9> kMoved = {{{1, "hostname"},
                                          {2, "referrer_host"},
                                          {3, "referrer_path"},
                                          {4, "source"},
                                          {5, "utm_source"},
                                          {6, "utm_medium"},
                                          {7, "utm_campaign"},
                                          {8, "utm_term"},
                                          {9, "utm_content"}}};
constexpr std::uint64_t kPageKind = 0;
/// What is in memory, and what all rows need, must be whole.
constexpr std::array<std::string_view, 3> kMayLose = {"sealed_hits", "sealed_events", "sealed_visits"};
/// Views and events of months that are moved together, unless one month has more.
constexpr std::uint64_t kRowsAtOnce = 4'000'000;
/// Between two lines about how far it is.
constexpr std::chrono::seconds kSayEvery{3};

/// What a hit and an event say themselves, in the new form.
std::string own_attributes() {
  std::string texts;
  for (const Moved& one : kMoved) {
    if (!texts.empty()) texts += ", ";
    texts += concat({"coalesce(", one.column, ".id, 0) AS ", one.column});
  }
  return fill(sql::store::rebuild_own, {{"texts", texts}});
}

/// What a visit carries.
std::string attributes() {
  return fill(sql::store::rebuild_attributes, {{"own", own_attributes()}});
}

std::string text_joins() {
  std::string texts;
  for (const Moved& one : kMoved)
    texts += fill(sql::store::rebuild_join, {{"column", std::string(one.column)}, {"kind", std::to_string(one.kind)}});
  return texts;
}

std::string joins() {
  return fill(sql::store::rebuild_joins, {{"texts", text_joins()}});
}

/// Months that are moved together: looking texts up costs as much for one as for several.
struct Months {
  Day first = 0, end = 0;
  TimeMs from{}, to{};
  std::uint64_t rows = 0;
};

/// Fills one file. Everything in order, so that copies of a lane come to the same rows.
class Filling {
 public:
  Filling(const fs::path& file, db::DuckConnection& connection, const db::Reached& reached)
      : file_(file), connection_(connection), reached_(reached) {}

  Result<void> run() {
    if (auto done = step("start", [&] { return connection_.exec(sql::store::rebuild_start); }); !done) return done;
    if (auto done = step("texts", [&] { return texts(); }); !done) return done;
    auto total = count("earlier.");
    if (!total) return std::unexpected(std::move(total.error()));
    total_ = *total;
    auto all = months();
    if (!all) return std::unexpected(std::move(all.error()));
    for (const Months& some : *all)
      if (auto done = step("months", [&] { return move(some); }); !done) return done;
    const auto hot = [&] {
      return connection_.exec(fill(
          sql::store::rebuild_hot,
          {{"own", own_attributes()}, {"text_joins", text_joins()}, {"first_visit", std::to_string(kFirstVisit)}}));
    };
    if (auto done = step("hot", hot); !done) return done;
    if (auto done = step("visitors", [&] { return visitors(); }); !done) return done;
    return step("end", [&] { return end(); });
  }

 private:
  template <class Work>
  Result<void> step(std::string_view name, Work work) {
    auto done = work();
    if (done && reached_) reached_(name);
    return done;
  }

  Result<void> texts() {
    if (auto done = respell(); !done) return done;
    if (auto done = read_properties(); !done) return done;
    if (auto done = connection_.exec(sql::store::rebuild_used_pages); !done) return done;
    for (const Moved& one : kMoved) {
      const auto sql =
          fill(sql::store::rebuild_used, {{"column", std::string(one.column)}, {"kind", std::to_string(one.kind)}});
      if (auto done = connection_.exec(sql); !done) return done;
    }
    return connection_.exec(sql::store::rebuild_texts);
  }

  /// Paths as they came are put into the one spelling of base/paths.h.
  Result<void> respell() {
    auto to = connection_.append_to("temp.respelled");
    if (!to) return std::unexpected(std::move(to.error()));
    Result<void> appended;
    auto read = for_rows(connection_, sql::store::rebuild_paths, {}, [&](db::DuckRows& row) {
      const bool page = row.u64(0) == kPageKind;
      const std::string_view path = row.text(2);
      std::string normal = normal_path(path);
      normal.resize(path_prefix(normal, longest(page ? Attribute::page : Attribute::referrer_path)).size());
      if (!page && normal == "/") normal.clear();
      if (normal == path || !appended) return;
      (*to)->u8(static_cast<std::uint8_t>(row.u64(0)));
      (*to)->u32(static_cast<std::uint32_t>(row.u64(1)));
      (*to)->text(normal);
      appended = (*to)->end_row();
    });
    if (!read) return read;
    if (!appended) return appended;
    return (*to)->flush();
  }

  /// Each JSON text that events had, once, as its properties.
  Result<void> read_properties() {
    auto to = connection_.append_to("temp.told");
    if (!to) return std::unexpected(std::move(to.error()));
    Result<void> appended;
    auto read = for_rows(connection_, sql::store::rebuild_told, {}, [&](db::DuckRows& row) {
      for (const Property& one : properties_of(row.text(0))) {
        if (!appended) return;
        (*to)->text(row.text(0));
        (*to)->text(one.key);
        if (one.number) {
          (*to)->null();
          (*to)->i64(*one.number);
        } else {
          (*to)->text(one.text);
          (*to)->null();
        }
        appended = (*to)->end_row();
      }
    });
    if (!read) return read;
    if (!appended) return appended;
    return (*to)->flush();
  }

  Result<std::vector<Months>> months() {
    std::vector<Months> out;
    auto read = for_rows(connection_, sql::store::rebuild_months, {}, [&](db::DuckRows& row) {
      const Day month = static_cast<Day>(row.i64(0));
      const std::uint64_t rows = row.u64(3);
      if (out.empty() || out.back().rows + rows > kRowsAtOnce)
        out.push_back({.first = month, .from = from_ms(row.i64(1))});
      out.back().end = next_month(month);
      out.back().to = from_ms(row.i64(2));
      out.back().rows += rows;
    });
    if (!read) return std::unexpected(std::move(read.error()));
    return out;
  }

  Result<void> move(const Months& some) {
    const auto visits = fill(sql::store::rebuild_visits,
                             {{"attributes", attributes()}, {"joins", joins()}, {"bits", visit_bits_sql()}});
    if (auto done = connection_.query(visits, {db::DateValue{some.first}, db::DateValue{some.end}}); !done)
      return std::unexpected(std::move(done.error()));
    if (auto done = connection_.query(sql::store::rebuild_activity, {some.from, some.to}); !done)
      return std::unexpected(std::move(done.error()));
    if (auto done = connection_.exec(sql::store::rebuild_hits); !done) return done;
    if (auto done = connection_.exec("CHECKPOINT"); !done) return done;
    return say();
  }

  /// Before the new file has its name: one that is killed in between writes the map once more.
  Result<void> visitors() {
    VisitorMap map(VisitorMap::directory_of(file_));
    static_cast<void>(map.load({}));
    auto read = for_rows(connection_, sql::store::rebuild_visitors, {}, [&](db::DuckRows& row) {
      const SiteKey site{static_cast<std::uint32_t>(row.u64(0))};
      map.restore({site, static_cast<Day>(row.i64(1)), row.u64(2)}, static_cast<std::uint32_t>(row.u64(3)), row.u64(4));
    });
    if (!read) return read;
    if (auto done = map.sync(); !done) return done;
    return map.erase();
  }

  Result<void> end() {
    if (auto done = connection_.exec(sql::store::rebuild_end); !done) return done;
    TimeMs log_time{};
    auto read = for_rows(connection_, sql::store::mark, {}, [&](db::DuckRows& row) { log_time = from_ms(row.i64(1)); });
    if (!read) return read;
    auto closed = connection_.query(close_visits_sql(), {log_time - kStaysOpen});
    return closed ? Result<void>{} : std::unexpected(closed.error());
  }

  Result<std::uint64_t> count(std::string_view of) {
    std::uint64_t rows = 0;
    auto read = for_rows(connection_, fill(sql::store::rebuild_count, {{"of", std::string(of)}}), {},
                         [&](db::DuckRows& row) { rows = row.u64(0); });
    if (!read) return std::unexpected(std::move(read.error()));
    return rows;
  }

  Result<void> say() {
    const auto now = Steady::now();
    if (now - said_ < kSayEvery) return {};
    said_ = now;
    auto done = count("");
    if (!done) return std::unexpected(std::move(done.error()));
    logging::info("writing a database file anew",
                  {{"file", file_.string()},
                   {"rows", *done},
                   {"of", total_},
                   {"seconds", std::chrono::duration_cast<std::chrono::seconds>(now - begun_).count()}});
    return {};
  }

  const fs::path& file_;
  db::DuckConnection& connection_;
  const db::Reached& reached_;
  std::uint64_t total_ = 0;
  Steady::time_point begun_ = Steady::now(), said_ = begun_;
};

}  // namespace

const db::Forms& lane_forms() {
  static constexpr db::Forms kForms{.present = sql::store::migrations, .earlier = kEarlier};
  return kForms;
}

db::Rebuild lane_rebuild(const fs::path& file) {
  return {.forms = lane_forms(),
          .fill = [file](db::DuckConnection& connection,
                         const db::Reached& reached) { return Filling(file, connection, reached).run(); },
          .may_lose = kMayLose};
}

}  // namespace hk::store
