#include "query/journeys.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <ranges>
#include <string>
#include <utility>

#include "base/text.h"
#include "query/plan.h"
#include "sql/query.h"

namespace hk::query {
namespace {

using Page = JourneyCount::Page;

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
  if (++visits_ > kMostVisits) return;
  const std::size_t begin = ways_.size();
  ways_.resize(begin + depth_);
  std::size_t length = 0;
  const auto see = [&](const Act& act) {
    const std::uint32_t page = act.what & ~kAskedPage;
    if (page == 0) return true;  // of no known name
    if (length > 0 && ways_[begin + length - 1] == page) return true;
    if (length == depth_) return false;
    ++seen_[length][page];
    ways_[begin + length++] = page;
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
  if (length == 0) ways_.resize(begin);
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

void JourneyCount::edges(const std::vector<std::vector<Page>>& places, JourneysResult& into) const {
  into.visits = visits_;
  std::vector<Paged<std::uint8_t>> place_of(depth_);  // by depth and page: its place + 1
  for (std::size_t depth = 0; depth < depth_; ++depth) {
    for (std::size_t i = 0; i < places[depth].size(); ++i)
      place_of[depth][places[depth][i].id] = static_cast<std::uint8_t>(i + 1);
  }
  const auto place = [&](std::size_t depth, std::uint32_t page) {
    if (page == 0) return into.depths[depth].place_of_ended();
    const std::uint8_t known = place_of[depth].get(page);
    return known == 0 ? into.depths[depth].place_of_others() : std::size_t{known} - 1;
  };
  constexpr std::size_t kPlaces = kJourneyPages + 2;
  std::vector<std::array<std::array<std::uint64_t, kPlaces>, kPlaces>> visits(depth_ - 1);
  for (std::size_t begin = 0; begin < ways_.size(); begin += depth_) {
    std::size_t from = place(0, ways_[begin]);
    if (from == into.depths[0].place_of_others()) ++into.depths[0].others;
    for (std::size_t depth = 1; depth < depth_ && ways_[begin + depth - 1] != 0; ++depth) {
      JourneyDepth& next = into.depths[depth];
      const std::size_t to = place(depth, ways_[begin + depth]);
      if (to == next.place_of_others()) ++next.others;
      if (to == next.place_of_ended()) ++next.ended;
      ++visits[depth - 1][from][to];
      from = to;
    }
  }
  for (std::size_t depth = 0; depth + 1 < depth_; ++depth) {
    for (std::size_t from = 0; from < kPlaces; ++from) {
      for (std::size_t to = 0; to < kPlaces; ++to) {
        if (visits[depth][from][to] > 0) into.edges.push_back({depth, from, to, visits[depth][from][to]});
      }
    }
  }
}

Result<JourneysResult> answer_journeys(Snapshot& snapshot, const Question& question, const Journeys& journeys) {
  std::function<bool(std::uint32_t)> asked;  // none: every page
  if (journeys.page) {
    auto page = snapshot.filters().resolve(*journeys.page);
    if (!page) return std::unexpected(page.error());
    auto test = snapshot.filters().pages(*page);
    if (!test) return std::unexpected(test.error());
    asked = std::move(*test);
  }
  const auto mark = [&](std::span<const std::uint32_t> pages, std::span<std::uint32_t> whats) {
    std::ranges::transform(pages, whats.begin(),
                           [&](std::uint32_t page) { return !asked || asked(page) ? page | kAskedPage : page; });
  };
  const ActsOf acts{.views = mark, .events = {}};
  JourneyCount count(journeys.depth, journeys.way);
  const auto months = months_of(snapshot, question.range);
  if (!months) return std::unexpected(months.error());
  for (const Window& month : *months) {
    auto walks = read_walks(snapshot, month, filter_of(question, journeys), Walker::visit, acts);
    if (!walks) return std::unexpected(walks.error());
    walks->each([&](std::span<const Act> walk) { count.add(walk); });
  }
  if (count.too_many()) return fail(Code::too_large, "Too many visits at once; ask for a shorter range, or filter");

  auto frequent = count.frequent();
  const auto names = names_of(snapshot, frequent);
  if (!names) return std::unexpected(names.error());
  JourneysResult out;
  out.partial = running(window_of(question.range, *snapshot.site().zone), snapshot.now());
  for (auto& pages : frequent) {
    std::ranges::sort(pages, [&](const Page& a, const Page& b) {
      return a.visits != b.visits ? a.visits > b.visits : names->at(a.id) < names->at(b.id);
    });
    JourneyDepth& depth = out.depths.emplace_back();
    for (const Page& one : pages) depth.pages.emplace_back(names->at(one.id), one.visits);
  }
  count.edges(frequent, out);
  return out;
}

}  // namespace hk::query
