#pragma once
// The thread that keeps copies of database files, from which they heal (docs/storage.md, Failure), and has them written
// anew where much of them is free. Copies are slow on purpose, so no worker does it.

#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/store.h"

namespace hk::app {

class Clones {
 public:
  /// Looks at once, and then every 10 seconds, what is due. `keep`: whether there are copies.
  void start(store::Store& store, const Clock& clock, metrics::Registry& metrics, bool keep);
  /// Gives up a running copy. Idempotent.
  void stop();

 private:
  std::jthread thread_;
};

}  // namespace hk::app
