#pragma once
// The server's doors: hits that programs tell on behalf of visitors, with an API key (docs/server-ingest.md).

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"
#include "http/reply.h"
#include "ingest/pipeline.h"
#include "ingest/repeats.h"
#include "json/shape.h"
#include "net/worker_pool.h"
#include "site/granted.h"

namespace hk::ingest {

/// How far back an item's own time may lie; older things are imported.
inline constexpr std::chrono::hours kMaxAge{7 * 24};
/// How far ahead of ours a program's clock may be; such an item is of now.
inline constexpr std::chrono::minutes kMaxAhead{5};
/// What is older than this comes late: the applier would take it for a clock that was set back (store/visits.h).
inline constexpr std::chrono::seconds kInOrder{30};
inline constexpr std::size_t kMaxItems = 1'000;
inline constexpr std::size_t kMaxItemIdCharacters = 128;
/// A body of kMaxItems items, bytes.
inline constexpr std::size_t kMaxBatchBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxUrlCharacters = 8'192;

/// What became of one item.
enum class Fate : std::uint8_t {
  accepted,   // it is durable
  dropped,    // it does not count, for `reason`
  duplicate,  // an item with its id was accepted within a day
  refused,    // it is wrong: `field`, `message`
};
constexpr std::array<std::string_view, 4> names(json::Of<Fate>) {
  return {"accepted", "dropped", "duplicate", "refused"};
}
struct ItemResult {
  Fate result = Fate::accepted;
  std::string_view reason = {};  // as GET /api/sites/{id}/ingest-status names it
  std::string field = {};
  std::string message = {};
};
constexpr auto shape(json::Of<ItemResult>) {
  using I = ItemResult;
  return json::shape(
      "ServerItemResult", json::field("result", &I::result), json::field("reason", &I::reason, json::LeftOut{}),
      json::field("field", &I::field, json::LeftOut{}), json::field("message", &I::message, json::LeftOut{}));
}
/// In the order of the items.
struct BatchAnswer {
  std::vector<ItemResult> results;
};
constexpr auto shape(json::Of<BatchAnswer>) {
  return json::shape("ServerBatchAnswer", json::field("results", &BatchAnswer::results));
}

/// The utm_* of a query, in the order of Body; empty what is none or no text.
std::array<std::string, 5> utm_of(const http::Request& request);

/// Of the bodies.
std::string server_page_view_schema(json::Schemas& named);
std::string server_event_schema(json::Schemas& named);
std::string server_batch_schema(json::Schemas& named);

/// Thread-safe.
class ServerDoors {
 public:
  struct Deps {
    Pipeline& pipeline;
    Repeats& repeats;
    const site::Directory& sites;
    const site::Authority& authority;
    const Clock& clock;
    /// Runs a job on a worker; false where none is free.
    std::function<bool(net::WorkerPool::Job)> later;
  };
  explicit ServerDoors(Deps deps) : deps_(std::move(deps)) {}

  /// POST /api/ingest/server/pageview and /event: 202 when the hit is durable, or was dropped. Memory only.
  http::Response take(const access::ApiKey& who, const http::Request& request, store::HitKind kind);
  /// POST /api/sites/{id}/ingest/ai-fetch: 202 when it is durable. Memory only.
  http::Response take_fetch(const site::Site& site, std::string_view path, std::string_view user_agent,
                            std::uint16_t status) {
    return deps_.pipeline.take_fetch(
        site, {.at = deps_.clock.now(), .path = path, .user_agent = user_agent, .status = status});
  }
  /// POST /api/ingest/server/batch: 202 with a result for each item, once what was accepted is durable and its ids are
  /// kept. 503: try again with the same ids; what was accepted meanwhile is then a duplicate.
  http::Reply<BatchAnswer> take_batch(const access::ApiKey& who, const http::Request& request);

 private:
  struct Item;
  struct Ready;
  struct Batch;
  /// Code::not_found where the key may not send to the site of that host, or there is none.
  Result<void> check_site(const access::ApiKey& who, const Item& item) const;
  ItemResult settle(const access::ApiKey& who, json::Object& object, Batch& batch);
  void finish(const std::shared_ptr<Batch>& batch, http::GateDone done);

  const Deps deps_;
};

}  // namespace hk::ingest
