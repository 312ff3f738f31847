#pragma once
// Who runs beside whom: all questions share the memory of one DuckDB instance.

#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace hk::query {

/// While somebody waits to be alone, a question that runs longer than this gives way.
inline constexpr std::chrono::milliseconds kGiveWay{1'000};
/// How long a question may be alone.
inline constexpr std::chrono::milliseconds kAlone{4'000};
/// Who had no answer even so is not left alone again for this long.
inline constexpr std::chrono::seconds kAloneAgain{60};

/// Questions run side by side. One that found no memory runs once more, alone: then nobody else took it. Thread-safe.
class Turns {
 public:
  using Steady = std::chrono::steady_clock;

  class Turn;
  /// Waits while another is alone, or about to be; nullopt once `until` is over.
  std::optional<Turn> beside(Steady::time_point until);
  /// Waits for all others to end and makes those give way that take long. nullopt once `until` is over.
  std::optional<Turn> alone(Steady::time_point until);

  /// Being alone did not help: it was this person's own question.
  void blame(std::string_view who, Steady::time_point now);
  bool blamed(std::string_view who, Steady::time_point now) const;

 private:
  struct Running {
    Steady::time_point since;
    std::stop_source give_way;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Running> running_;
  bool alone_ = false;
  int wish_ = 0;  // how many wait to be alone
  std::map<std::string, Steady::time_point, std::less<>> blamed_;
};

/// Ends with its scope.
class Turns::Turn {
 public:
  Turn(Turn&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), mine_(other.mine_) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn();
  /// Stop is requested when another one wants to be alone and this one takes long.
  std::stop_token give_way() const { return mine_->give_way.get_token(); }

 private:
  friend class Turns;
  Turn(Turns& owner, std::list<Running>::iterator mine) : owner_(&owner), mine_(mine) {}
  Turns* owner_;
  std::list<Running>::iterator mine_;
};

}  // namespace hk::query
