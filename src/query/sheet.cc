#include "query/sheet.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <list>
#include <numeric>
#include <span>
#include <utility>

#include "base/text.h"
#include "query/elsewhere.h"
#include "query/statement.h"
#include "sql/query.h"

namespace hk::query {
namespace {

/// What lies between two windows is read with them up to this length.
constexpr std::chrono::days kSlack{1};
/// How far the day of a row may be from that of the site's present zone.
constexpr Day kZonesApart = 2;

bool same_window(const Window& a, const Window& b) {
  return a.from == b.from && a.to == b.to && a.whole_days == b.whole_days;
}

/// Visitors of these groups are counted once a day, whichever row comes first.
bool one_group_a_day(const By& by) {
  return !by.kind || *by.kind == Dimension::time_day || constant_for_the_day(*by.kind);
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
  if (!by.kind) return {};
  if (*by.kind == Dimension::time_day) return {"v.day"};
  auto out = columns_in_row(*by.kind, part.table, values);
  if (!codes_of(*by.kind).empty()) out.front() += "::UINTEGER";
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
  /// Those whose value is in [from, to).
  template <class T>
  void select(std::size_t column, T from, T to, Selection& out) const {
    const auto values = rows_.column<T>(column);
    const auto [least, most] = std::ranges::minmax(values);
    out.clear();
    if (from <= least && most < to) {
      out = all_;
    } else if (least < to && from <= most) {
      std::ranges::copy_if(all_, std::back_inserter(out),
                           [&](std::uint16_t row) { return from <= values[row] && values[row] < to; });
    }
  }

 private:
  const db::DuckRows& rows_;
  Selection all_;
};

/// Adds up one piece.
class Adder {
 public:
  Adder(const SheetStatement& statement, const Piece& piece, std::size_t number, SumsByKey& into,
        db::OrdinalBudget& budget)
      : statement_(statement), piece_(piece), keys_(statement.keys[number]), sums_(into), seen_(budget) {}

  /// `first`: of each row, whether it is its visitor's first.
  void add(const Chunk& chunk, const Selection& rows, const std::vector<std::uint8_t>& first) {
    find_places(chunk, rows);
    for (std::size_t m = 0; m < kMeasures; ++m) {
      if (!piece_.part.measures.test(m)) continue;
      const auto add_each = [&](const auto& value) {
        for (std::size_t i = 0; i < rows.size(); ++i) sums_.at_place(places_[i])[m] += value(i);
      };
      if (m == at(Measure::visitors)) {
        add_visitors(chunk, rows, first, add_each);
      } else if (const auto column = statement_.measures[m]) {
        add_each([&, values = chunk.numbers(*column)](std::size_t i) { return std::int64_t{values[rows[i]]}; });
      } else {
        add_each([](std::size_t) { return std::int64_t{1}; });
      }
    }
  }
  bool full() const { return seen_.full(); }

 private:
  void find_places(const Chunk& chunk, const Selection& rows) {
    places_.resize(rows.size());
    const auto find = [&](const auto& key_of) {
      std::uint64_t known = key_of(0);
      std::uint32_t place = sums_.place_of(known);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::uint64_t key = key_of(i);
        if (key != known) place = sums_.place_of(known = key);
        places_[i] = place;
      }
    };
    if (keys_.empty()) {
      find([](std::size_t) { return std::uint64_t{0}; });
    } else if (keys_.size() == 1) {
      find([&, ids = chunk.numbers(keys_[0])](std::size_t i) { return std::uint64_t{ids[rows[i]]}; });
    } else {
      find([&, hosts = chunk.numbers(keys_[0]), paths = chunk.numbers(keys_[1])](std::size_t i) {
        return std::uint64_t{hosts[rows[i]]} << 32 | paths[rows[i]];
      });
    }
  }

  template <class AddEach>
  void add_visitors(const Chunk& chunk, const Selection& rows, const std::vector<std::uint8_t>& first,
                    const AddEach& add_each) {
    if (piece_.part.counting == Counting::bits) {
      add_each([&, bits = chunk.numbers(*statement_.bits)](std::size_t i) {
        return std::int64_t{(bits[rows[i]] & piece_.part.mask) != 0};
      });
    } else if (one_group_a_day(piece_.by)) {
      add_each([&](std::size_t i) { return std::int64_t{first[i]}; });
    } else {
      add_each([&, visitors = chunk.numbers(*statement_.visitor)](std::size_t i) {
        return std::int64_t{seen_.add(places_[i], visitors[rows[i]])};
      });
    }
  }

  const SheetStatement& statement_;
  const Piece& piece_;
  const std::vector<std::size_t>& keys_;
  SumsByKey& sums_;
  SeenVisitors seen_;
  std::vector<std::uint32_t> places_;
};

/// The pieces of one window.
class Stretch {
 public:
  Stretch(const SheetStatement& statement, const Part& part, db::OrdinalBudget& budget)
      : statement_(statement), part_(part), budget_(budget) {}
  ~Stretch() { seen_.clear(budget_); }
  Stretch(const Stretch&) = delete;
  Stretch& operator=(const Stretch&) = delete;
  bool is_of(const Part& part) const { return same_window(part_.window, part.window); }
  void take(const Piece& piece, std::size_t number, SumsByKey& into) {
    adders_.emplace_back(statement_, piece, number, into, budget_);
    needs_first_ = needs_first_ || (counts_distinct(piece.part) && one_group_a_day(piece.by));
  }

  void add(const Chunk& chunk) {
    select(chunk);
    if (rows_.empty()) return;
    if (needs_first_) see_visitors(chunk);
    for (Adder& adder : adders_) adder.add(chunk, rows_, first_);
  }
  bool full() const { return full_ || std::ranges::any_of(adders_, &Adder::full); }

 private:
  void see_visitors(const Chunk& chunk) {
    const auto visitors = chunk.numbers(*statement_.visitor);
    first_.resize(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::uint64_t before = seen_.count();
      full_ = !seen_.add(visitors[rows_[i]], budget_) || full_;
      first_[i] = static_cast<std::uint8_t>(seen_.count() - before);
    }
  }

  void select(const Chunk& chunk) {
    const Window& window = part_.window;
    if (statement_.day && window.whole_days) {
      chunk.select<std::int32_t>(*statement_.day, window.days.first, window.days.last + 1, rows_);
    } else if (statement_.instant) {
      chunk.select<std::int64_t>(*statement_.instant, to_ms(window.from), to_ms(window.to), rows_);
    } else {
      rows_ = chunk.all();
    }
  }

  const SheetStatement& statement_;
  const Part& part_;
  db::OrdinalBudget& budget_;
  db::OrdinalSet seen_;  // whose rows came
  bool full_ = false;
  bool needs_first_ = false;
  std::list<Adder> adders_;
  Selection rows_;
  std::vector<std::uint8_t> first_;
};

}  // namespace

std::optional<By> by_of(const Query& query) {
  if (query.dimensions.empty()) return By{};
  const Dimension& d = query.dimensions.front();
  if (query.dimensions.size() > 1 || has_parameter(d) || d == Dimension::time_hour) return std::nullopt;
  if (!is_time(d)) return By{d.kind};
  const Measures measures = measures_of(query.metrics);
  const bool of_visits = std::ranges::all_of(kMeasureFacts, [&](const MeasureFacts& facts) {
    return !measures.test(at(facts.measure)) || table_of(facts.measure, query.dimensions) == Table::visits;
  });
  return of_visits ? std::optional(By{Dimension::time_day}) : std::nullopt;
}

bool read_together(const Part& rows, const Part& part) {
  const bool near = part.window.from <= rows.window.to + kSlack && rows.window.from <= part.window.to + kSlack;
  return rows.table == part.table && rows.hot == part.hot && rows.with_visits == part.with_visits && near;
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

SheetStatement sheet_statement(const Part& rows, const std::vector<Piece>& pieces, const Divided& filter,
                               SiteKey site) {
  SheetStatement out;
  Parameters values;
  Columns columns;
  const std::string place = values.bind(static_cast<std::uint32_t>(site));
  const std::string row(alias_of(rows.table));
  const bool one_window =
      std::ranges::all_of(pieces, [&](const Piece& piece) { return same_window(piece.part.window, rows.window); });
  for (const Piece& piece : pieces) {
    auto& key = out.keys.emplace_back();
    for (const std::string& column : columns_of_key(piece.by, rows, values)) key.push_back(columns.place_of(column));
    if (!one_window) {
      const bool by_day = rows.table == Table::visits && piece.part.window.whole_days;
      (by_day ? out.day : out.instant) =
          columns.place_of(by_day ? "v.day" : row + (rows.table == Table::visits ? ".start" : ".ts"));
    }
    if (!piece.part.measures.test(at(Measure::visitors))) continue;
    if (piece.part.counting == Counting::bits) {
      out.bits = columns.place_of(row + ".bits::UINTEGER");
    } else {
      out.visitor = columns.place_of(row + ".vd");
    }
  }
  for (std::size_t m = 0; m < kMeasures; ++m) {
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
  const Divided tests = divided(*filter, rows.table);
  Elsewhere elsewhere(budget);
  if (auto ok = elsewhere.read(snapshot, tests.elsewhere, rows.window); !ok) return std::unexpected(ok.error());
  const SheetStatement statement = sheet_statement(rows, pieces, tests, snapshot.site().key);
  std::vector<SumsByKey> out(pieces.size());
  std::list<Stretch> stretches;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Part& part = pieces[i].part;
    auto stretch = std::ranges::find_if(stretches, [&](const Stretch& known) { return known.is_of(part); });
    if (stretch == stretches.end()) stretch = stretches.emplace(stretches.end(), statement, part, budget);
    stretch->take(pieces[i], i, out[i]);
  }
  const auto add = [&](const db::DuckRows& read, std::size_t count) -> Result<void> {
    const Chunk chunk(read, count, statement.visit, elsewhere);
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
