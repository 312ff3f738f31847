// Orders take seconds: a lane obeys them on a thread of their own, and the others go on meanwhile. Its own records wait
// in the log behind the order, so that what they meet does not depend on how long it took.

#include <utility>

#include "base/logging.h"
#include "store/duck_store.h"

namespace hk::store {
namespace {

/// Of a database instance that an earlier failure ended (docs/duckdb.md, 9).
bool is_aftermath(const Error& why) {
  return why.message.contains("because of a previous fatal error");
}

}  // namespace

/// An order acts on all rows before it, in a transaction of its own. So does what a change of control data erases.
void DuckStore::obey(Slot& slot, const log::Entry& entry, std::string_view name, metrics::Counter& count, Act act) {
  flush(slot);
  if (slot.resting && !wake(slot)) return;
  if (!slot.lane) return;
  if (!slot.own_reader) {
    auto reader = log_.read(entry.offset);
    if (!reader) return stop_lane(slot, reader.error());
    const std::scoped_lock lock(mutex_);
    slot.own_reader = std::move(*reader);
  }
  Lane& lane = *slot.lane;
  auto order = std::make_shared<Obeying>();
  order->name = name;
  order->lane = lane.identity().lane;  // not the record's: a change of control data may be one, too
  order->offset = entry.offset;
  order->count = &count;
  order->met = lane.damage().met;
  order->run = [this, &slot, &lane, &order = *order, act = std::move(act)] { carry_out(slot, lane, order, act); };
  order->interrupt = [&lane, &order = *order] {
    const std::scoped_lock lock(order.mutex);
    order.given_up = true;
    if (!order.checkpointing) lane.interrupt();
  };
  {
    const std::scoped_lock lock(mutex_);
    slot.has_applied = lane.applied();
  }
  slot.oldest = clock_.now();
  slot.order = order;
  orders_.give(std::move(order));
}

/// On the thread for orders, the lane's only one now. Its beginning and its end are worth a line each; after a crash in
/// between, the same offset begins again.
void DuckStore::carry_out(Slot& slot, Lane& lane, Obeying& order, const Act& act) {
  const auto began = Steady::now();
  const auto key = static_cast<std::uint32_t>(order.lane);
  logging::info("order begun", {{"order", order.name}, {"lane", key}, {"offset", order.offset}});
  if (options_.before_order) options_.before_order(order.lane);
  {
    const std::scoped_lock lock(order.mutex);
    if (order.given_up) return;
  }
  {
    const Timer timer(metrics_.seal);
    order.obeyed = act(lane);
  }
  {
    const std::scoped_lock lock(order.mutex);
    order.checkpointing = true;
  }
  if (!*order.obeyed) return;
  if (lane.wal_bytes() > 0 || lane.must_erase()) order.checkpointed = try_checkpoint(slot, lane);
  logging::info("order done", {{"order", order.name},
                               {"lane", key},
                               {"offset", order.offset},
                               {"seconds", std::chrono::duration<double>(Steady::now() - began).count()}});
}

/// Whether some are still obeyed.
bool DuckStore::finish_orders() {
  bool left = false;
  for (const auto& slot : slots_) {
    if (slot->order && orders_.is_over(*slot->order)) finish(*slot);
    left = left || slot->order;
  }
  return left;
}

/// The lane is the applier's again.
void DuckStore::finish(Slot& slot) {
  const auto order = std::exchange(slot.order, nullptr);
  const auto obeyed = order->obeyed.value_or(fail(Code::unavailable, "an order was given up"));
  if (!obeyed) return stop_lane(slot, obeyed.error());
  order->count->add();
  if (on_applied_ && !order->changed.empty()) on_applied_(order->changed);
  if (const auto damage = slot.lane->damage(); damage.met > order->met) {
    const std::scoped_lock lock(mutex_);
    note_damage(slot, damage.words);
  }
  if (order->checkpointed) checkpointed(slot, *order->checkpointed);
}

/// For a lane that is given up: its order comes again from the log.
void DuckStore::abandon(Slot& slot) {
  orders_.abandon(*slot.order);
  slot.order.reset();
}

/// Whether the whole instance failed with another lane's order, and not with what this lane did: then that one has been
/// stopped, and this one left like all others.
bool DuckStore::failed_by_order(const Slot& slot, const Error& why) {
  if (slot.apart || !is_aftermath(why)) return false;
  for (const auto& other : slots_) {
    if (other.get() == &slot || !other->order || other->apart) continue;
    orders_.abandon(*other->order);
    const auto& obeyed = other->order->obeyed;
    if (!obeyed || *obeyed || is_aftermath(obeyed->error())) continue;
    finish(*other);
    return true;
  }
  return false;
}

}  // namespace hk::store
