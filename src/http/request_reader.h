#pragma once
// Bytes from a socket to a Request. Beast's parser does the grammar; what it is lenient about is refused here.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/dispatch.h"
#include "http/head_budget.h"
#include "http/limits.h"
#include "http/message.h"

namespace hk::http {

/// What is wrong with a request that can't be read. The connection answers and closes: where the next request begins
/// is anybody's guess.
struct BadRequest {
  int status = 400;
  Refusal why = Refusal::bad_request;
  std::string_view code;
  std::string_view message;
};

/// Reads the requests of one connection, one after the other. Not thread-safe.
///
/// Refused beyond the grammar: line folding, bare LF, NUL, more than one Content-Length (even of one value), signs and
/// lists in it, Content-Length with Transfer-Encoding, any Transfer-Encoding but "chunked", Transfer-Encoding in
/// HTTP/1.0, no Host or two in HTTP/1.1, more than kMaxHeaderFields fields, more than kMaxHeadBytes of head. Trailer
/// fields are read and dropped. The buffer grows for a head beyond kUsualHeadBytes, where the budget allows it, and is
/// small again from the next request on.
class RequestReader {
 public:
  enum class Step : std::uint8_t { need_more, head, complete, bad };

  /// `budget` outlives it.
  explicit RequestReader(HeadBudget& budget);
  ~RequestReader();

  /// Starts on the next request, which will be written into `request`. Bytes that came after the last one stay.
  void begin(Request& request);
  /// Room for bytes from the socket, at least one.
  std::span<char> space();
  void commit(std::size_t bytes) { end_ += bytes; }

  /// Goes on with what is there. `head` comes once, when the head is complete; `complete` when the body is too.
  Step next();
  /// Between `head` and the next next(): the most that the body may have.
  void limit_body(std::size_t bytes);

  /// Bytes behind the current request have come already.
  bool more() const { return begin_ != end_; }
  /// Any byte of the current request has come.
  bool started() const { return state_ != State::head || begin_ != end_; }
  /// Bytes of the body so far.
  std::size_t body_bytes() const;

  // After `head`:
  std::string_view target() const { return target_; }
  bool keep_alive() const;
  bool http11() const { return version_ == 11; }
  bool has_body() const;
  std::optional<std::uint64_t> content_length() const;
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }

  // After `bad`:
  const BadRequest& failure() const { return failure_; }

 private:
  class Parser;
  enum class State : std::uint8_t { head, body, done };

  Step bad(int status, Refusal why, std::string_view code, std::string_view message);
  Step find_head();
  bool grow();
  void shrink();
  void move_to(std::size_t capacity);
  Step parse_head(std::size_t bytes);
  Step parse_body();

  std::unique_ptr<std::optional<Parser>> parser_slot_;  // one allocation per connection, one parser per request
  Parser* parser_ = nullptr;
  HeadBudget& budget_;
  HeadBudget::Lease lease_;  // of the long buffer, and of what its head leaves in the request
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = kUsualHeadBytes;
  std::size_t begin_ = 0, end_ = 0;  // unread bytes of buffer_
  std::size_t scanned_ = 0;          // bytes behind begin_ that hold no end of the head
  State state_ = State::head;
  Request* request_ = nullptr;
  std::string target_;
  unsigned version_ = 0;
  bool expects_continue_ = false;
  BadRequest failure_;
};

}  // namespace hk::http
