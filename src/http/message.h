#pragma once
// Requests and responses as handlers see them. No Asio or Beast type crosses this line.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace hk::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// One request, complete and within the limits of http/limits.h.
struct Request {
  Method method = Method::get;
  std::string path;    // percent-decoded, base path removed, always starts with '/'
  std::string query;   // raw, without '?'
  HeaderList headers;  // names in lower case
  std::string body;
  /// Resolved client address (trusted proxies applied). Lives for this request only: never stored or logged.
  std::string client_ip;
  /// https at the edge, as the public URL or a trusted proxy says.
  bool secure = false;
  /// A program on this machine asked for this machine, with no proxy in between as far as that can be told.
  bool local = false;
  /// The header that the operator named for the client's country (HITKEEP_COUNTRY_HEADER), as a proxy that he named
  /// sent it; else empty.
  std::string edge_country;

  /// First value of a header (name in lower case), empty if absent.
  std::string_view header(std::string_view name) const;
  /// The cookies of that name in the order sent: a browser may hold several, of other paths or hosts of the domain.
  std::vector<std::string_view> cookies(std::string_view name) const;
  /// First value of a query parameter, percent-decoded, '+' as space; nullopt if absent. Pairs with a malformed
  /// escape count as absent.
  std::optional<std::string> param(std::string_view name) const;
  std::vector<std::string> params(std::string_view name) const;
};

/// Pushes frames of one server-sent-event stream. Thread-safe; frames after the end are dropped.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// Queues a complete frame (ends with a blank line). False when the client is gone or too slow:
  /// the source then forgets the sink.
  virtual bool send(std::string frame) = 0;
  /// Ends the stream.
  virtual void close() = 0;
};

/// Called with the outcome exactly once, from any thread.
using GateDone = std::move_only_function<void(Result<void>)>;

struct Response {
  int status = 200;
  HeaderList headers = {};
  std::string body = {};
  /// Sent instead of `body` where not empty: bytes that live as long as the program (embedded files).
  std::string_view fixed_body = {};
  /// Asks for a strong ETag of the body; a matching If-None-Match is then answered by 304.
  bool etag = false;

  /// Where set, the response is sent only after the gate reports success; a failure replaces it by a
  /// problem. No thread waits meanwhile. This is how "202 only when durable" is said.
  std::move_only_function<void(GateDone)> gate = {};

  /// Where set, the response is an event stream: status and headers go out, then what the sink gets.
  std::move_only_function<void(std::shared_ptr<EventSink>)> stream = {};

  Response& header(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Response&& header(std::string name, std::string value) && {
    return std::move(header(std::move(name), std::move(value)));
  }
};

std::string_view name_of(Method method);

/// application/json; the body is sent as it is.
Response json(int status, std::string body);
/// text/plain in UTF-8, not to be sniffed.
Response text(int status, std::string body);
Response empty(int status);
/// {"status","code","message","field"?} with the status of the error's code (http/problem.h).
Response problem(const Error& error);

}  // namespace hk::http
