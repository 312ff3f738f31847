#include "counted/counted.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sql/counted.h"
#include "store/attributes.h"
#include "store/for_rows.h"

namespace hk::counted {
namespace {

using ingest::Reason;
using store::HitKind;

/// The door of programs, as ingest names it.
constexpr std::string_view kServer = "server";

db::DuckValue agents() {
  return static_cast<std::uint8_t>(store::kAgent);
}

void later(std::optional<TimeMs>& known, TimeMs at) {
  known = std::max(known.value_or(at), at);
}

void name(std::vector<NamedHits>& names, const CountedSum& sum) {
  if (sum.agent.empty()) return;
  const auto at = std::ranges::find(names, sum.agent, &NamedHits::name);
  if (at == names.end())
    names.push_back({sum.agent, sum.hits});
  else
    at->hits += sum.hits;
}

void keep_most(std::vector<NamedHits>& names) {
  std::ranges::sort(names, [](const NamedHits& a, const NamedHits& b) {
    return a.hits != b.hits ? a.hits > b.hits : a.name < b.name;
  });
  if (names.size() > kNamesTold) names.resize(kNamesTold);
}

/// Rows by what they are about, the most frequent first.
template <class Row>
std::vector<Row> by_hits(std::map<std::uint8_t, Row> rows) {
  std::vector<Row> out;
  for (auto& [number, row] : rows) {
    keep_most(row.names);
    out.push_back(std::move(row));
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &Row::hits);
  return out;
}

}  // namespace

Result<KnownCounts> read_known(query::Snapshot& snapshot, const CountedDays& days) {
  KnownCounts out;
  const auto key = static_cast<std::uint32_t>(snapshot.site().key);
  const auto sums =
      store::for_rows(snapshot.connection(), sql::counted::sums,
                      {key, db::DateValue{days.from}, db::DateValue{days.until}, agents()}, [&](db::DuckRows& row) {
                        out.sums.push_back({.reason = static_cast<std::uint8_t>(row.u64(0)),
                                            .kind = static_cast<std::uint8_t>(row.u64(1)),
                                            .agent = std::string(row.text(2)),
                                            .example = std::string(row.text(3)),
                                            .hits = row.u64(4),
                                            .last = from_ms(row.i64(5))});
                      });
  if (!sums) return std::unexpected(sums.error());
  const auto lasts =
      store::for_rows(snapshot.connection(), sql::counted::lasts, {key, agents()}, [&](db::DuckRows& row) {
        out.lasts.push_back({.kind = static_cast<std::uint8_t>(row.u64(0)),
                             .agent = std::string(row.text(1)),
                             .last = from_ms(row.i64(2))});
        out.first_day = static_cast<Day>(row.i64(3));
      });
  if (!lasts) return std::unexpected(lasts.error());
  return out;
}

void add_gathered(KnownCounts& known, const std::vector<store::Count>& gathered, const CountedDays& days) {
  for (const store::Count& one : gathered) {
    const CountedSum sum{.reason = one.reason,
                         .kind = one.kind,
                         .agent = one.agent,
                         .example = one.example,
                         .hits = one.hits,
                         .last = one.last};
    if (one.reason == ingest::kCounted) known.lasts.push_back(sum);
    if (one.hits == 0) continue;
    known.first_day = std::min(known.first_day.value_or(one.day), one.day);
    if (days.holds(one.day)) known.sums.push_back(sum);
  }
}

Became tell(const KnownCounts& known) {
  Became out{.first_day = known.first_day};
  std::map<std::uint8_t, DropTold> drops;
  std::map<std::uint8_t, MachinesTold> machines;
  for (const CountedSum& sum : known.sums) {
    if (sum.reason == ingest::kCounted) {
      auto& of = sum.kind == std::uint8_t(HitKind::pageview) ? out.pageviews
                 : sum.kind == std::uint8_t(HitKind::event)  ? out.events
                 : sum.kind == std::uint8_t(HitKind::fetch)  ? out.fetches
                                                             : out.reports;
      of += sum.hits;
    } else if (sum.reason == ingest::kKeptApart && sum.kind < std::uint8_t(ingest::Bot::kCount)) {
      MachinesTold& row = machines[sum.kind];
      row.of = name_of(static_cast<ingest::Bot>(sum.kind));
      row.hits += sum.hits;
      row.last = std::max(row.last, sum.last);
      if (row.example.empty()) row.example = sum.example;
      name(row.names, sum);
      out.kept_apart += sum.hits;
    } else if (const std::size_t number = sum.reason - std::size_t{ingest::kFirstReason}; number < ingest::kReasons) {
      const ingest::ReasonRow& reason = ingest::kReasonTable.at(number);
      if (reason.reason == Reason::not_kept) {
        out.not_kept += sum.hits;
        continue;
      }
      DropTold& row = drops[sum.reason];
      row.reason = reason.name;
      row.remedy = reason.remedy;
      row.hits += sum.hits;
      row.last = std::max(row.last, sum.last);
      name(row.names, sum);
      out.dropped += sum.hits;
    }
  }
  for (const CountedSum& sum : known.lasts) {
    if (sum.kind == std::uint8_t(HitKind::pageview)) later(out.last_pageview, sum.last);
    if (sum.kind == std::uint8_t(HitKind::event)) later(out.last_event, sum.last);
    if (sum.agent == kServer) later(out.last_server_hit, sum.last);
  }
  out.drops = by_hits(std::move(drops));
  out.machines = by_hits(std::move(machines));
  return out;
}

}  // namespace hk::counted
