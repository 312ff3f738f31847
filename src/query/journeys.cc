#include "query/journeys.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <ranges>
#include <string>
#include <utility>

#include "base/text.h"
#include "query/plan.h"
#include "query/sums.h"
#include "sql/query.h"

namespace hk::query {
namespace {

using Page = JourneyCount::Page;

/// What is kept of journeys are numbers of visits.
constexpr Measures kCounted = measures_of(Metric::visits);

/// What tells journeys from others over the same rows.
std::string fingerprint_of(const Journeys& journeys, const Predicate& where) {
  if (asks_titles(where) || (journeys.page && asks_titles(journeys.page->test))) return "";
  const std::string page = journeys.page ? fingerprint(normal(journeys.page->test)) : "any";
  return concat({"journeys ", std::to_string(static_cast<int>(journeys.way)), " ", std::to_string(journeys.depth), " ",
                 page, " ", fingerprint(where)});
}

/// The texts of pages, by id.
Result<std::map<std::uint32_t, std::string>> names_of(Snapshot& snapshot,
                                                      const std::vector<std::vector<Page>>& frequent) {
  std::map<std::uint32_t, std::string> out;
  for (const auto& pages : frequent) {
    for (const Page& page : pages) out.emplace(page.id, "");
  }
  if (out.empty()) return out;
  Parameters values;
  const auto page_kind = store::kind_of(store::Attribute::page);
  const std::string site = values.bind(store::dictionary_of(page_kind, snapshot.site().key));
  const std::string kind = values.bind(static_cast<std::uint8_t>(page_kind));
  std::vector<std::string> ids;
  ids.reserve(out.size());
  for (const auto& [id, name] : out) ids.push_back(values.bind(id));
  auto rows = snapshot.connection().query(
      fill(sql::query::names, {{"site", site}, {"kind", kind}, {"ids", join(ids, ", ")}}), values.take());
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return out;
    out[static_cast<std::uint32_t>((*rows)->u64(1))] = (*rows)->text(2);
  }
}

}  // namespace

void JourneyCount::add(std::span<const Act> walk) {
  ++visits_;
  std::array<std::uint32_t, kMaxDepth> pages;
  std::size_t length = 0;
  const auto see = [&](const Act& act) {
    const std::uint32_t page = act.what & ~kAskedPage;
    if (page == 0) return true;  // of no known name
    if (length > 0 && pages[length - 1] == page) return true;
    if (length == depth_) return false;
    pages[length++] = page;
    return true;
  };
  const auto asked = [](const Act& act) { return (act.what & kAskedPage) != 0; };
  if (way_ == Journeys::Way::from) {
    for (const Act& act : std::ranges::subrange(std::ranges::find_if(walk, asked), walk.end())) {
      if (!see(act)) break;
    }
  } else {
    const auto back = walk | std::views::reverse;
    for (const Act& act : std::ranges::subrange(std::ranges::find_if(back, asked), back.end())) {
      if (!see(act)) break;
    }
  }
  if (length > 0) add_way(std::span(pages).first(length), 1);
}

void JourneyCount::add_way(std::span<const std::uint32_t> pages, std::uint32_t visits) {
  if (number_ == kMostWays) too_many_ = true;
  if (too_many_) return;
  ++number_;
  Ways& ways = ways_.back();
  const std::size_t begin = ways.size();
  ways.resize(begin + depth_ + 1);
  std::ranges::copy(pages, ways.begin() + static_cast<std::ptrdiff_t>(begin));
  ways.back() = visits;
  for (std::size_t depth = 0; depth < pages.size(); ++depth) seen_[depth][pages[depth]] += visits;
}

/// A key is the number, from 1, of the page before (0: none) and a page: the visits that ended there are its sum. Page
/// 0 are those that went no way.
std::shared_ptr<const Groups> JourneyCount::counted() const {
  SumsByKey tree;
  constexpr std::size_t kVisits = at(Measure::visits);
  tree[0][kVisits] = static_cast<std::int64_t>(visits_);
  each_way([&](std::span<const std::uint32_t> pages, std::uint32_t visits) {
    std::uint32_t place = 0;
    std::uint64_t before = 0;
    for (std::size_t depth = 0; depth < depth_ && pages[depth] != 0; ++depth) {
      place = tree.place_of(before << 32 | pages[depth]);
      before = std::uint64_t{place} + 1;
    }
    tree.at_place(place)[kVisits] += visits;
    tree.at_place(0)[kVisits] -= visits;
    return tree.size() <= kMostGroups;
  });
  if (tree.size() > kMostGroups) return nullptr;
  auto out = std::make_shared<Groups>(kCounted);
  tree.each([&](std::uint64_t key, const Sums& sums) { out->add(key, sums); });
  return out;
}

void JourneyCount::add(const Groups& counted) {
  struct Way {
    std::array<std::uint32_t, kMaxDepth> pages{};
    std::size_t length = 0;
  };
  std::vector<Way> ways;
  counted.each([&](std::uint64_t key, const Sums& sums) {
    const std::size_t before = key >> 32;
    Way& way = ways.emplace_back();
    if (before > 0) way = ways[before - 1];
    const auto visits = static_cast<std::uint32_t>(sums[at(Measure::visits)]);
    visits_ += visits;
    if (static_cast<std::uint32_t>(key) == 0) return;
    way.pages[way.length++] = static_cast<std::uint32_t>(key);
    if (visits > 0) add_way(std::span(way.pages).first(way.length), visits);
  });
}

void JourneyCount::add(JourneyCount&& other) {
  visits_ += other.visits_;
  number_ += other.number_;
  too_many_ = too_many_ || other.too_many_ || number_ > kMostWays;
  std::ranges::move(other.ways_, std::inserter(ways_, ways_.begin()));
  for (std::size_t depth = 0; depth < depth_; ++depth)
    other.seen_[depth].each([&](std::uint32_t page, std::uint32_t visits) {
      if (visits > 0) seen_[depth][page] += visits;
    });
}

std::vector<std::vector<JourneyCount::Page>> JourneyCount::frequent() const {
  std::vector<std::vector<Page>> out;
  for (const Paged<std::uint32_t>& seen : seen_) {
    std::vector<Page> pages;
    seen.each([&](std::uint32_t id, std::uint32_t visits) {
      if (visits > 0) pages.push_back({id, visits});
    });
    const auto more = [](const Page& a, const Page& b) {
      return a.visits != b.visits ? a.visits > b.visits : a.id < b.id;
    };
    const auto end = pages.begin() + static_cast<std::ptrdiff_t>(std::min(pages.size(), kJourneyPages));
    std::ranges::partial_sort(pages, end, more);
    pages.erase(end, pages.end());
    out.push_back(std::move(pages));
  }
  return out;
}

/// Pages are told by numbers here: from 1 in the order of `places`, other pages 0.
void JourneyCount::edges(const std::vector<std::vector<Page>>& places, JourneysResult& into) const {
  constexpr std::size_t kOthers = 0, kEnded = kJourneyPages + 1, kNumbers = kEnded + 1;
  into.visits = visits_;
  std::vector<Paged<std::uint8_t>> number_of(depth_);  // by depth and page; of no page, since the way has ended
  for (std::size_t depth = 0; depth < depth_; ++depth) {
    number_of[depth][0] = kEnded;
    for (std::size_t i = 0; i < places[depth].size(); ++i)
      number_of[depth][places[depth][i].id] = static_cast<std::uint8_t>(i + 1);
  }
  std::array<std::uint64_t, kNumbers> first{};
  std::vector<std::array<std::array<std::uint64_t, kNumbers>, kNumbers>> visits(depth_ - 1);
  each_way([&, number_of = number_of.data(), visits = visits.data()](std::span<const std::uint32_t> pages,
                                                                     std::uint32_t times) {
    std::size_t from = number_of[0].get(pages[0]);
    first[from] += times;
    for (std::size_t depth = 1; depth < depth_ && from != kEnded; ++depth) {
      const std::size_t to = number_of[depth].get(pages[depth]);
      visits[depth - 1][from][to] += times;
      from = to;
    }
    return true;
  });
  const auto number = [&](std::size_t depth, std::size_t place) {
    if (place == into.depths[depth].place_of_ended()) return kEnded;
    return place == into.depths[depth].place_of_others() ? kOthers : place + 1;
  };
  into.depths[0].others = first[kOthers];
  for (std::size_t depth = 0; depth + 1 < depth_; ++depth) {
    JourneyDepth& next = into.depths[depth + 1];
    for (std::size_t from = 0; from <= into.depths[depth].place_of_others(); ++from) {
      for (std::size_t to = 0; to <= next.place_of_ended(); ++to) {
        const std::uint64_t times = visits[depth][number(depth, from)][number(depth + 1, to)];
        if (to == next.place_of_others()) next.others += times;
        if (to == next.place_of_ended()) next.ended += times;
        if (times > 0) into.edges.push_back({depth, from, to, times});
      }
    }
  }
}

namespace {

/// Journeys of one question.
class Run final : public Walked {
 public:
  Run(const Journeys& journeys, Predicate where)
      : journeys_(journeys),
        where_(std::move(where)),
        what_(fingerprint_of(journeys, where_)),
        count_(journeys.depth, journeys.way) {}

  Result<void> plan(Snapshot& snapshot, const Range& range) {
    partial_ = running(window_of(range, *snapshot.site().zone), snapshot.now());
    auto months = unread_months(snapshot, range, what_, [&](const Groups& counted) { count_.add(counted); });
    if (!months) return std::unexpected(months.error());
    months_ = std::move(*months);
    return {};
  }

  std::size_t months() const override { return months_.size(); }

  Result<void> read(std::size_t number, Snapshot& here) override {
    const auto& [window, key] = months_[number];
    PageTest asked;  // none: every page
    if (journeys_.page) {
      auto test = here.filters().pages(*journeys_.page);
      if (!test) return std::unexpected(test.error());
      asked = std::move(*test);
    }
    const auto mark = [&](std::span<const std::uint32_t> pages, std::span<std::uint32_t> whats) {
      std::ranges::transform(pages, whats.begin(),
                             [&](std::uint32_t page) { return !asked || asked(page) ? page | kAskedPage : page; });
    };
    WalkRooms::Room room(rooms_);
    if (auto ok = read_walks(here, window, where_, Walker::visit, {.views = mark, .events = {}}, room.walks()); !ok)
      return ok;
    JourneyCount count(journeys_.depth, journeys_.way);
    room.walks().each([&](std::span<const Act> walk) { count.add(walk); });
    keep(key, count, here.kept().parts);
    const std::scoped_lock lock(mutex_);
    count_.add(std::move(count));
    if (count_.too_many()) return fail(Code::too_large, "Too many visits at once; ask for a shorter range, or filter");
    return {};
  }

  Result<Finding> finding(Snapshot& snapshot) override {
    auto frequent = count_.frequent();
    const auto names = names_of(snapshot, frequent);
    if (!names) return std::unexpected(names.error());
    JourneysResult out;
    out.partial = partial_;
    for (auto& pages : frequent) {
      std::ranges::sort(pages, [&](const Page& a, const Page& b) {
        return a.visits != b.visits ? a.visits > b.visits : names->at(a.id) < names->at(b.id);
      });
      JourneyDepth& depth = out.depths.emplace_back();
      for (const Page& one : pages) depth.pages.emplace_back(names->at(one.id), one.visits);
    }
    count_.edges(frequent, out);
    return out;
  }

 private:
  /// Once a tree was too large, others of nearly as many ways are not made: it would be in vain.
  void keep(const std::string& key, const JourneyCount& count, PartCache& parts) {
    if (key.empty() || count.ways() >= too_many_ways_) return;
    if (auto counted = count.counted())
      parts.keep(key, std::move(counted));
    else
      too_many_ways_ = count.ways() / 4 * 3;
  }

  const Journeys& journeys_;
  const Predicate where_;
  const std::string what_;
  bool partial_ = false;
  std::vector<UnreadMonth> months_;
  std::atomic<std::size_t> too_many_ways_ = std::numeric_limits<std::size_t>::max();
  WalkRooms rooms_;
  std::mutex mutex_;  // of the count, while months are read
  JourneyCount count_;
};

}  // namespace

Result<std::unique_ptr<Walked>> plan_journeys(Snapshot& snapshot, const Question& question, const Journeys& journeys) {
  auto run = std::make_unique<Run>(journeys, filter_of(question, journeys));
  if (auto ok = run->plan(snapshot, question.range); !ok) return std::unexpected(ok.error());
  return run;
}

}  // namespace hk::query
