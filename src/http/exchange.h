#pragma once
// One request on its way to its answer, and the way back to the I/O thread from wherever it was answered.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/router.h"

namespace hk::http {

/// Where a connection came in.
enum class Door : std::uint8_t {
  plain,
  tls,
  beside_tls,  // plain, and there is a TLS door: it sends there
};

/// Something that an I/O thread waits for.
class Parcel {
 public:
  virtual ~Parcel() = default;
  /// On the I/O thread of the mailbox, which holds it no more: `self` may be all that does.
  virtual void arrive(std::shared_ptr<Parcel> self) = 0;
};

/// Carries parcels from any thread to one I/O thread. The thread is woken once for all that has gathered since it
/// last looked: the log's thread fires thousands of gates in a row, and a wakeup costs more than all the rest of it.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  /// While one lives, what its thread sends wakes nobody; at its end each mailbox wakes once. Else the first of many
  /// parcels wakes the I/O thread, which takes the sender's core, looks, finds that one, and sleeps again.
  class Round {
   public:
    Round();
    ~Round();
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

   private:
    friend class Mailbox;
    std::vector<std::shared_ptr<Mailbox>> asleep_;
  };

  /// `wake` makes the I/O thread call deliver() soon; called under the mailbox's lock.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Any thread. Dropped after close().
  void send(std::shared_ptr<Parcel> parcel);
  /// The I/O thread.
  void deliver();
  void close();

 private:
  static thread_local Round* round_;

  std::mutex mutex_;
  std::function<void()> wake_;
  bool closed_ = false;
  std::vector<std::shared_ptr<Parcel>> waiting_;
  std::vector<std::shared_ptr<Parcel>> arriving_;  // I/O thread only; kept for its capacity
};

/// A request and its answer. The connection works on it until run() hands it over, and again once it has arrived.
struct Exchange final : Parcel {
  Context context;
  Response response;

  // Set by Dispatcher::admit; constant afterwards.
  const Route* route = nullptr;
  std::size_t label = 0;  // of the metrics
  std::size_t body_limit = 0;
  ProblemForm form = ProblemForm::text;
  Door door = Door::plain;
  bool unnamed_proxy = false;  // all visitors of the proxy that it came through count as one client
  // Complete lines that go into whatever answer there will be: the dispatcher's own, and those for one page's origin.
  std::string_view fixed_headers;
  std::string origin_headers;
  std::chrono::steady_clock::time_point started{};

  std::shared_ptr<Mailbox> mailbox;
  std::optional<Error> gate_error;
  std::stop_source gone{std::nostopstate};  // of context.gone; without a state where nothing can be stopped
  /// I/O thread only: continues the connection that waits; empty once it has given up.
  std::move_only_function<void()> resume;

  void arrive(std::shared_ptr<Parcel> self) override;
  /// As new, for the next request to the same mailbox. Only for who alone holds it.
  void begin_again();
};

}  // namespace hk::http
