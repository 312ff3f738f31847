#pragma once
// One view of a lane's data about a site: whatever is asked of it is answered from the same rows.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "db/duck.h"
#include "query/filters.h"
#include "query/part_cache.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/watchdog.h"
#include "site/directory.h"

namespace hk::query {

class Tallies;
class Walked;

/// How often each sealed day of a site was sealed or changed.
using Seals = std::map<Day, std::uint64_t>;

/// Who was active this long ago is still counted as live.
inline constexpr std::chrono::minutes kLive{5};

/// An instant as the clocks of a zone show it.
struct LocalTime {
  TimeMs at{};
  std::chrono::minutes offset{};
};

/// What figures rest on.
struct Meta {
  std::uint64_t applied_offset = 0;  // of the log, in what the answer sees
  std::uint64_t hidden_visits = 0;   // of the range, kept apart as no people's
  bool partial = false;              // the range is still running
};

struct Answer {
  TimeMs now{};
  Range range;  // that was asked for
  /// Where totals and lists of the comparison end, when that is before its end (Question::compare_so_far).
  std::optional<LocalTime> compare_until;
  // What the question includes:
  std::optional<Day> first_day;  // the site's first local day with data
  /// When the newest hit was received that the answer can hold; nothing while there is none, or while nothing is
  /// behind.
  std::optional<LocalTime> applied_until;
  std::uint64_t live_visitors = 0;  // visits with activity within kLive
  std::optional<Meta> meta;
  std::uint64_t machine_visits = 0;  // of the range: kept apart as no people's, whatever the filters

  std::vector<std::pair<std::string, Finding>> results;  // in the question's order
};

/// Made by Engine around a transaction of the connection: temporary tables go when that is rolled back. One thread at a
/// time.
class Snapshot {
 public:
  /// `behind`: what the lane shows ends well before the present. `kept`: what is used again from questions before.
  Snapshot(db::DuckConnection& connection, const site::Site& site, TimeMs now, bool behind,
           const Watchdog::Guard& guard, Kept& kept);

  /// These see the same commit: they answer parts of its questions, each on a thread of its own. Nobody else uses them.
  void share_with(std::vector<Snapshot*> others) { beside_ = std::move(others); }

  /// `question` has passed check(). Code::busy, without words: the statements are being stopped. Anything else are
  /// DuckDB's words.
  /// Code::invalid also where a question about everything turns out to be too long.
  Result<Answer> answer(const Question& question);

  // What every kind of answer needs, each looked up once:
  db::DuckConnection& connection() { return connection_; }
  const site::Site& site() const { return site_; }
  TimeMs now() const { return now_; }
  Day today() const { return site_.zone->day_of(now_); }
  /// 1 Monday … 7 Sunday.
  std::int64_t first_weekday() const { return site_.first_weekday.value_or(1); }
  Filters& filters() { return filters_; }
  Result<SiteDays> days();
  Kept& kept() { return kept_; }
  /// A text that holds everything that decides what `what` of a window of sealed days amounts to; empty where that may
  /// change without a seal. `elsewhere`: it follows from rows before and behind the window, too; `visits_before`: from
  /// visits that began before it.
  Result<std::string> key_of(const Window& window, bool elsewhere, bool visits_before, std::string_view what);
  /// Whether anything can be known of a time: not before the site's first day with data, nor still to come.
  Result<bool> knows(const Window& window);
  /// Code::busy, without words, once the statements are being stopped: for whoever computes between them.
  Result<void> go_on() const;
  /// Calls `see` with each chunk of a statement's rows and how many they are; a failure of it is the last call. Reads
  /// nothing else meanwhile.
  Result<void> each_chunk(std::string_view sql, const std::vector<db::DuckValue>& params,
                          const std::function<Result<void>(const db::DuckRows&, std::size_t)>& see);
  /// The temporary table open_visits, which together with hot_closed has the site's hot visits.
  Result<void> make_hot_visits();

 private:
  /// Does `count` pieces of work, here and on the snapshots beside, until all are done or one fails.
  Result<void> side_by_side(std::size_t count, const std::function<Result<void>(std::size_t, Snapshot&)>& work);
  /// The analyses of a question that walk along visits, by their numbers.
  Result<std::map<std::size_t, std::unique_ptr<Walked>>> plan_walked(const Question& question,
                                                                     const std::optional<LocalTime>& until);
  /// The question with the range that "everything" is here, and with a query of totals behind the others for each that
  /// wants shares.
  Result<Question> completed(const Question& question);
  /// Tells everybody who looks filters up when what was done is looked for.
  void look_around(const Question& question);
  Result<void> include(const Question& question, Answer& into);
  Result<Meta> meta(const Question& question);
  Result<LocalTime> applied_until();
  Result<std::uint64_t> live_visitors();
  Result<std::uint64_t> machine_visits(const Range& range);
  Result<std::optional<LocalTime>> compare_until(const Question& question);

  db::DuckConnection& connection_;
  const site::Site& site_;
  const TimeMs now_;
  const bool behind_;
  const Watchdog::Guard& guard_;
  Kept& kept_;
  std::vector<Snapshot*> beside_;
  Filters filters_;
  std::optional<SiteDays> days_;
  Seals seals_;               // once days_ are known
  std::uint64_t erased_ = 0;  // the same: where in the log rows of the site were erased last
  bool hot_visits_made_ = false;
};

/// As much of the comparison as totals are held against.
Range so_far(const Range& compare, const std::optional<LocalTime>& until, const db::Zone& zone);

/// The temporary table open_visits of a site, in a transaction. Code::limited: `budget` has no room for it.
Result<void> make_open_visits(db::DuckConnection& connection, SiteKey site, db::OrdinalBudget& budget);

/// A statement that has one row, standing on it.
Result<std::unique_ptr<db::DuckRows>> one_row(db::DuckConnection& connection, std::string_view sql,
                                              const std::vector<db::DuckValue>& params);

}  // namespace hk::query
