#pragma once
// The one query model: dashboard, API, exports, mail and MCP all ask this way (docs/query-language.md).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "query/dimension.h"
#include "query/matcher.h"
#include "query/metric.h"
#include "query/predicate.h"

namespace hk::query {

inline constexpr std::size_t kMaxQueries = 32;              // in one question
inline constexpr std::size_t kMaxFilters = 20;              // tests of one query, those of its question included
inline constexpr std::size_t kMaxFilterDepth = 4;           // of and, or and not inside each other
inline constexpr std::size_t kMaxFilterValues = 100;        // of one filter
inline constexpr std::size_t kMaxFilterChars = 2'048;       // of one value
inline constexpr std::size_t kMaxPatternChars = 256;        // of a regular expression
inline constexpr int kMaxPatternSteps = 1'000;              // of what RE2 makes of it
inline constexpr std::int64_t kMaxPatternMemory = 1 << 20;  // bytes, while it is made
static_assert(kMaxFilterChars >= store::kLongestText, "whatever is stored can be filtered by");
inline constexpr std::size_t kMaxDimensions = 2;
inline constexpr std::size_t kMaxOrder = 3;
inline constexpr std::uint32_t kMaxRows = 1'000;      // of one result without a time dimension alone
inline constexpr std::int64_t kMaxBuckets = 2'000;    // rows of a result by time alone
inline constexpr std::int64_t kMaxRangeDays = 3'660;  // of a range or a comparison
// Of a whole question, so that one costs at most some times what a page of the dashboard does:
inline constexpr std::size_t kMaxCrossed = 8;           // queries with two dimensions: each has as many groups as pairs
inline constexpr std::uint64_t kMaxAllRows = 10'000;    // limits of its queries together, times alone not counted
inline constexpr std::size_t kMaxAllValues = 1'000;     // values of its different filters together
inline constexpr std::size_t kMaxSearchedValues = 100;  // of them, those that are looked for inside texts

/// Whole days of the site's zone, both included.
struct DayRange {
  Day first = 0;
  Day last = 0;
  bool operator==(const DayRange&) const = default;
};
/// Half-open instants.
struct InstantRange {
  TimeMs from{};
  TimeMs to{};
  bool operator==(const InstantRange&) const = default;
};
using Range = std::variant<DayRange, InstantRange>;

struct Order {
  std::variant<Metric, Dimension> by;
  bool descending = true;
};

struct Query {
  std::vector<Metric> metrics;
  std::vector<Dimension> dimensions;  // none: one row of totals
  std::string number;                 // the property of events that metrics of a property are of
  bool share = false;                 // each row says its share of the totals, too
  Predicate filter;                   // beside that of its question
  bool compare = true;                // with the other period of its question, where that has one
  std::vector<Order> order;           // empty: first metric descending; names ascending come last in any case
  std::uint32_t limit = 10;           // kMaxRows at most; a query by time alone has all its rows
};

struct Row {
  std::vector<std::string> dimensions;         // names; time buckets as RFC 3339 local date or hour with offset
  std::vector<std::optional<double>> metrics;  // null = no data ("–"), never a false 0
  std::vector<std::optional<double>> compare;  // empty without comparison
  /// Of what there is without dimensions, in percent; empty where nobody asked. Null of a metric that does not add up.
  std::vector<std::optional<double>> share;
  bool partial = false;  // a bucket that is still running
};

struct QueryResult {
  std::vector<Row> rows;
  std::uint64_t more = 0;  // rows beyond the limit
};

inline constexpr std::size_t kMinSteps = 2;       // of a funnel
inline constexpr std::size_t kMaxSteps = 10;      // of a funnel
inline constexpr std::size_t kMaxDepth = 6;       // of journeys
inline constexpr std::size_t kJourneyPages = 30;  // that are told apart at each depth

/// How many went through some steps in their order. Anything may happen between two steps, and one row is one step.
struct Funnel {
  /// Whose steps.
  using Within = query::Within;

  std::vector<Matcher> steps;
  Within within = Within::visit;
  std::optional<Millis> window;  // from the first step to the last; none: no limit
  Predicate filter;              // which visits, beside the filter of its question
  bool compare = true;
};

struct FunnelFigures {
  std::vector<std::uint64_t> reached;  // by step: visits, or visitors of a day
  /// Median seconds from the step before to this one; null for the first one and where nobody got there.
  std::vector<std::optional<double>> seconds;
  std::optional<double> whole;  // median seconds from first step to last
};

struct FunnelResult {
  std::optional<FunnelFigures> figures;  // null = no data
  std::optional<FunnelFigures> compare;  // the same; or nothing is compared
  bool partial = false;
};

/// Which pages visits saw one after the other. Views of one page in a row count once.
struct Journeys {
  /// The way from a page on, or the way that leads to it.
  enum class Way : std::uint8_t { from, to };

  std::optional<Matcher> page;  // a visit's first view of it, or last; none: any page
  Way way = Way::from;
  std::size_t depth = 4;  // pages of a way: 2 to kMaxDepth
  Predicate filter;       // which visits, beside the filter of its question
};

/// Where a way goes on at the next depth.
struct JourneyEdge {
  std::size_t depth = 0;  // of the place that it leaves
  std::size_t from = 0;   // a place of this depth …
  std::size_t to = 0;     // … and of the next
  std::uint64_t visits = 0;
};

/// Places of one depth by number: its pages, then `others`, then, where the way ended before, `ended`.
struct JourneyDepth {
  std::vector<std::pair<std::string, std::uint64_t>> pages;  // the most frequent, with visits; descending, then by name
  std::uint64_t others = 0;
  std::uint64_t ended = 0;  // at the depth before

  std::size_t place_of_others() const { return pages.size(); }
  std::size_t place_of_ended() const { return pages.size() + 1; }
};

struct JourneysResult {
  std::uint64_t visits = 0;  // with a page view
  std::vector<JourneyDepth> depths;
  std::vector<JourneyEdge> edges;  // by depth, from and to
  bool partial = false;
};

/// What one name of a question asks for. All share range, filter, deadline and snapshot.
using Analysis = std::variant<Query, Funnel, Journeys>;
using Finding = std::variant<QueryResult, FunnelResult, JourneysResult>;  // of the same place

/// What an answer holds beside results, where it is asked.
struct Include {
  bool live_visitors = false;
  bool first_day = false;
  bool applied_until = false;
  bool machine_visits = false;
  bool meta = false;
};

/// Its parts by their names on the wire.
struct Included {
  std::string_view name;
  bool Include::* member;
};
inline constexpr std::array kIncludes{
    Included{"live_visitors", &Include::live_visitors}, Included{"first_day", &Include::first_day},
    Included{"applied_until", &Include::applied_until}, Included{"machine_visits", &Include::machine_visits},
    Included{"meta", &Include::meta}};

/// What one request asks: any number of queries about one range, answered from one view of the data.
struct Question {
  Range range;
  bool everything = false;            // from the site's first day with data until today, whatever `range` says
  std::optional<Range> compare = {};  // rows are matched by dimension (time rows by position)
  /// While the range is running, the comparison ends where the range has come to: at the same local time, as many days
  /// before its end (instants: as long before). Buckets of time are compared whole all the same.
  bool compare_so_far = false;
  Predicate filter;  // of every query
  Include include = {};
  bool machines = false;  // about what is kept apart as no person, and about nobody else
  std::vector<std::pair<std::string, Analysis>> queries;  // by the caller's names, in the caller's order
};

std::optional<Operator> operator_named(std::string_view name);

/// By time and nothing else: gap-filled, in order of time, without a limit.
inline bool by_time_alone(const Query& query) {
  return query.dimensions.size() == 1 && is_time(query.dimensions[0]);
}

bool groups_by(const Query& query, const Dimension& dimension);
/// What the rows of an analysis must pass beside the filter of its question.
const Predicate& own_filter(const Analysis& analysis);
/// What the rows of an analysis must pass: the filter of its question and its own, in normal form.
Predicate filter_of(const Question& question, const Analysis& analysis);
/// The other period of an analysis.
const std::optional<Range>& compare_of(const Question& question, const Analysis& analysis);

/// What a dimension is to rows that stand for something of their visit: `page` is the page with which it began or
/// ended.
Dimension read_as(const Dimension& dimension, std::optional<store::Attribute> page);
/// Whether rows of a table have a dimension, or their visits do.
bool stands_in(Dimension::Kind dimension, Table table);
/// The table from whose rows a measure is counted by these dimensions; none where they do not go together.
std::optional<Table> table_of(Measure measure, const std::vector<Dimension>& dimensions);
/// Whether there is such a figure by these dimensions.
bool goes_with(Metric metric, const std::vector<Dimension>& dimensions);

/// Whether the parts of a question go together and stay within its limits (docs/query-language.md). Code::invalid with
/// the field ("queries.pages.metrics.1"). Everything that plans or runs one expects that it passed.
Result<void> check(const Question& question);

}  // namespace hk::query
