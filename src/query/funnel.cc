#include "query/funnel.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/paged.h"
#include "base/text.h"
#include "query/plan.h"

namespace hk::query {
namespace {

constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
/// What is kept of a funnel are numbers of walks.
constexpr Measures kCounted = measures_of(Metric::visits);

bool any_of(const std::vector<ResolvedMatcher>& steps, Table table) {
  return std::ranges::any_of(steps, [&](const ResolvedMatcher& step) { return step.rows == table; });
}

/// Which steps views of a page are, each page looked at once. No function: none of the steps is a page view.
Result<decltype(ActsOf::views)> steps_of_pages(Filters& filters, const std::vector<ResolvedMatcher>& steps,
                                               const std::vector<Matcher>& matchers) {
  if (!any_of(steps, Table::hits)) return {};
  std::vector<std::pair<std::uint32_t, PageTest>> tests;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].rows != Table::hits) continue;
    auto test = filters.pages(matchers[i]);
    if (!test) return std::unexpected(test.error());
    tests.emplace_back(1u << i, std::move(*test));
  }
  constexpr std::uint32_t kLooked = 1u << 31;
  return [tests = std::move(tests), known = std::make_shared<Paged<std::uint32_t>>()](
             std::span<const std::uint32_t> pages, std::span<std::uint32_t> whats) {
    std::ranges::transform(pages, whats.begin(), [&](std::uint32_t page) {
      std::uint32_t& bits = (*known)[page];
      if (bits == 0) {
        bits = kLooked;
        for (const auto& [bit, test] : tests) bits |= test(page) ? bit : 0;
      }
      return bits & ~kLooked;
    });
  };
}

/// The pages that are steps, where they were named; none: others may be, too, or they are too many to be tested one by
/// one.
std::vector<std::uint32_t> pages_of(const std::vector<ResolvedMatcher>& steps) {
  constexpr std::size_t kMost = 1'000;
  std::vector<std::uint32_t> out;
  bool named = true;
  for (const ResolvedMatcher& step : steps) {
    if (step.rows != Table::hits) continue;
    each_test(step.test, [&](const ResolvedFilter& test) {
      named = named && !test.negate && !test.pick;
      out.insert(out.end(), test.ids.begin(), test.ids.end());
    });
  }
  std::ranges::sort(out);
  const auto repeats = std::ranges::unique(out);
  out.erase(repeats.begin(), repeats.end());
  return named && out.size() <= kMost ? out : std::vector<std::uint32_t>{};
}

/// SQL of a number with the bit of each step that an event is. No function: none of the steps is an event.
std::function<std::string(Parameters&)> steps_of_events(const std::vector<ResolvedMatcher>& steps) {
  if (!any_of(steps, Table::events)) return {};
  return [&steps](Parameters& values) {
    std::vector<std::string> bits;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].rows != Table::events) continue;
      const std::string bit = std::to_string(1u << i);
      bits.push_back(concat({"CASE WHEN ", row_test(steps[i], values), " THEN ", bit, "::UINTEGER ELSE 0 END"}));
    }
    return "(" + join(bits, " | ") + ")";
  };
}

}  // namespace

FunnelCount::FunnelCount(std::size_t steps, std::optional<Millis> window)
    : steps_(steps),
      window_(window && window->count() < kNoLimit ? static_cast<std::uint32_t>(window->count()) : kNoLimit),
      reached_(steps),
      times_(steps + 1) {}

/// Of all ways to a step the one that began last counts: it has most of the window left. `began` and `at` are when that
/// way began, and when it got to the step.
void FunnelCount::add(std::span<const Act> walk) {
  struct Way {
    std::uint32_t began, at;
  };
  std::array<Way, kMaxSteps> way;  // up to the step that was reached
  std::size_t reached = 0;         // how many steps
  for (const Act& act : walk) {
    // From the last step: one act is not two steps.
    const std::uint32_t within_reach = (2u << std::min(steps_ - 1, reached)) - 1;
    for (std::uint32_t bits = act.what & within_reach; bits != 0;) {
      const auto step = static_cast<std::size_t>(std::bit_width(bits)) - 1;
      bits ^= 1u << step;
      if (step == 0) {
        way[0] = {act.at, act.at};
      } else if (act.at - way[step - 1].began <= window_) {
        way[step].began = way[step - 1].began;
        way[step].at = act.at;
      } else {
        continue;
      }
      if (step < reached) continue;
      reached = step + 1;
      ++reached_[step];
      if (step > 0) times_[step].add((act.at - way[step - 1].at) / 1'000, 1);
      if (reached == steps_) times_[steps_].add((act.at - way[step].began) / 1'000, 1);
    }
  }
}

FunnelFigures FunnelCount::figures() const {
  FunnelFigures out{.reached = reached_, .seconds = {}, .whole = times_[steps_].median()};
  for (std::size_t step = 0; step < steps_; ++step) out.seconds.push_back(times_[step].median());
  return out;
}

/// Keys are the number of a line and seconds: how many reached a step stands
/// behind the lines of times.
Groups FunnelCount::counted() const {
  Groups out(kCounted);
  const auto add = [&](std::size_t line, std::size_t seconds, std::uint64_t times) {
    Sums sums{};
    sums[at(Measure::visits)] = static_cast<std::int64_t>(times);
    out.add(std::uint64_t{line} << 32 | seconds, sums);
  };
  for (std::size_t line = 0; line < times_.size(); ++line)
    times_[line].each([&](std::size_t seconds, std::uint64_t times) { add(line, seconds, times); });
  for (std::size_t step = 0; step < steps_; ++step) add(times_.size() + step, 0, reached_[step]);
  return out;
}

void FunnelCount::add(const Groups& counted) {
  counted.each([&](std::uint64_t key, const Sums& sums) {
    const std::size_t line = key >> 32;
    const auto times = static_cast<std::uint64_t>(sums[at(Measure::visits)]);
    if (line < times_.size()) {
      times_[line].add(static_cast<std::uint32_t>(key), times);
    } else {
      reached_[line - times_.size()] += times;
    }
  });
}

void FunnelCount::Times::add(std::size_t seconds, std::uint64_t times) {
  if (by_seconds_.size() <= seconds) by_seconds_.resize(seconds + 1);
  by_seconds_[seconds] += times;
  all_ += times;
}

/// Of an even number the mean of the two in the middle.
std::optional<double> FunnelCount::Times::median() const {
  if (all_ == 0) return std::nullopt;
  const auto at = [&](std::uint64_t place) {
    std::uint64_t sum = 0;
    std::size_t seconds = 0;
    while ((sum += by_seconds_[seconds]) <= place) ++seconds;
    return static_cast<double>(seconds);
  };
  return (at((all_ - 1) / 2) + at(all_ / 2)) / 2;
}

namespace {

/// What tells a funnel from others over the same rows; empty: nothing of it is kept.
std::string fingerprint_of(const Funnel& funnel, const Predicate& where) {
  std::string out = concat({"funnel ", std::to_string(static_cast<int>(funnel.within)), " ",
                            std::to_string(funnel.window.value_or(Millis(0)).count()), " "});
  const auto titles = [](const Matcher& step) { return asks_titles(step.test); };
  if (asks_titles(where) || std::ranges::any_of(funnel.steps, titles)) return "";
  for (const Matcher& step : funnel.steps) out += fingerprint(normal(step.test));
  return out + fingerprint(where);
}

/// One funnel of a question.
class Run final : public Walked {
 public:
  Run(const Funnel& funnel, Predicate where)
      : funnel_(funnel), where_(std::move(where)), what_(fingerprint_of(funnel, where_)) {}

  Result<void> plan(Snapshot& snapshot, const Question& question, const std::optional<LocalTime>& until) {
    const db::Zone& zone = *snapshot.site().zone;
    partial_ = running(window_of(question.range, zone), snapshot.now());
    auto ok = plan_range(snapshot, question.range, false);
    if (const auto& compare = compare_of(question, funnel_); compare && ok)
      ok = plan_range(snapshot, so_far(*compare, until, zone), true);
    return ok;
  }

  std::size_t months() const override { return months_.size(); }

  Result<void> read(std::size_t number, Snapshot& here) override {
    const Month& month = months_[number];
    if (auto ok = here.filters().look_up(funnel_.steps); !ok) return ok;
    std::vector<ResolvedMatcher> steps;
    for (const Matcher& step : funnel_.steps) {
      auto resolved = here.filters().resolve(step);
      if (!resolved) return std::unexpected(resolved.error());
      steps.push_back(std::move(*resolved));
    }
    auto views = steps_of_pages(here.filters(), steps, funnel_.steps);
    if (!views) return std::unexpected(views.error());
    const Walker walker = funnel_.within == Funnel::Within::visit ? Walker::visit : Walker::visitor_day;
    WalkRooms::Room room(rooms_);
    const ActsOf acts{.views = std::move(*views), .pages = pages_of(steps), .events = steps_of_events(steps)};
    if (auto ok = read_walks(here, month.window, where_, walker, acts, room.walks()); !ok) return ok;
    FunnelCount count(steps.size(), funnel_.window);
    room.walks().each([&](std::span<const Act> walk) { count.add(walk); });
    const auto counted = std::make_shared<const Groups>(count.counted());
    if (!month.key.empty() && counted->size() <= kMostGroups) here.kept().parts.keep(month.key, counted);
    const std::scoped_lock lock(mutex_);
    if (auto& count_of_all = counts_[month.other ? 1 : 0]) count_of_all->add(*counted);
    return {};
  }

  Result<Finding> finding(Snapshot&) override {
    const auto figures = [](const FunnelCount& count) { return count.figures(); };
    return FunnelResult{
        .figures = counts_[0].transform(figures), .compare = counts_[1].transform(figures), .partial = partial_};
  }

 private:
  struct Month : UnreadMonth {
    bool other = false;  // of the other period
  };

  Result<void> plan_range(Snapshot& snapshot, const Range& range, bool other) {
    const auto known = snapshot.knows(window_of(range, *snapshot.site().zone));
    if (!known) return std::unexpected(known.error());
    if (!*known) return {};
    FunnelCount& count = counts_[other ? 1 : 0].emplace(funnel_.steps.size(), funnel_.window);
    auto months = unread_months(snapshot, range, what_, [&](const Groups& counted) { count.add(counted); });
    if (!months) return std::unexpected(months.error());
    for (UnreadMonth& month : *months) months_.push_back({std::move(month), other});
    return {};
  }

  const Funnel& funnel_;
  const Predicate where_;
  const std::string what_;
  bool partial_ = false;
  std::vector<Month> months_;
  WalkRooms rooms_;
  std::mutex mutex_;                                  // of the counts, while months are read
  std::array<std::optional<FunnelCount>, 2> counts_;  // of the range and of the other period; none: nothing is known
};

}  // namespace

Result<std::unique_ptr<Walked>> plan_funnel(Snapshot& snapshot, const Question& question, const Funnel& funnel,
                                            const std::optional<LocalTime>& until) {
  auto run = std::make_unique<Run>(funnel, filter_of(question, funnel));
  if (auto ok = run->plan(snapshot, question, until); !ok) return std::unexpected(ok.error());
  return run;
}

}  // namespace hk::query
