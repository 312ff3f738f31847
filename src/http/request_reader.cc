#include "http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

namespace hk::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;

/// "0" CRLF CRLF: an unfinished chunked body has at least this still to come (RFC 9112, 7.1). Beast asserts that it
/// never sees less of its end.
constexpr std::size_t kLastChunkBytes = 5;
/// What browsers send behind a proxy; more only costs another allocation.
constexpr std::size_t kUsualHeaderFields = 16;

std::optional<Method> method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get:
      return Method::get;
    case beast::verb::head:
      return Method::head;
    case beast::verb::post:
      return Method::post;
    case beast::verb::put:
      return Method::put;
    case beast::verb::patch:
      return Method::patch;
    case beast::verb::delete_:
      return Method::del;
    case beast::verb::options:
      return Method::options;
    default:
      return std::nullopt;
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x | 0x20 : x) == y; });
}

/// host[:port] or [v6][:port], as far as a server that has only one site cares: nothing that could end up somewhere
/// as something else.
bool plausible_host(std::string_view host) {
  return std::ranges::all_of(host, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '[' || c == ']' || c == '%' || c == '~';
  });
}

}  // namespace

/// Beast's callbacks, straight into a Request.
class RequestReader::Parser final : public beast::basic_parser<true> {
 public:
  explicit Parser(RequestReader& reader) : reader_(reader) {
    header_limit(kMaxHeadBytes + 1);  // the reader has its own
    body_limit(boost::none);          // set per route, after the head
    eager(true);
  }

  BadRequest failure{};
  unsigned hosts = 0, lengths = 0, encodings = 0, fields = 0;
  bool in_head = true, failed = false;

 protected:
  void on_request_impl(beast::verb verb, boost::beast::string_view, boost::beast::string_view target, int version,
                       error_code& ec) override {
    const auto method = method_of(verb);
    if (!method) return reject(ec, 501, "not_implemented", "This method is not supported");
    reader_.request_->method = *method;
    reader_.target_.assign(target.data(), target.size());
    reader_.version_ = static_cast<unsigned>(version);
  }

  void on_field_impl(beast::field field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& ec) override {
    if (!in_head) return;  // trailers
    if (++fields > kMaxHeaderFields) {
      failed = true;
      failure = {431, Refusal::head_too_large, "head_too_large", "The request has too many header fields"};
      ec = beast::error::header_limit;
      return;
    }
    const std::string_view text(value.data(), value.size());
    switch (field) {
      case beast::field::host:
        if (++hosts > 1) return reject(ec, 400, "invalid", "The request has more than one Host");
        if (!plausible_host(text)) return reject(ec, 400, "invalid", "The Host of the request is malformed");
        break;
      case beast::field::content_length:
        if (++lengths > 1) return reject(ec, 400, "invalid", "The request has more than one Content-Length");
        if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
          return reject(ec, 400, "invalid", "The Content-Length of the request is malformed");
        break;
      case beast::field::transfer_encoding:
        if (++encodings > 1 || !equal_ignoring_case(text, "chunked") || reader_.version_ != 11)
          return reject(ec, 400, "invalid", "Only \"chunked\" is understood as Transfer-Encoding, once, in HTTP/1.1");
        break;
      case beast::field::expect:
        if (!equal_ignoring_case(text, "100-continue"))
          return reject(ec, 417, "expectation_failed", "Only \"100-continue\" can be expected");
        reader_.expects_continue_ = reader_.version_ == 11;
        break;
      default:
        break;
    }
    std::string lower(name.data(), name.size());
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    reader_.request_->headers.emplace_back(std::move(lower), text);
  }

  void on_header_impl(error_code& ec) override {
    in_head = false;
    if (reader_.version_ == 11 && hosts == 0) reject(ec, 400, "invalid", "The request has no Host");
    if (lengths > 0 && encodings > 0)
      reject(ec, 400, "invalid", "The request has both a Content-Length and a Transfer-Encoding");
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // Room for what was announced, but no more than one early step: an announcement costs its sender nothing.
    if (length) reader_.request_->body.reserve(std::min<std::size_t>(*length, kMaxBodyBytes));
  }
  std::size_t on_body_impl(boost::beast::string_view body, error_code&) override { return keep(body); }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override {
    return keep(body);
  }
  void on_finish_impl(error_code&) override {}

  // A request parser never sees a response.
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

 private:
  void reject(error_code& ec, int status, std::string_view code, std::string_view message) {
    failed = true;
    failure = {status, Refusal::bad_request, code, message};
    ec = beast::error::bad_value;
  }
  std::size_t keep(boost::beast::string_view body) {
    reader_.request_->body.append(body.data(), body.size());
    return body.size();
  }

  RequestReader& reader_;
};

RequestReader::RequestReader(HeadBudget& budget)
    : parser_slot_(std::make_unique<std::optional<Parser>>()),
      budget_(budget),
      buffer_(std::make_unique_for_overwrite<char[]>(kUsualHeadBytes)) {}
RequestReader::~RequestReader() = default;

/// Brings what is unread into a buffer of another size.
void RequestReader::move_to(std::size_t capacity) {
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(buffer.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

bool RequestReader::grow() {
  lease_ = budget_.take(kLongHeadBytes);
  if (lease_) move_to(kMaxHeadBytes);
  return static_cast<bool>(lease_);
}

/// Once the long request is over; requests that came behind it may still fill the long buffer.
void RequestReader::shrink() {
  if (!lease_ || end_ - begin_ > kUsualHeadBytes) return;
  move_to(kUsualHeadBytes);
  lease_ = HeadBudget::Lease();
}

void RequestReader::begin(Request& request) {
  shrink();
  request_ = &request;
  if (request.headers.capacity() > kUsualHeaderFields) request.headers = {};
  request.headers.clear();
  request.body.clear();
  request.query.clear();
  request.path.clear();
  request.headers.reserve(kUsualHeaderFields);
  parser_ = &parser_slot_->emplace(*this);
  state_ = State::head;
  scanned_ = 0;
  version_ = 0;
  expects_continue_ = false;
}

std::span<char> RequestReader::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == capacity_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

RequestReader::Step RequestReader::next() {
  switch (state_) {
    case State::head:
      return find_head();
    case State::body:
      return parse_body();
    case State::done:
      break;
  }
  return Step::complete;
}

RequestReader::Step RequestReader::bad(int status, Refusal why, std::string_view code, std::string_view message) {
  failure_ = {status, why, code, message};
  return Step::bad;
}

RequestReader::Step RequestReader::find_head() {
  // An empty line before a request is left over from a careless client (RFC 9112, 2.2).
  while (end_ - begin_ >= 2 && buffer_[begin_] == '\r' && buffer_[begin_ + 1] == '\n') {
    begin_ += 2;
    scanned_ = 0;
  }

  const char* const data = buffer_.get() + begin_;
  const std::size_t size = end_ - begin_;
  while (scanned_ < size) {
    const void* found = std::memchr(data + scanned_, '\n', size - scanned_);
    if (!found) {
      scanned_ = size;
      break;
    }
    const std::size_t at = static_cast<std::size_t>(static_cast<const char*>(found) - data);
    if (at == 0 || data[at - 1] != '\r')
      return bad(400, Refusal::bad_request, "invalid", "Lines of a request end with CR LF");
    if (at >= 3 && data[at - 2] == '\n') return parse_head(at + 1);
    if (at + 1 == size) {
      scanned_ = at;  // look at this line end again when the next byte is there
      break;
    }
    if (data[at + 1] == ' ' || data[at + 1] == '\t')
      return bad(400, Refusal::bad_request, "invalid", "Header lines must not be folded");
    scanned_ = at + 1;
  }
  if (size >= kMaxHeadBytes)
    return bad(431, Refusal::head_too_large, "head_too_large", "The head of the request is too large");
  if (size >= capacity_ && !grow())
    return bad(503, Refusal::long_heads, "busy", "Too many requests with long heads; try again in a moment");
  return Step::need_more;
}

RequestReader::Step RequestReader::parse_head(std::size_t bytes) {
  error_code ec;
  const char* const head = buffer_.get() + begin_;
  parser_->put(boost::asio::const_buffer(head, bytes), ec);
  begin_ += bytes;
  if (parser_->failed) {
    failure_ = parser_->failure;
    return Step::bad;
  }
  const std::string_view line = std::string_view(head, bytes).substr(0, std::string_view(head, bytes).find('\r'));
  if (ec == beast::error::bad_version && std::ranges::count(line, ' ') == 2 && line.contains(" HTTP/"))
    return bad(505, Refusal::bad_request, "invalid", "Only HTTP/1.0 and HTTP/1.1 are spoken here");
  // With a complete head in hand, need_more can only mean a body that isn't there yet.
  if ((ec && ec != beast::error::need_more) || !parser_->is_header_done())
    return bad(400, Refusal::bad_request, "invalid", "The request is malformed");
  state_ = State::body;
  return Step::head;
}

void RequestReader::limit_body(std::size_t bytes) {
  parser_->body_limit(bytes);
}

RequestReader::Step RequestReader::parse_body() {
  while (!parser_->is_done()) {
    if (end_ - begin_ < (parser_->chunked() ? kLastChunkBytes : 1)) return Step::need_more;
    error_code ec;
    const std::size_t used = parser_->put(boost::asio::const_buffer(buffer_.get() + begin_, end_ - begin_), ec);
    begin_ += used;
    if (ec == beast::error::need_more) {
      // Only a chunk's head line or the trailers can be incomplete; they fit into the buffer or are nonsense.
      if (used == 0 && begin_ == 0 && end_ == capacity_)
        return bad(400, Refusal::bad_request, "invalid", "The chunks of the request are malformed");
      return Step::need_more;
    }
    if (ec == beast::error::body_limit)
      return bad(413, Refusal::body_too_large, "too_large", "The body of the request is too large");
    if (ec) return bad(400, Refusal::bad_request, "invalid", "The body of the request is malformed");
  }
  state_ = State::done;
  return Step::complete;
}

std::size_t RequestReader::body_bytes() const {
  return request_->body.size();
}

bool RequestReader::keep_alive() const {
  return parser_->keep_alive();
}

bool RequestReader::has_body() const {
  return !parser_->is_done();
}

std::optional<std::uint64_t> RequestReader::content_length() const {
  const auto length = parser_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace hk::http
