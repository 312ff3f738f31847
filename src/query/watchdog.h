#pragma once
// Stops statements whose time is up, or for whose answer nobody waits: DuckDB has no time limit of its own.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
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
  /// Interrupts `connection` once `budget` is over or `gone` says stop, again and again until the guard is gone: an
  /// interrupt that falls between two statements is lost.
  Guard watch(db::DuckConnection& connection, std::chrono::milliseconds budget, std::stop_token gone = {});

 private:
  struct Watch {
    db::DuckConnection* connection;
    std::chrono::steady_clock::time_point due;
    bool fired = false;
  };
  void run();
  void hurry(Watch& watch);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch> watches_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Ends the watch when it goes out of scope; the connection outlives it.
class Watchdog::Guard {
 public:
  Guard(const Guard&) = delete;
  ~Guard();
  /// Whether the statements are being interrupted.
  bool fired() const;

 private:
  friend class Watchdog;
  Guard(Watchdog& owner, std::list<Watch>::iterator watch, std::stop_token gone);
  Watchdog& owner_;
  std::list<Watch>::iterator watch_;
  std::optional<std::stop_callback<std::function<void()>>> on_gone_;
};

}  // namespace hk::query
