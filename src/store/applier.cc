// The applier's thread: reads the log, routes its records to lanes, one transaction per lane and batch.

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "control/change.h"
#include "log/dead_letters.h"
#include "store/duck_store.h"
#include "store/fence.h"
#include "store/leftovers.h"

namespace hk::store {
namespace {

/// How long the applier waits for a record before it looks after other things.
constexpr Millis kIdle{200};
/// While a batch gathers, the log is looked at this often: a look per record would wake this thread, and stop the
/// log's, thousands of times a second.
constexpr Millis kGather{10};
/// WAL size of a lane at which it is checkpointed: replaying it after a kill takes about 20 ms per MB.
constexpr std::uint64_t kCheckpointWal = 64u << 20;
/// The same while there is nothing else to do.
constexpr std::uint64_t kIdleCheckpointWal = 8u << 20;
/// A WAL gets no older than this: until then the log keeps what is in it.
constexpr std::chrono::hours kCheckpointAge{1};
/// A checkpoint that readers held up is tried again after this.
constexpr Millis kCheckpointRetry{1'000};

/// What lanes must see of a control record.
struct Fences {
  std::vector<std::pair<LaneKey, FenceEvent>> fences;
  std::vector<Error> unreadable;
};
Fences fences_of(const log::Entry& entry) {
  Fences out;
  const auto fences = control::decode_fences(entry.record.payload, entry.record.version);
  if (!fences) {
    out.unreadable.push_back(fences.error());
    return out;
  }
  for (const control::Fence& fence : *fences) {
    auto event = decode_fence(fence.bytes);
    if (event)
      out.fences.emplace_back(fence.lane, std::move(*event));
    else
      out.unreadable.push_back(std::move(event.error()));
  }
  return out;
}

}  // namespace

void DuckStore::run() {
  // Never refused, and of this thread: on a busy machine an answer comes before a count that the log keeps anyway.
  // DuckDB's threads are those of the program, but for an instance that is started here after one failed.
  static_cast<void>(::nice(kNice));
  follow();
  // What is not obeyed by now comes again from the log.
  for (const auto& slot : slots_)
    if (slot->order) abandon(*slot);
  const std::scoped_lock lock(mutex_);
  failure_ = Error{Code::unavailable, "the applier has ended", {}};
}

void DuckStore::follow() {
  while (one_batch()) {
    if (stopping_ && Steady::now() > drain_until_) {
      logging::warn("stopping before everything is applied; the log keeps the rest",
                    {{"applied", applied()}, {"end", log_.durable_end()}});
      return;
    }
  }
}

/// False: everything is applied, or nothing more can be, and the program stops.
bool DuckStore::one_batch() {
  retry_stopped();
  const bool obeying = finish_orders();
  const bool catching_up = catch_up_some(), copying = spare_log(), forgetting = forget_some();
  const bool behind = catching_up || copying || forgetting;
  if (auto able = read_again(); !able) {
    fail_until_retry(able.error());
    return !stopping_;
  }
  const auto read = reader_->next(behind || stopping_ ? Millis{0} : kIdle);
  if (!read) {
    fail_until_retry(read.error());
    return !stopping_;
  }
  const auto& first = *read;
  bool going = true;
  if (first) {
    const auto until = Steady::now() + options_.batch_wait;
    going = route(*first);
    std::size_t records = 1;
    for (bool more = true; going && records < options_.batch_rows;) {
      const auto next = reader_->next(Millis{0});
      if (!next) break;  // it comes back as the next batch's first record
      const auto& entry = *next;
      if (entry) {
        going = route(*entry);
        ++records;
      } else if (more) {
        more = gather(until);
      } else {
        break;
      }
    }
  } else if (!behind) {
    position_ = std::max(position_, reader_->position());
    fresh_ms_ = to_ms(clock_.now());
    going = !stopping_ || obeying;
    if (stopping_ && obeying) orders_.wait(kIdle);
  }
  flush_all(!first);
  for (const auto& slot : slots_) {
    checkpoint_above(*slot, first ? kCheckpointWal : kIdleCheckpointWal);
    end_backlog(*slot);
  }
  for (const auto& slot : slots_) place_smaller(*slot);
  sweep_removed();
  make_room(most_files());
  if (!first && !behind) rest_the_idle();
  save_rests(false);
  publish();
  return going;
}

/// A reader that failed may stand between two segments: a new one begins behind what was handed out.
Result<void> DuckStore::read_again() {
  if (reader_) return {};
  auto reader = log_.read(position_);
  if (!reader) return std::unexpected(reader.error());
  {
    const std::scoped_lock lock(stop_mutex_);
    reader_ = std::move(*reader);
  }
  logging::info("the log can be read again", {{"offset", position_}});
  const std::scoped_lock lock(mutex_);
  failure_.reset();
  return {};
}

/// What is applied stays and can be asked; what is accepted meanwhile stays in the log.
void DuckStore::fail_until_retry(const Error& why) {
  {
    const std::scoped_lock lock(mutex_);
    if (!failure_)
      logging::error("the log cannot be read, so nothing new is counted; trying again. If it goes on, look at the disk",
                     {{"error", why.message}});
    failure_ = why;
  }
  std::unique_lock lock(stop_mutex_);
  reader_.reset();
  stop_signal_.wait_for(lock, options_.lane_retry, [this] { return stopping_.load(); });
}

/// Lets records come for a moment. False: the batch takes what has come, and ends.
bool DuckStore::gather(Steady::time_point until) {
  const auto pause = std::min(until, Steady::now() + kGather);
  std::unique_lock lock(stop_mutex_);
  return !stop_signal_.wait_until(lock, pause, [&] { return stopping_.load(); }) && pause < until;
}

/// False: this record cannot be passed now, and the program stops.
bool DuckStore::route(const log::Entry& entry) {
  const LaneKey lane{entry.record.lane};
  if (lane == LaneKey::control) {
    if (!route_fences(entry)) return false;
  } else if (removed_.contains(lane)) {
    if (RecordKind{entry.record.kind} == RecordKind::hit) metrics_.of_deleted.add();
  } else if (Slot* slot = find(lane); slot == nullptr) {
    // A file that was never opened may be the lane's; it will read the log itself.
    if (std::ranges::all_of(slots_, [](const auto& s) { return s->identity.has_value(); }))
      put_aside(nullptr, entry, {Code::not_found, "a record of a database file that was never made"});
  } else if (slot->follows(entry.offset)) {
    take(*slot, entry);
  }
  position_ = entry.offset;
  return true;
}

bool DuckStore::route_fences(const log::Entry& entry) {
  auto [fences, unreadable] = fences_of(entry);
  for (const Error& why : unreadable) put_aside(nullptr, entry, why);
  for (auto& [lane, event] : fences) {
    if (removed_.contains(lane)) continue;
    Slot* slot = find(lane);
    if (std::holds_alternative<LaneRemoved>(event)) {
      remove_lane(lane, slot);
      continue;
    }
    if (const auto* added = std::get_if<SiteAdded>(&event); added && (slot == nullptr || slot->missing)) {
      slot = found(lane, *added);
      if (slot == nullptr) return false;
    }
    if (slot && slot->follows(entry.offset)) take_fence(*slot, entry, std::move(event));
  }
  return true;
}

/// Of a lane that is there. What erases is obeyed like an order.
void DuckStore::take_fence(Slot& slot, const log::Entry& entry, FenceEvent event) {
  metrics_.fences.add();
  if (auto* added = std::get_if<SiteAdded>(&event)) {
    slot.batch.records.emplace_back(std::move(*added), entry.offset);
    return;
  }
  auto* erased = std::get_if<SitesErased>(&event);
  if (erased == nullptr) return;  // of the lane as a whole: done by whoever reads for all
  const std::vector<SiteKey> sites = erased->sites;
  obey(slot, entry, "erase", metrics_.erasures,
       [this, &slot, erased = std::move(*erased), at = entry.offset](Lane& lane) -> Result<void> {
         erase_dead_letters(options_.dead_letters, lane.identity().lane, {erased.sites.begin(), erased.sites.end()});
         if (auto marked = mark_erased(slot.file, at); !marked) return marked;
         return lane.erase(erased, at);
       });
  if (slot.order)
    for (const SiteKey site : sites) slot.order->changed.push_back({.site = site});
  slot.seen = entry.offset;
}

void DuckStore::take(Slot& slot, const log::Entry& entry) {
  const auto version = entry.record.version;
  switch (RecordKind{entry.record.kind}) {
    case RecordKind::hit: {
      auto hit = decode_hit(entry.record.payload, version);
      if (!hit) {
        put_aside(&slot, entry, hit.error());
        break;
      }
      if (!slot.batch.has_hits() && !hit->late) slot.oldest = std::min(clock_.now(), hit->at);
      slot.batch.records.emplace_back(std::move(*hit), entry.offset);
      break;
    }
    case RecordKind::counts: {
      auto counts = decode_counts(entry.record.payload, version);
      if (counts)
        slot.batch.records.emplace_back(std::move(*counts), entry.offset);
      else
        put_aside(&slot, entry, counts.error());
      break;
    }
    case RecordKind::seal:
      take_order(slot, entry, "seal", decode_seal(entry.record.payload, version), &Lane::seal, metrics_.seals);
      break;
    case RecordKind::rewrite_month:
      take_order(slot, entry, "rewrite_month", decode_rewrite(entry.record.payload, version), &Lane::rewrite,
                 metrics_.rewrites);
      break;
    default:
      put_aside(&slot, entry, {Code::invalid, "a record of a kind that this program does not know"});
  }
  slot.seen = entry.offset;
}

void DuckStore::take_behind(Slot& slot, const log::Entry& entry) {
  const LaneKey lane{entry.record.lane}, own = slot.lane->identity().lane;
  if (lane == own) return take(slot, entry);
  if (lane == LaneKey::control)
    for (auto& [of, event] : fences_of(entry).fences)  // the common reader has put aside what cannot be read
      if (of == own) take_fence(slot, entry, std::move(event));
  slot.seen = entry.offset;
}

template <class Order>
void DuckStore::take_order(Slot& slot, const log::Entry& entry, std::string_view name, Result<Order> order,
                           Result<void> (Lane::*act)(const Order&, log::Offset), metrics::Counter& count) {
  if (!order) return put_aside(&slot, entry, order.error());
  obey(slot, entry, name, count,
       [order = std::move(*order), act, at = entry.offset](Lane& lane) { return (lane.*act)(order, at); });
}

void DuckStore::put_aside(Slot* slot, const log::Entry& entry, const Error& why) {
  metrics_.dead_letters.add();
  logging::error("a log record cannot be applied and is put aside",
                 {{"lane", entry.record.lane}, {"offset", entry.offset}, {"error", why.message}});
  const auto done = log::put_aside(options_.dead_letters, std::to_string(entry.record.lane), entry, why, clock_.now());
  if (done) return;
  logging::error("a record could not be put aside", {{"error", done.error().message}});
  if (slot != nullptr) stop_lane(*slot, done.error());
}

void DuckStore::flush(Slot& slot) {
  if (slot.batch.empty() || (slot.resting && !wake(slot)) || !slot.lane) return;
  // What control data said is in the batch before it is counted as seen: a record may say something to several lanes.
  slot.seen = std::max(slot.seen, slot.batch.records.back().offset);
  slot.batch.end = slot.seen;
  slot.used_at = Steady::now();
  metrics_.of_deleted.add(slot.lane->drop_gone(slot.batch));
  Result<std::vector<Applied>> changed;
  {
    const Timer timer(metrics_.batch);
    changed = slot.lane->apply(slot.batch);
  }
  if (!changed) return stop_lane(slot, changed.error());
  slot.batch.records.clear();
  for (const Applied& site : *changed) {
    metrics_.hits.add(site.hits);
    metrics_.events.add(site.events);
    metrics_.reports.add(site.reports);
    metrics_.without_visit.add(site.without_visit);
    metrics_.without_view.add(site.without_view);
  }
  if (on_applied_ && !changed->empty()) on_applied_(*changed);
}

/// Those that are open first: where more have records than may be open, each of the others closes one.
void DuckStore::flush_all(bool idle) {
  std::vector<Slot*> resting;
  for (const auto& slot : slots_) {
    if (slot->resting)
      resting.push_back(slot.get());
    else
      flush_and_pass(*slot, idle);
  }
  for (Slot* slot : resting) flush_and_pass(*slot, idle);
}

void DuckStore::flush_and_pass(Slot& slot, bool idle) {
  if (slot.works() && !slot.own_reader) slot.seen = std::max(slot.seen, position_);
  flush(slot);
  if (slot.works() && !slot.own_reader)
    slot.passed = {slot.lane ? slot.lane->applied() : slot.rested().mark.offset, slot.seen};
  if (!slot.lane || slot.order || (!pinned(slot) && !slot.own_reader)) return;
  if (slot.seen == slot.lane->applied()) return;
  if (idle || slot.seen - slot.lane->applied() > kOffsetStride)
    if (auto done = slot.lane->advance(slot.seen); !done) stop_lane(slot, done.error());
}

void DuckStore::checkpoint_above(Slot& slot, std::uint64_t wal_bytes) {
  if (!slot.lane || slot.order || Steady::now() < slot.checkpoint_at) return;
  bool wanted = false;
  {
    const std::scoped_lock lock(mutex_);
    wanted = slot.checkpoint_wanted;
  }
  const bool old = Steady::now() - slot.checkpointed_at > kCheckpointAge;
  if (slot.lane->wal_bytes() > (wanted || old ? 0 : wal_bytes) || slot.lane->must_erase())
    if (const auto done = try_checkpoint(slot, *slot.lane)) checkpointed(slot, *done);
  if (!wanted) return;
  const std::scoped_lock lock(mutex_);
  slot.checkpoint_wanted = false;
  checkpoint_tried_.notify_all();
}

/// nullopt: somebody holds it off. By whoever may touch the lane.
std::optional<Result<void>> DuckStore::try_checkpoint(Slot& slot, Lane& lane) {
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);
  const std::unique_lock still(slot.copying, std::try_to_lock);
  if (!free || !still) return std::nullopt;
  const Timer timer(metrics_.checkpoint);
  return lane.checkpoint();
}

void DuckStore::checkpointed(Slot& slot, const Result<void>& done) {
  if (done) {
    slot.checkpointed_at = Steady::now();
    return;
  }
  // A reader holds an older view, or there is no room; the WAL keeps everything meanwhile.
  metrics_.checkpoint_failures.add();
  slot.checkpoint_at = Steady::now() + kCheckpointRetry;
  if (!Lane::answers(*slot.lane->database())) stop_lane(slot, done.error());
}

void DuckStore::publish() {
  auto reached = std::numeric_limits<log::Offset>::max();
  std::uint64_t hot = 0, stopped = 0, set_aside = 0, backlog = 0;
  TimeMs oldest = TimeMs::max();
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_) {
    if (slot->backlog) backlog += slot->backlog->bytes();
    if (slot->works()) {
      const auto in_file = slot->order  ? slot->has_applied
                           : slot->lane ? slot->lane->applied()
                                        : slot->rested().mark.offset;
      // What was passed over is applied, too; only the first file says so itself.
      slot->has_applied = pinned(*slot) || slot->own_reader ? in_file : slot->passed.beyond(in_file);
      // Without a WAL, what was passed over since is in the file as well.
      if (!slot->order) slot->checkpointed = slot->lane ? slot->lane->checkpointed() : in_file;
      slot->checkpointed = slot->saved_passed.value_or(Passed{}).beyond(slot->checkpointed);
      reached = std::min(reached, slot->own_reader ? slot->seen : std::max(slot->seen, position_));
      if (slot->lane) {
        hot += slot->lane->hot_rows();
        const auto damage = slot->lane->damage();
        set_aside += damage.days.size() + damage.months.size();
      } else {
        for (const auto& [day, rows] : slot->rested().hot) hot += rows.all;
      }
      oldest = std::min(oldest, slot->oldest);
      if (!slot->own_reader) slot->oldest = TimeMs::max();
    } else {
      ++stopped;
    }
  }
  if (oldest != TimeMs::max()) fresh_ms_ = to_ms(oldest);
  reached_ = reached;
  metrics_.gauges->hot_rows = hot;
  metrics_.gauges->stopped = stopped;
  metrics_.gauges->set_aside = set_aside;
  metrics_.gauges->backlog_bytes = backlog;
}

}  // namespace hk::store
