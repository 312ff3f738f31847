#include "query/engine.h"

#include <algorithm>
#include <list>
#include <thread>
#include <utility>
#include <vector>

namespace hk::query {

Sharing shared_by_cores(unsigned cores) {
  return {.most = std::max(1u, cores), .few_visits = 100'000};
}

Engine::Engine(const Clock& clock, store::Lanes& lanes, metrics::Registry& metrics, std::chrono::milliseconds budget,
               Sharing sharing, std::size_t cache_bytes, ProviderOf provider_of)
    : clock_(clock),
      lanes_(lanes),
      budget_(budget),
      sharing_(sharing),
      kept_{.provider_of = std::move(provider_of),
            .parts = PartCache(cache_bytes),
            .names = {},
            .regions = {},
            .seen = db::OrdinalBudget(kSeenBytes)},
      seconds_(metrics.histogram("hitkeep_query_seconds", "Time to answer a question about a site",
                                 {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})),
      timeouts_(metrics.counter("hitkeep_query_timeouts_total", "Questions stopped because they took too long")),
      abandoned_(metrics.counter("hitkeep_query_abandoned_total", "Questions stopped because nobody waited any more")),
      alone_(metrics.counter("hitkeep_query_alone_total", "Questions that ran once more, alone, for want of memory")),
      too_large_(
          metrics.counter("hitkeep_query_too_large_total", "Questions refused because they need too much memory")) {}

namespace {

/// Memory was short, here or where another question waits to be alone.
bool wants_to_be_alone(const Error& error) {
  return error.code == Code::limited || db::cause_of(error) == db::DuckCause::memory;
}

/// DuckDB's words, which are nobody's but the operator's.
Error of_duckdb(Error error) {
  if (error.code == Code::unavailable || error.code == Code::conflict) error.code = Code::internal;
  return error;
}

/// Into how many pieces it can be divided, about: visits are walked along by the month.
std::size_t parts_of(const Question& question, const db::Zone& zone) {
  const DayRange days = window_of(question.range, zone).days;
  const auto months = static_cast<std::size_t>((days.last - days.first) / 28) + 1;
  std::size_t out = 0;
  for (const auto& [name, analysis] : question.queries) out += std::holds_alternative<Query>(analysis) ? 1 : months;
  return out;
}

/// Counts connections for as long as it lives.
class Working {
 public:
  /// `most`: of all questions together, but one in any case.
  Working(std::atomic<std::size_t>& all, std::size_t most, std::size_t parts) : all_(all) {
    const std::size_t others = all_.fetch_add(1);
    if (others < most) mine_ = std::clamp<std::size_t>(parts, 1, most - others);
    all_ += mine_ - 1;
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() { all_ -= mine_; }
  std::size_t mine() const { return mine_; }

 private:
  std::atomic<std::size_t>& all_;
  std::size_t mine_ = 1;
};

/// A view while its statements are watched.
struct Watched {
  Watched(Watchdog& dog, ReadView& view, std::chrono::milliseconds left, std::stop_token stop, const site::Site& site,
          TimeMs now, bool behind, Kept& kept)
      : guard(dog.watch(view.connection(), left, std::move(stop))),
        snapshot(view.connection(), site, now, behind, guard, kept) {}
  Watchdog::Guard guard;
  Snapshot snapshot;
};

}  // namespace

Result<Answer> Engine::ask(const site::Site& site, const Question& question, const Asker& asker) {
  // Machines have a key of their own, and with it their own rows and texts.
  site::Site asked = site;
  if (question.machines) asked.key = store::shadow_of(site.key);
  return read(
      asked, asker, [&](Snapshot& snapshot) { return snapshot.answer(question); }, parts_of(question, *site.zone));
}

Result<void> Engine::run(Try what) {
  const auto started = Steady::now();
  const auto until = started + budget_;
  auto turn = turns_.beside(until);
  Result<void> out = turn ? attempt(what, std::move(*turn), until) : std::unexpected(took_too_long());
  if (!out && wants_to_be_alone(out.error())) out = again_alone(what, until);
  seconds_.observe(std::chrono::duration<double>(Steady::now() - started).count());
  if (out) return out;
  if (db::cause_of(out.error()) == db::DuckCause::damage) lanes_.saw_damage(what.site.lane, out.error());
  return out;
}

/// Code::limited: it was stopped for one that wants to be alone.
Result<void> Engine::attempt(const Try& what, Turns::Turn turn, Steady::time_point until) {
  const std::stop_token gone = what.asker.gone, give_way = turn.give_way();
  std::stop_source stop;
  const auto pass_on = [&] { stop.request_stop(); };
  const std::stop_callback on_gone(gone, pass_on);
  const std::stop_callback on_wish(give_way, pass_on);
  const Working working(working_, sharing_.most, what.parts);
  // Connections need memory, too. Begun before the watch and rolled back behind it: what stops the question must not
  // stop the roll-back, which would leave the connection in a transaction that is over.
  auto lease = lanes_.read(what.site.lane);
  if (!lease) return std::unexpected(lease.error());
  auto views =
      open_views(std::move(*lease), lanes_, what.site, {.most = working.mine(), .few_visits = sharing_.few_visits});
  if (!views) return std::unexpected(of_duckdb(views.error()));
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now());
  const TimeMs now = clock_.now();
  const bool behind = lanes_.behind(what.site.lane);
  std::list<Watched> watched;
  std::vector<Snapshot*> beside;
  for (const auto& view : *views) {
    watched.emplace_back(watchdog_, *view, left, stop.get_token(), what.site, now, behind, kept_);
    if (watched.size() > 1) beside.push_back(&watched.back().snapshot);
  }
  Snapshot& snapshot = watched.front().snapshot;
  snapshot.share_with(std::move(beside));
  auto out = what.work(snapshot);
  if (out) return out;
  if (gone.stop_requested()) {
    abandoned_.add();
    return fail(Code::busy, "Nobody waits for the answer any more");
  }
  if (give_way.stop_requested()) return fail(Code::limited, "");
  if (std::ranges::any_of(watched, [](const Watched& one) { return one.guard.fired(); }))
    return std::unexpected(took_too_long());
  return std::unexpected(of_duckdb(std::move(out.error())));
}

/// Once more, with all the memory for itself. Who asked for too much does not get this again for a while: while he is
/// alone, the others wait.
Result<void> Engine::again_alone(Try what, Steady::time_point until) {
  const auto too_large = [&] {
    too_large_.add();
    return fail(Code::too_large,
                "The question needs more memory than the server has for it; ask for a shorter range, for fewer "
                "queries, or with one dimension instead of two");
  };
  if (turns_.blamed(what.asker.who, Steady::now())) return too_large();
  auto turn = turns_.alone(until);
  if (!turn) return std::unexpected(took_too_long());
  alone_.add();
  what.parts = 1;  // what several connections build for themselves is memory
  auto out = attempt(what, std::move(*turn), std::min(until, Steady::now() + kAlone));
  if (out || what.asker.gone.stop_requested()) return out;
  turns_.blame(what.asker.who, Steady::now());
  if (wants_to_be_alone(out.error())) return too_large();
  return out;
}

Error Engine::took_too_long() {
  timeouts_.add();
  return {Code::busy, "The question took longer than " + std::to_string(budget_.count() / 1000) +
                          " s and was stopped; ask for a shorter range or fewer queries"};
}

}  // namespace hk::query
