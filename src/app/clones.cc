#include "app/clones.h"

#include <pthread.h>
#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>

#include "base/logging.h"
#include "store/clone_keeper.h"
#include "store/compaction.h"

namespace hk::app {
namespace {

constexpr std::chrono::seconds kLookEvery{10};
/// Added to the nice value of the thread.
constexpr int kNice = 10;

void look_after(const std::stop_token& stop, store::Store& store, const Clock& clock, metrics::Registry& metrics,
                bool keep) {
  static_cast<void>(::nice(kNice));
  store::CloneKeeper keeper(store, clock, metrics);
  store::Compactor compactor(store, clock, metrics);
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    try {
      if (keep) keeper.run(stop);
      compactor.run(stop);
    } catch (const std::exception& e) {
      logging::error("database files could not be looked after", {{"error", e.what()}});
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kLookEvery, [] { return false; });
  }
}

}  // namespace

void Clones::start(store::Store& store, const Clock& clock, metrics::Registry& metrics, bool keep) {
  thread_ = std::jthread([&, keep](const std::stop_token& stop) { look_after(stop, store, clock, metrics, keep); });
  pthread_setname_np(thread_.native_handle(), "copies");
}

void Clones::stop() {
  thread_ = {};
}

}  // namespace hk::app
