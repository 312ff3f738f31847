#pragma once
// Stops statements whose time is up: DuckDB has no time limit of its own.

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "db/duck.h"

namespace hk::query {

/// One thread for all running questions. Thread-safe.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();  // every guard is gone by then
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  class Guard;
  /// Interrupts `connection` from `budget` from now on, again and again until the guard is gone: an interrupt that
  /// falls between two statements is lost.
  Guard watch(db::DuckConnection& connection, std::chrono::milliseconds budget);

 private:
  struct Watch {
    db::DuckConnection* connection;
    std::chrono::steady_clock::time_point due;
    bool fired = false;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch> watches_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Ends the watch when it goes out of scope; the connection outlives it.
class Watchdog::Guard {
 public:
  Guard(Guard&& other) noexcept;
  Guard& operator=(Guard&&) = delete;
  ~Guard();
  /// Whether the time is up.
  bool fired() const;

 private:
  friend class Watchdog;
  Guard(Watchdog& owner, std::list<Watch>::iterator watch) : owner_(&owner), watch_(watch) {}
  Watchdog* owner_;
  std::list<Watch>::iterator watch_;
};

}  // namespace hk::query
