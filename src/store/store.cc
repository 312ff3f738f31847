#include "store/store.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <ranges>
#include <set>
#include <utility>

#include "base/text.h"
#include "db/rebuild.h"
#include "sql/store.h"
#include "store/duck_store.h"

namespace hk::store {

DuckStore::Slot* DuckStore::find(LaneKey lane) const {
  const auto it = std::ranges::find_if(slots_, [&](const auto& s) { return s->identity && s->identity->lane == lane; });
  return it == slots_.end() ? nullptr : it->get();
}

Result<DuckStore::Slot*> DuckStore::slot_of(LaneKey lane) const {
  const std::scoped_lock lock(mutex_);
  if (Slot* slot = find(lane)) return slot;
  return fail(Code::not_found, "there is no such file");
}

void DuckStore::start(std::function<void(const std::vector<Applied>&)> applied) {
  on_applied_ = std::move(applied);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "apply");
}

void DuckStore::wake_applier() {
  const std::scoped_lock lock(stop_mutex_);
  if (reader_) reader_->wake();
}

void DuckStore::end_applier() {
  const std::scoped_lock ending(end_mutex_);
  if (!thread_.joinable()) return;
  drain_until_ = Steady::now() + options_.drain;
  {
    const std::scoped_lock lock(stop_mutex_);
    stopping_ = true;
    if (reader_) reader_->wake();
  }
  stop_signal_.notify_all();
  thread_.join();
}

Result<void> DuckStore::stop() {
  end_applier();  // which may have made a lane of the last records
  auto stopped = log::stop(followers());
  save_rests(true);
  return stopped;
}

log::Followers DuckStore::followers() {
  log::Followers out;
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_) out.push_back(slot.get());
  return out;
}

/// One lock for all who hold: it is let go when the last of them does.
std::shared_ptr<void> DuckStore::hold_checkpoints() {
  const std::scoped_lock lock(hold_mutex_);
  auto held = held_.lock();
  if (!held) held_ = held = std::make_shared<std::unique_lock<std::mutex>>(checkpoint_mutex_);
  return held;
}

std::string DuckStore::Slot::name() const {
  const std::scoped_lock lock(store.mutex_);
  return identity ? std::to_string(static_cast<std::uint32_t>(identity->lane)) : file.string();
}

log::Offset DuckStore::Slot::applied() const {
  const std::scoped_lock lock(store.mutex_);
  return has_applied;
}

std::optional<log::Offset> DuckStore::Slot::needs() const {
  const std::scoped_lock lock(store.mutex_);
  return std::max(checkpointed, spared);
}

/// What a stopped lane misses is its own trouble, and does not count.
Millis DuckStore::Slot::behind() const {
  {
    const std::scoped_lock lock(store.mutex_);
    if (!works()) return Millis{0};
  }
  return store.lag();
}

Result<void> DuckStore::Slot::working() const {
  const std::scoped_lock lock(store.mutex_);
  if (store.failure_) return fail(Code::unavailable, "the log cannot be read: " + store.failure_->message);
  if (!works())
    return fail(Code::unavailable,
                concat({file.string(), " cannot be written; the server's log says why",
                        dropped == 0 ? "" : concat({", and ", std::to_string(dropped), " hits are lost"})}));
  return {};
}

Result<void> DuckStore::Slot::stop() {
  store.end_applier();
  {
    const std::scoped_lock attaching(store.attach_mutex_);  // a reader may be opening it
    const std::scoped_lock lock(store.mutex_);
    if (pool) pool->close();
    kept.reset();
  }
  if (resting) db::forget_earlier(file);
  if (!lane) return {};
  Result<void> result;
  const std::scoped_lock still(copying);
  if (!lane->is_checkpointed() || lane->must_erase()) result = lane->checkpoint();
  if (result) db::forget_earlier(file);
  auto known = result ? store.rest_of(*this) : std::nullopt;
  const auto presence = lane->database()->presence();
  const std::scoped_lock lock(store.mutex_);
  lane.reset();
  if (!known || !presence.expired()) return result;
  const auto print = print_of(file);
  if (!print) return result;
  known->print = *print;
  rest = std::move(known);
  resting = store.rests_changed_ = true;
  return result;
}

Result<ReadLease> DuckStore::read(LaneKey lane) {
  if (auto attached = attach_for_reader(lane); !attached) return std::unexpected(attached.error());
  std::unique_lock lock(mutex_);
  ReadPool* pool = nullptr;
  const auto there = [&, end = log_.durable_end()] {
    const Slot* slot = find(lane);
    pool = slot == nullptr ? nullptr : slot->pool.get();
    const bool comes = slot == nullptr ? reached_.load() < end : slot->switching;
    return pool != nullptr || !comes || stopping_;
  };
  // While a stopped file is opened again there is no connection to it, and there will be one in a moment. So it is with
  // that of a team whose first site has just come.
  pool_came_.wait_for(lock, kReadBudget, there);
  if (pool == nullptr) return fail(Code::unavailable, "The database of this team is stopped; see the server's log.");
  return pool->lease();  // with the mutex: nobody closes the pool in between
}

bool DuckStore::behind(LaneKey lane) const {
  {
    const std::scoped_lock lock(mutex_);
    const Slot* slot = find(lane);
    if (slot == nullptr || !slot->works() || (slot->own_reader && slot->trouble != Trouble::none)) return true;
  }
  return lag() > kStale;
}

void DuckStore::saw_damage(LaneKey lane, const Error& words) {
  const std::scoped_lock lock(mutex_);
  if (Slot* slot = find(lane)) note_damage(*slot, words.message);
}

std::vector<LaneState> DuckStore::states() const {
  std::vector<LaneState> out;
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_) {
    LaneState& state = out.emplace_back();
    if (const auto& identity = slot->identity) state.lane = identity->lane;
    state.file = slot->file;
    state.trouble = slot->trouble;
    state.stopped = !slot->works();
    state.catching_up = slot->works() && slot->own_reader;
    state.since = slot->since;
    state.words = slot->words;
    state.dropped = slot->dropped;
    if (!slot->lane) continue;
    const auto damage = slot->lane->damage();
    state.set_aside = damage.days.size() + damage.months.size();
  }
  return out;
}

log::Offset DuckStore::applied() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::min(slots_ | std::views::transform([](const auto& slot) { return slot->has_applied; }));
}

log::Offset DuckStore::applied(LaneKey lane) const {
  const std::scoped_lock lock(mutex_);
  const Slot* slot = find(lane);
  return slot == nullptr ? 0 : slot->has_applied;
}

Millis DuckStore::lag() const {
  if (reached_.load() >= log_.durable_end()) return Millis{0};
  return std::max(Millis{0}, clock_.now() - from_ms(fresh_ms_.load()));
}

std::vector<HotDay> DuckStore::hot_days() const {
  std::vector<HotDay> out;
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_)
    if (slot->works() && !slot->own_reader)
      for (const auto& [day, rows] : slot->lane ? slot->lane->hot() : slot->rested().hot)
        out.push_back({slot->key(), day, rows});
  return out;
}

std::vector<SealedMonth> DuckStore::sealed_months() const {
  std::vector<SealedMonth> out;
  std::vector<std::pair<LaneKey, std::shared_ptr<ReadPool>>> pools;
  std::set<std::pair<LaneKey, Day>> aside;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_)
      if (slot->resting) {
        out.insert(out.end(), slot->rested().months.begin(), slot->rested().months.end());
      } else if (slot->lane && !slot->own_reader) {
        const LaneKey lane = slot->lane->identity().lane;
        pools.emplace_back(lane, slot->pool);
        const auto damage = slot->lane->damage();
        for (const Day month : damage.months) aside.emplace(lane, month);
      }
  }
  for (const auto& [lane, pool] : pools) {
    auto lease = pool->lease();
    if (!lease) continue;
    auto rows = (*lease)->query(sql::store::sealed_months);
    if (!rows) continue;
    while ((*rows)->next().value_or(false)) {
      const Day month = static_cast<Day>((*rows)->i64(0));
      if (!aside.contains({lane, month})) out.push_back({lane, month, (*rows)->u64(1), (*rows)->u64(2)});
    }
  }
  return out;
}

}  // namespace hk::store
