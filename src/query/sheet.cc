#include "query/sheet.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <list>
#include <numeric>
#include <span>
#include <utility>

#include "base/ensure.h"
#include "base/paged.h"
#include "base/text.h"
#include "query/elsewhere.h"
#include "query/statement.h"
#include "sql/query.h"
#include "store/properties.h"

namespace hk::query {
namespace {

/// sheet_statement() gives the pieces their columns.
constexpr std::string_view kRead = "a statement has the columns that its pieces need";
/// What lies between two windows is read with them up to this length.
constexpr std::chrono::days kSlack{1};
/// How far the day of a row may be from that of the site's present zone.
constexpr Day kZonesApart = 2;

bool same_window(const Window& a, const Window& b) {
  return a.from == b.from && a.to == b.to && a.whole_days == b.whole_days;
}

/// A time that no column says: it is told from instants.
bool by_instant(const By& by, Table table) {
  return is_time(by) && (table != Table::visits || cuts_days(*by.dimension));
}

/// Visitors of these groups are counted once a day, whichever row comes first.
bool one_group_a_day(const By& by) {
  return !by.dimension || (is_time(*by.dimension) && !cuts_days(*by.dimension)) || constant_for_the_day(*by.dimension);
}

/// The column that says when.
std::string instant_of(const Part& part) {
  if (part.told != 0) return "e.quarter";
  return concat({alias_of(part.table), part.table == Table::visits ? ".start" : ".ts"});
}

bool counts_distinct(const Part& part) {
  return part.measures.test(at(Measure::visitors)) && part.counting == Counting::distinct;
}

/// The columns of a statement, each once.
class Columns {
 public:
  std::size_t place_of(const std::string& sql) {
    const auto known = std::ranges::find(columns_, sql);
    if (known == columns_.end()) columns_.push_back(sql);
    return static_cast<std::size_t>(std::ranges::find(columns_, sql) - columns_.begin());
  }
  std::string list() const { return columns_.empty() ? "0::UINTEGER" : join(columns_, ", "); }

 private:
  std::vector<std::string> columns_;
};

std::vector<std::string> columns_of_key(const By& by, const Part& part, Parameters& values) {
  if (!by.dimension || by_instant(by, part.table)) return {};
  if (is_time(by)) return {"v.day"};
  if (part.told != 0) return {"e.told"};
  auto out = columns_in_row(read_as(*by.dimension, part.page), part.table, values);
  if (!codes_of(*by.dimension).empty()) out.front() += "::UINTEGER";
  return out;
}

/// The rows of a chunk.
using Selection = std::vector<std::uint16_t>;

/// One chunk of a statement's rows.
class Chunk {
 public:
  /// Rows count whose visits have what they must have elsewhere. `visit`: the column, where that matters.
  Chunk(const db::DuckRows& rows, std::size_t count, std::optional<std::size_t> visit, const Elsewhere& elsewhere)
      : rows_(rows), all_(count) {
    std::iota(all_.begin(), all_.end(), std::uint16_t{0});
    if (visit) std::erase_if(all_, [&, of = numbers(*visit)](std::uint16_t row) { return !elsewhere.has(of[row]); });
  }
  const Selection& all() const { return all_; }
  std::span<const std::uint32_t> numbers(std::size_t column) const { return rows_.column<std::uint32_t>(column); }
  std::span<const std::int64_t> wide(std::size_t column) const { return rows_.column<std::int64_t>(column); }
  /// Those whose value is in [from, to).
  template <class T>
  void select(std::size_t column, T from, T to, Selection& out) {
    const auto values = rows_.column<T>(column);
    const Bounds& all = bounds(column, values);
    out.clear();
    if (from <= all.least && all.most < to) {
      out = all_;
    } else if (all.least < to && from <= all.most) {
      std::ranges::copy_if(all_, std::back_inserter(out),
                           [&](std::uint16_t row) { return from <= values[row] && values[row] < to; });
    }
  }

 private:
  struct Bounds {
    std::size_t column = 0;
    std::int64_t least = 0;
    std::int64_t most = 0;
  };
  /// Looked for once: a year has many windows.
  template <class T>
  const Bounds& bounds(std::size_t column, std::span<const T> values) {
    const auto known = std::ranges::find(bounds_, column, &Bounds::column);
    if (known != bounds_.end()) return *known;
    const auto [least, most] = std::ranges::minmax(values);
    return bounds_.emplace_back(column, least, most);
  }

  const db::DuckRows& rows_;
  Selection all_;
  std::vector<Bounds> bounds_;
};

/// Who may have several hot visits on a day (docs/storage.md, Hot and sealed). Everybody else has one, which nobody has
/// to compare with others.
class Returning {
 public:
  Result<void> read(Snapshot& snapshot) {
    return snapshot.each_chunk(sql::query::returning_visitors, {static_cast<std::uint32_t>(snapshot.site().key)},
                               [&](const db::DuckRows& rows, std::size_t) -> Result<void> {
                                 for (const std::uint32_t visitor : rows.column<std::uint32_t>(0)) is_[visitor] = 1;
                                 return {};
                               });
  }
  std::uint8_t is(std::uint32_t visitor) const { return is_.get(visitor); }

 private:
  Paged<std::uint8_t> is_;
};

/// Whose visitors have to be compared: the first rows of each visitor count.
struct Compared {
  Selection rows;                   // places in the selection of the chunk
  bool all = false;                 // they are all of it
  std::vector<std::uint8_t> first;  // of each row of the selection, whether it is its visitor's first
};

/// Adds up one piece.
class Adder {
 public:
  Adder(const SheetStatement& statement, const Piece& piece, std::size_t number, SumsByKey& into, SeenVisitors& seen)
      : statement_(statement), piece_(piece), keys_(statement.keys[number]), sums_(into), seen_(seen) {
    if (counts_distinct(piece.part) && !one_group_a_day(piece.by)) list_ = seen.add_list();
  }

  void add(const Chunk& chunk, const Selection& rows, const Compared& compared) {
    find_places(chunk, rows);
    for (std::size_t m = 0; m < kSums; ++m) {
      if (!piece_.part.measures.test(m)) continue;
      const auto add_each = [&](const auto& value) { add_values(m, rows.size(), value); };
      if (m == at(Measure::visitors)) {
        add_visitors(chunk, rows, compared, add_each);
      } else if (const auto column = statement_.measures[m]) {
        add_each([values = chunk.numbers(*column).data(), at = rows.data()](std::size_t i) {
          return std::int64_t{values[at[i]]};
        });
      } else {
        add_each([](std::size_t) { return std::int64_t{1}; });
      }
    }
  }

 private:
  // Plain pointers here and in the loops below: with checked access they take a fifth longer.
  template <class Value>
  void add_values(std::size_t measure, std::size_t count, const Value& value) {
    if (one_place_) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i) sum += value(i);
      sums_.at_place(places_.front())[measure] += sum;
      return;
    }
    Sums* const sums = &sums_.at_place(0);
    const std::uint32_t* const places = places_.data();
    for (std::size_t i = 0; i < count; ++i) sums[places[i]][measure] += value(i);
  }

  void find_places(const Chunk& chunk, const Selection& rows) {
    places_.resize(rows.size());
    const auto find = [&](auto key_of) {
      std::uint64_t known = key_of(0);
      std::uint32_t place = sums_.place_of(known);
      one_place_ = true;
      for (std::uint32_t* out = places_.data(); std::uint32_t& one : places_) {
        const std::uint64_t key = key_of(static_cast<std::size_t>(&one - out));
        if (key != known) {
          place = sums_.place_of(known = key);
          one_place_ = false;
        }
        one = place;
      }
    };
    const std::uint16_t* const at = rows.data();
    if (by_instant(piece_.by, piece_.part.table)) {
      find([&, time = &piece_.times.front(),
            instants = chunk.wide(ensured(statement_.instant, kRead)).data()](std::size_t i) mutable {
        const TimeMs instant = from_ms(instants[at[i]]);
        if (instant < time->start || instant >= time->end) time = &time_of(instant);
        return static_cast<std::uint64_t>(time->key);
      });
    } else if (keys_.empty()) {
      find([](std::size_t) { return std::uint64_t{0}; });
    } else if (piece_.by.dimension && has_parameter(*piece_.by.dimension)) {
      find([at, told = chunk.wide(keys_[0]).data()](std::size_t i) { return static_cast<std::uint64_t>(told[at[i]]); });
    } else if (keys_.size() == 1) {
      find([at, ids = chunk.numbers(keys_[0]).data()](std::size_t i) { return std::uint64_t{ids[at[i]]}; });
    } else {
      find([at, hosts = chunk.numbers(keys_[0]).data(), paths = chunk.numbers(keys_[1]).data()](std::size_t i) {
        return std::uint64_t{hosts[at[i]]} << 32 | paths[at[i]];
      });
    }
  }

  /// A visit of these days that began outside of them, since the site had another zone, counts to the first or last.
  const Bucket& time_of(TimeMs instant) const {
    const auto after = std::ranges::upper_bound(piece_.times, instant, {}, &Bucket::start);
    return after == piece_.times.begin() ? *after : *std::prev(after);
  }

  template <class AddEach>
  void add_visitors(const Chunk& chunk, const Selection& rows, const Compared& compared, const AddEach& add_each) {
    const std::uint16_t* const at = rows.data();
    if (piece_.part.counting == Counting::bits) {
      add_each([at, mask = piece_.part.mask, bits = chunk.numbers(ensured(statement_.bits, kRead)).data()](
                   std::size_t i) { return std::int64_t{(bits[at[i]] & mask) != 0}; });
    } else if (one_group_a_day(piece_.by)) {
      add_each([each = compared.first.data()](std::size_t i) { return std::int64_t{each[i]}; });
    } else {
      const std::uint32_t* const visitors = chunk.numbers(ensured(statement_.visitor, kRead)).data();
      const auto is_new = [&, at, places = places_.data()](std::size_t i) {
        return seen_.add(list_, places[i], visitors[at[i]]);
      };
      if (compared.all) return add_each([&](std::size_t i) { return std::int64_t{is_new(i)}; });
      add_each([](std::size_t) { return std::int64_t{1}; });
      for (const std::uint16_t i : compared.rows)
        if (!is_new(i)) --sums_.at_place(places_[i])[query::at(Measure::visitors)];
    }
  }

  const SheetStatement& statement_;
  const Piece& piece_;
  const std::vector<std::size_t>& keys_;
  SumsByKey& sums_;
  SeenVisitors& seen_;
  std::uint32_t list_ = 0;             // of seen_, where visitors are counted by group
  std::vector<std::uint32_t> places_;  // of the rows of a chunk
  bool one_place_ = false;             // all of them are the same
};

/// The pieces of one window.
class Stretch {
 public:
  /// `returning`: null where everybody may be.
  Stretch(const SheetStatement& statement, const Part& part, const Returning* returning, db::OrdinalBudget& budget)
      : statement_(statement),
        part_(part),
        returning_(returning),
        seen_(budget, part.table == Table::visits ? SeenVisitors::Groups::one : SeenVisitors::Groups::some) {}
  bool is_of(const Part& part) const { return same_window(part_.window, part.window); }
  void take(const Piece& piece, std::size_t number, SumsByKey& into) {
    adders_.emplace_back(statement_, piece, number, into, seen_);
    if (!list_ && counts_distinct(piece.part) && one_group_a_day(piece.by)) list_ = seen_.add_list();
  }

  void add(Chunk& chunk) {
    select(chunk);
    if (rows_.empty()) return;
    if (statement_.visitor) compare(chunk.numbers(*statement_.visitor));
    for (Adder& adder : adders_) adder.add(chunk, rows_, compared_);
  }
  bool full() const { return seen_.full(); }

 private:
  void compare(std::span<const std::uint32_t> visitors) {
    compared_.all = returning_ == nullptr;
    compared_.rows.resize(rows_.size());
    if (compared_.all) {
      std::iota(compared_.rows.begin(), compared_.rows.end(), std::uint16_t{0});
    } else {  // without a branch: who returns is hard to foresee
      std::uint16_t* next = compared_.rows.data();
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        *next = static_cast<std::uint16_t>(i);
        next += returning_->is(visitors.data()[rows_.data()[i]]);
      }
      compared_.rows.resize(static_cast<std::size_t>(next - compared_.rows.data()));
    }
    if (!list_) return;
    constexpr std::uint32_t kAnybody = 0;
    compared_.first.assign(rows_.size(), 1);
    for (const std::uint16_t i : compared_.rows)
      compared_.first[i] = seen_.add(*list_, kAnybody, visitors[rows_[i]]) ? 1 : 0;
  }

  void select(Chunk& chunk) {
    const Window& window = part_.window;
    if (statement_.one_window) {
      rows_ = chunk.all();
    } else if (part_.table == Table::visits && window.whole_days) {
      chunk.select<std::int32_t>(ensured(statement_.day, kRead), window.days.first, window.days.last + 1, rows_);
    } else if (part_.told != 0) {
      chunk.select<std::uint32_t>(ensured(statement_.instant, kRead), store::quarter_of(window.from),
                                  store::quarter_of(window.to), rows_);
    } else {
      chunk.select<std::int64_t>(ensured(statement_.instant, kRead), to_ms(window.from), to_ms(window.to), rows_);
    }
  }

  const SheetStatement& statement_;
  const Part& part_;
  const Returning* returning_;
  SeenVisitors seen_;
  std::optional<std::uint32_t> list_;  // of seen_: of visitors whose rows came, where that is asked for
  std::list<Adder> adders_;
  Selection rows_;
  Compared compared_;
};

}  // namespace

std::optional<By> by_of(const Query& query) {
  if (!std::ranges::all_of(query.metrics, made_of_sums)) return std::nullopt;
  if (query.dimensions.empty()) return By{};
  const Dimension& d = query.dimensions.front();
  if (d == Dimension::fetch_status) return std::nullopt;
  return query.dimensions.size() > 1 ? std::nullopt : std::optional(By{d});
}

bool read_together(const Part& rows, const Part& part) {
  const bool near = part.window.from <= rows.window.to + kSlack && rows.window.from <= part.window.to + kSlack;
  return rows.table == part.table && rows.hot == part.hot && rows.with_visits == part.with_visits &&
         rows.told == part.told && rows.page == part.page && near;
}

void widen(Part& rows, const Part& part) {
  rows.measures |= part.measures;
  Window& all = rows.window;
  const Window& one = part.window;
  const bool by_day = all.whole_days || one.whole_days;
  const auto days_of = [&](const Window& window) {
    const Day more = by_day && !window.whole_days ? kZonesApart : 0;
    return DayRange{window.days.first - more, window.days.last + more};
  };
  const DayRange a = days_of(all);
  const DayRange b = days_of(one);
  all = {.from = std::min(all.from, one.from),
         .to = std::max(all.to, one.to),
         .days = {std::min(a.first, b.first), std::max(a.last, b.last)},
         .whole_days = by_day};
}

SheetStatement sheet_statement(const Part& rows, const std::vector<Piece>& pieces, const Divided& filter, SiteKey site,
                               const TextIds& properties) {
  SheetStatement out;
  Parameters values(properties);
  Columns columns;
  const std::string place = values.bind(static_cast<std::uint32_t>(site));
  const std::string row(alias_of(rows.table));
  const auto needs_instant = [&] { out.instant = columns.place_of(instant_of(rows)); };
  out.one_window =
      std::ranges::all_of(pieces, [&](const Piece& piece) { return same_window(piece.part.window, rows.window); });
  for (const Piece& piece : pieces) {
    auto& key = out.keys.emplace_back();
    for (const std::string& column : columns_of_key(piece.by, rows, values)) key.push_back(columns.place_of(column));
    if (by_instant(piece.by, rows.table)) needs_instant();
    if (!out.one_window && rows.table == Table::visits && piece.part.window.whole_days) {
      out.day = columns.place_of("v.day");
    } else if (!out.one_window) {
      needs_instant();
    }
    if (!piece.part.measures.test(at(Measure::visitors))) continue;
    if (piece.part.counting == Counting::bits) {
      out.bits = columns.place_of(row + ".bits::UINTEGER");
    } else {
      out.visitor = columns.place_of(row + ".vd");
    }
  }
  for (std::size_t m = 0; m < kSums; ++m) {
    const std::string value = rows.measures.test(m) ? value_in_row(rows, Measure(m)) : "";
    if (!value.empty()) out.measures[m] = columns.place_of(value);
  }
  if (!filter.elsewhere.empty()) out.visit = columns.place_of(row + ".visit");
  const std::string where = where_of(rows, filter.here, place, values);
  const std::string source = source_of(rows, place, values);
  out.sql = fill(sql::query::sheet, {{"columns", columns.list()}, {"source", source}, {"where", where}});
  out.params = values.take();
  return out;
}

Result<std::vector<SumsByKey>> read_sheet(Snapshot& snapshot, const Part& rows, const std::vector<Piece>& pieces,
                                          const Predicate& where, db::OrdinalBudget& budget) {
  const auto filter = snapshot.filters().resolve(where);
  if (!filter) return std::unexpected(filter.error());
  if (reads_hot_visits(rows)) {
    if (auto ok = snapshot.make_hot_visits(); !ok) return std::unexpected(ok.error());
  }
  for (const Piece& piece : pieces) {
    if (auto ok = piece.by.dimension ? snapshot.filters().know(*piece.by.dimension) : Result<void>{}; !ok)
      return std::unexpected(ok.error());
  }
  const Divided tests = divided(read_as(*filter, rows.page), rows.table);
  Elsewhere elsewhere(budget);
  if (auto ok = elsewhere.read(snapshot, tests.elsewhere, rows.window); !ok) return std::unexpected(ok.error());
  const SheetStatement statement =
      sheet_statement(rows, pieces, tests, snapshot.site().key, snapshot.filters().properties());
  Returning returning;
  const bool tells_returning = rows.hot && rows.table == Table::visits && statement.visitor;
  if (tells_returning) {
    if (auto ok = returning.read(snapshot); !ok) return std::unexpected(ok.error());
  }
  std::vector<SumsByKey> out(pieces.size());
  std::list<Stretch> stretches;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Part& part = pieces[i].part;
    auto stretch = std::ranges::find_if(stretches, [&](const Stretch& known) { return known.is_of(part); });
    if (stretch == stretches.end())
      stretch = stretches.emplace(stretches.end(), statement, part, tells_returning ? &returning : nullptr, budget);
    stretch->take(pieces[i], i, out[i]);
  }
  const auto add = [&](const db::DuckRows& read, std::size_t count) -> Result<void> {
    Chunk chunk(read, count, statement.visit, elsewhere);
    for (Stretch& stretch : stretches) {
      stretch.add(chunk);
      if (stretch.full()) return fail(Code::limited, "The sets of visitors of all questions are too large");
    }
    return {};
  };
  if (auto ok = snapshot.each_chunk(statement.sql, statement.params, add); !ok) return std::unexpected(ok.error());
  return out;
}

}  // namespace hk::query
