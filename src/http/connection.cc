// The one file with coroutines, and the only one that knows Asio. One coroutine per connection: read a request, let
// the dispatcher answer it, write the answer. No timer per operation: each connection has a deadline, and one timer
// per thread looks at all of them every kSweep.

#include "http/connection.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <condition_variable>
#include <ctime>
#include <list>
#include <set>
#include <span>
#include <thread>

#include "base/logging.h"
#include "base/scheduling.h"
#include "http/request_reader.h"
#include "http/tls_session.h"

namespace hk::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Task = asio::awaitable<void, Executor>;
using Steady = std::chrono::steady_clock;
constexpr asio::use_awaitable_t<Executor> use;

/// How late a deadline may be noticed.
constexpr auto kSweep = 100ms;
/// What a new connection has for its first request to come once the server stops.
constexpr auto kFirstRequest = 300ms;
/// Pause after accept failed for want of descriptors or memory.
constexpr auto kAcceptPause = 50ms;
/// Bodies up to this size are copied behind their head, so that one buffer is sent.
constexpr std::size_t kCopyBytes = 4096;

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr);
}

/// A handler's header must not be able to write a second one.
bool safe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// The frames of one event stream between its source and its connection.
class Stream final : public EventSink, public Parcel, public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

  bool send(std::string frame) override {
    std::lock_guard lock(mutex_);
    if (ended_) return false;
    if (pending_.size() + frame.size() > kMaxStreamBytes) {
      ended_ = overflowed_ = true;
      mailbox_->send(shared_from_this());  // whatever was sent before may have arrived unheeded
      return false;
    }
    pending_ += frame;
    wake();
    return true;
  }

  void close() override {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    wake();
  }

  // I/O thread:
  struct Taken {
    std::string frames;
    bool ended, overflowed;
  };
  Taken take() {
    std::lock_guard lock(mutex_);
    woken_ = false;
    return {std::exchange(pending_, {}), ended_, overflowed_};
  }
  void arrive(std::shared_ptr<Parcel>) override {
    if (auto go_on = std::exchange(resume, nullptr)) return go_on();
    std::unique_lock lock(mutex_);
    if (!overflowed_ || !give_up) return;
    lock.unlock();
    give_up();
  }
  /// Continues the connection that waits for frames.
  std::move_only_function<void()> resume;
  /// Ends its waiting for the client to read.
  std::move_only_function<void()> give_up;

 private:
  void wake() {
    if (!std::exchange(woken_, true)) mailbox_->send(shared_from_this());
  }

  const std::shared_ptr<Mailbox> mailbox_;
  std::mutex mutex_;
  std::string pending_;
  bool ended_ = false, overflowed_ = false, woken_ = false;
};

/// Bytes as the client sends them.
class PlainWire {
 public:
  static constexpr bool kTls = false;
  PlainWire(Socket socket, const Certificates* /*none*/) : socket_(std::move(socket)) {}
  Socket& socket() { return socket_; }

  auto read(std::span<char> room, error_code& ec) {
    return socket_.async_read_some(asio::buffer(room.data(), room.size()), asio::redirect_error(use, ec));
  }
  /// What is there already; would_block: nothing.
  std::size_t read_now(std::span<char> room, error_code& ec) {
    return socket_.read_some(asio::buffer(room.data(), room.size()), ec);
  }
  /// What goes without waiting; would_block: nothing.
  std::size_t write_now(std::string_view head, std::string_view body, error_code& ec) {
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
    return body.empty() ? socket_.send(buffers[0], 0, ec) : socket_.send(buffers, 0, ec);
  }
  /// Until write_now() is worth another try.
  auto writable(error_code& ec) { return socket_.async_wait(tcp::socket::wait_write, asio::redirect_error(use, ec)); }
  /// Success: something is there to be read.
  void peek(error_code& ec) {
    char byte = 0;
    socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
  }
  /// Nothing follows.
  void finish(error_code& ec) { socket_.shutdown(tcp::socket::shutdown_send, ec); }

 private:
  Socket socket_;
};

/// The same over TLS.
class TlsWire {
 public:
  static constexpr bool kTls = true;
  using Outcome = TlsSession::Outcome;
  TlsWire(Socket socket, const Certificates* certificates)
      : socket_(std::move(socket)), session_(*certificates, socket_.native_handle()) {}
  TlsWire(const TlsWire&) = delete;
  TlsWire& operator=(const TlsWire&) = delete;
  ~TlsWire() {
    if (still_open()) session_.say_goodbye();
  }
  Socket& socket() { return socket_; }
  const TlsSession& session() const { return session_; }

  asio::awaitable<bool, Executor> handshake() {
    for (;;) {
      const auto outcome = still_open() ? session_.handshake() : Outcome::closed;
      if (outcome == Outcome::done) co_return true;
      error_code ec = code_of(outcome);
      if (ec == asio::error::would_block) co_await socket_.async_wait(what(outcome), asio::redirect_error(use, ec));
      if (ec) co_return false;
    }
  }
  asio::awaitable<std::size_t, Executor> read(std::span<char> room, error_code& ec) { return read_on(room, &ec); }
  std::size_t read_now(std::span<char> room, error_code& ec) {
    std::size_t bytes = 0;
    ec = code_of(still_open() ? session_.read(room, bytes) : Outcome::closed);
    return bytes;
  }
  std::size_t write_now(std::string_view head, std::string_view body, error_code& ec) {
    std::size_t bytes = 0;
    write_waits_ = still_open() ? session_.write(head.empty() ? body : head, bytes) : Outcome::closed;
    ec = code_of(write_waits_);
    return bytes;
  }
  auto writable(error_code& ec) { return socket_.async_wait(what(write_waits_), asio::redirect_error(use, ec)); }
  void peek(error_code& ec) { ec = code_of(still_open() ? session_.peek() : Outcome::closed); }
  void finish(error_code& ec) {
    if (still_open()) session_.say_goodbye();
    socket_.shutdown(tcp::socket::shutdown_send, ec);
  }

 private:
  /// The session knows a number, which is another file's once the socket is closed.
  bool still_open() const { return socket_.is_open(); }
  static error_code code_of(Outcome outcome) {
    switch (outcome) {
      case Outcome::done:
        return {};
      case Outcome::wants_read:
      case Outcome::wants_write:
        return asio::error::would_block;
      case Outcome::closed:
        return asio::error::eof;
      case Outcome::failed:
        break;
    }
    return asio::error::connection_reset;
  }
  static tcp::socket::wait_type what(Outcome outcome) {
    return outcome == Outcome::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
  }
  asio::awaitable<std::size_t, Executor> read_on(std::span<char> room, error_code* ec) {
    for (;;) {
      std::size_t bytes = 0;
      const auto outcome = still_open() ? session_.read(room, bytes) : Outcome::closed;
      *ec = code_of(outcome);
      if (*ec != asio::error::would_block) co_return bytes;
      co_await socket_.async_wait(what(outcome), asio::redirect_error(use, *ec));
      if (*ec) co_return 0;
    }
  }

  Socket socket_;
  TlsSession session_;
  Outcome write_waits_ = Outcome::wants_write;
};

/// A connection as its thread sees it.
class AnyConnection {
 public:
  virtual ~AnyConnection() = default;
  /// Called every kSweep.
  virtual void look(Steady::time_point now) = 0;
  virtual void drain() = 0;
  virtual void cut() = 0;
};

}  // namespace

class IoThread::Loop {
 public:
  Loop(Shared& shared, const std::vector<Listener>& listeners, unsigned number);
  ~Loop();

  void drain();
  void cut();
  bool wait_until(Steady::time_point when);

  // For connections, on the thread:
  Shared& shared() { return shared_; }
  const std::shared_ptr<Mailbox>& mailbox() { return mailbox_; }
  bool draining() const { return draining_; }
  std::string_view date_line();
  void forget(AnyConnection& connection) {
    connections_.erase(&connection);
    if (draining_ && connections_.empty()) timer_.cancel();
  }

 private:
  void run(unsigned number);
  struct Entrance {
    Acceptor acceptor;
    bool kept;
    Door door;
  };
  Task accept(Entrance* entrance);
  void close(Entrance& entrance);
  void welcome(Socket socket, Door door);
  template <class Wire>
  void begin(Socket socket, Door door, const net::Ip& peer, std::uint64_t client);
  Task sweep();

  Shared& shared_;
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // other threads only post
  std::list<Entrance> entrances_;
  Timer timer_;
  std::shared_ptr<Mailbox> mailbox_;
  std::set<AnyConnection*> connections_;
  bool draining_ = false;
  std::string date_;
  std::int64_t date_second_ = -1;

  std::mutex mutex_;
  std::condition_variable ended_cv_;
  bool ended_ = false;
  std::jthread thread_;
};

namespace {

template <class Wire>
class Connection final : public AnyConnection, public std::enable_shared_from_this<Connection<Wire>> {
 public:
  Connection(IoThread::Loop& loop, Socket socket, Door door, const net::Ip& peer, std::uint64_t client)
      : loop_(loop),
        wire_(std::move(socket), loop.shared().certificates.get()),
        door_(door),
        peer_(peer),
        client_(client),
        reader_(*loop.shared().long_heads) {
    fresh_exchange();
  }
  ~Connection() override {
    loop_.forget(*this);
    shared().count->leave(client_);
  }

  Task serve();
  void look(Steady::time_point now) override;
  void drain() override;
  void cut() override;

 private:
  /// What the connection is doing; each phase has its own deadline.
  enum class Phase : std::uint8_t { handshake, idle, head, body, answering, writing, streaming, lingering };

  Shared& shared() { return loop_.shared(); }
  const Limits& limits() { return loop_.shared().limits; }
  Dispatcher& dispatcher() { return *loop_.shared().dispatcher; }
  void enter(Phase phase, Steady::duration time, Steady::time_point now = Steady::now()) {
    phase_ = phase;
    expired_ = false;
    since_ = now;
    deadline_ = since_ + time;
  }
  void fresh_exchange() {
    // Whoever had a part in the last request has let go of it nearly always; nobody takes hold of it anew.
    if (exchange_.use_count() == 1) {
      std::atomic_thread_fence(std::memory_order_acquire);  // behind what they did; use_count() orders nothing
      return exchange_->begin_again();
    }
    exchange_ = std::make_shared<Exchange>();
    exchange_->mailbox = loop_.mailbox();
  }
  void give_up_exchange();
  void take_arrival();
  bool await_next(Steady::time_point now);
  Steady::duration transfer_time(Steady::duration base, std::size_t bytes) {
    return base + std::chrono::milliseconds(bytes * 1000 / limits().min_bytes_per_second);
  }
  template <class Waited>
  auto arrival(Waited& waited);

  std::size_t most_of_body(bool wanted) const { return wanted ? exchange_->body_limit : kMaxDiscardBytes; }
  bool body_is_here(bool wanted);
  asio::awaitable<bool, Executor> read_body(bool wanted);
  asio::awaitable<bool, Executor> shake_hands();
  Task refuse(BadRequest failure);
  Task answer();
  Task stream();
  Task watch(std::shared_ptr<Stream> events);
  void watch_for_end(const std::shared_ptr<Exchange>& exchange);
  Task linger();
  void write_head(const Response& response, bool chunked);
  bool try_send();

  IoThread::Loop& loop_;
  Wire wire_;
  const Door door_;
  const net::Ip peer_;
  const std::uint64_t client_;
  RequestReader reader_;
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<Stream> events_;

  Phase phase_ = Phase::head;
  Steady::time_point since_, deadline_;
  bool expired_ = false;  // the deadline passed while something was awaited
  bool cut_ = false;
  bool keep_alive_ = false;
  unsigned in_a_row_ = 0;  // requests that were there when the one before was answered

  error_code ec_;
  std::string out_;
  std::string_view out_rest_, body_rest_;  // what try_send() still has to send
};

template <class Wire>
void Connection<Wire>::look(Steady::time_point now) {
  const bool make_room =
      phase_ == Phase::idle && shared().count->crowded() && now - since_ > limits().crowded_idle_time;
  if (now < deadline_ && !make_room) return;
  const auto self = this->shared_from_this();
  error_code ignored;
  expired_ = true;
  if (phase_ == Phase::answering)
    exchange_->arrive(nullptr);
  else
    wire_.socket().cancel(ignored);
}

template <class Wire>
void Connection<Wire>::drain() {
  error_code ignored;
  // Whoever has just connected is about to ask; whoever was answered before may as well ask the next process.
  if (phase_ == Phase::handshake || (phase_ == Phase::head && !reader_.started()))
    deadline_ = std::min(deadline_, Steady::now() + kFirstRequest);
  if (phase_ == Phase::idle || phase_ == Phase::lingering) wire_.socket().cancel(ignored);
  if (events_) events_->close();
}

template <class Wire>
void Connection<Wire>::cut() {
  const auto self = this->shared_from_this();
  error_code ignored;
  cut_ = true;
  wire_.socket().close(ignored);
  if (events_) events_->close();
  if (phase_ != Phase::answering) return;
  exchange_->gone.request_stop();
  exchange_->arrive(nullptr);
}

/// Awaits arrive() of an exchange or a stream. Nothing can arrive between the call and the suspension: both happen in
/// one turn of this thread.
template <class Wire>
template <class Waited>
auto Connection<Wire>::arrival(Waited& waited) {
  auto token = use;
  return asio::async_initiate<asio::use_awaitable_t<Executor>, void()>(
      [&waited](auto handler) { waited.resume = [h = std::move(handler)]() mutable { std::move(h)(); }; }, token);
}

template <class Wire>
Task Connection<Wire>::serve() {
  const auto self = this->shared_from_this();
  if constexpr (Wire::kTls)
    if (!co_await shake_hands()) co_return;
  enter(Phase::head, loop_.draining() ? Steady::duration(kFirstRequest) : limits().head_time);
  for (;;) {
    reader_.begin(exchange_->context.request);
    RequestReader::Step step;
    auto came = since_;  // the last bytes of the head; a pipelined one is there already
    while ((step = reader_.next()) == RequestReader::Step::need_more) {
      const auto room = reader_.space();
      std::size_t bytes = 0;
      if (loop_.draining() && phase_ == Phase::idle) {
        // Whoever has already sent a request gets an answer; the others are closed.
        bytes = wire_.read_now({room.data(), room.size()}, ec_);
      } else {
        bytes = co_await wire_.read({room.data(), room.size()}, ec_);
      }
      if (ec_) {
        if (cut_) co_return;
        if (ec_ == asio::error::operation_aborted && !expired_ && loop_.draining()) continue;
        if (expired_ && reader_.started())
          co_await refuse({408, Refusal::too_slow, "timeout", "The request did not arrive in time"});
        co_return;
      }
      reader_.commit(bytes);
      came = Steady::now();
      if (phase_ == Phase::idle) enter(Phase::head, limits().head_time, came);
    }
    exchange_->started = came;
    if (step == RequestReader::Step::bad) co_return co_await refuse(reader_.failure());

    keep_alive_ = reader_.keep_alive() && !loop_.draining();
    const bool wanted = dispatcher().admit(
        *exchange_, {.target = reader_.target(), .peer = peer_, .door = door_, .http11 = reader_.http11()});
    if (reader_.has_body() && !body_is_here(wanted) && !co_await read_body(wanted)) co_return;
    if (wanted && !dispatcher().run(exchange_)) {
      enter(Phase::answering, limits().answer_time);
      const bool watched = exchange_->gone.stop_possible();
      if (watched) watch_for_end(exchange_);
      co_await arrival(*exchange_);
      if (watched) wire_.socket().cancel(ec_);
      if (cut_) co_return;
      take_arrival();
    }
    if (exchange_->response.stream) co_return co_await stream();
    if (loop_.draining()) keep_alive_ = false;

    // The usual answer, without a coroutine of its own: it is nearly always sent at once.
    write_head(exchange_->response, false);
    const auto now = Steady::now();
    dispatcher().count(*exchange_, now);
    if (!try_send()) {
      enter(Phase::writing, transfer_time(limits().write_time, out_rest_.size() + body_rest_.size()), now);
      do {
        co_await wire_.writable(ec_);
      } while (!ec_ && !try_send());
      if (expired_) dispatcher().count(Refusal::too_slow);
    }
    if (ec_) co_return;
    if (!keep_alive_) co_return co_await linger();
    if (await_next(now)) co_await asio::post(wire_.socket().get_executor(), use);
  }
}

/// False: there is nobody to talk to.
template <class Wire>
asio::awaitable<bool, Executor> Connection<Wire>::shake_hands() {
  enter(Phase::handshake, loop_.draining() ? Steady::duration(kFirstRequest) : limits().handshake_time);
  const bool done = co_await wire_.handshake();
  if (!done && !cut_) dispatcher().count(Refusal::handshake);
  if (done && wire_.session().challenge()) wire_.finish(ec_);
  co_return done && !wire_.session().challenge();
}

/// The answer that came back, or another in its place when it did not come in time.
template <class Wire>
void Connection<Wire>::take_arrival() {
  if (!expired_) {
    dispatcher().settle(*exchange_);
    return;
  }
  // The handler or its gate still has the exchange; it may finish with it whenever it likes.
  give_up_exchange();
  keep_alive_ = false;
  dispatcher().give_up(*exchange_);
}

/// Makes room for the next request. True: so many were there already that others have their turn first.
template <class Wire>
bool Connection<Wire>::await_next(Steady::time_point now) {
  fresh_exchange();
  if (!reader_.more()) {
    in_a_row_ = 0;
    enter(Phase::idle, limits().idle_time, now);
    return false;
  }
  enter(Phase::head, limits().head_time, now);
  return ++in_a_row_ % kPipelineBurst == 0;
}

/// Leaves the exchange to the handler that still works on it, and goes on with one that has only what admit() found.
template <class Wire>
void Connection<Wire>::give_up_exchange() {
  const auto old = std::exchange(exchange_, nullptr);
  old->gone.request_stop();
  fresh_exchange();
  exchange_->route = old->route;
  exchange_->door = old->door;
  exchange_->label = old->label;
  exchange_->form = old->form;
  exchange_->fixed_headers = old->fixed_headers;
  exchange_->origin_headers = old->origin_headers;
  exchange_->started = old->started;
}

/// Tells a handler on a pool when its client closes its end: what comes is looked at and left for the reader. A next
/// request that has come already hides the end behind it; then the handler just finishes.
template <class Wire>
void Connection<Wire>::watch_for_end(const std::shared_ptr<Exchange>& exchange) {
  wire_.socket().async_wait(tcp::socket::wait_read, [self = this->shared_from_this(), exchange](error_code ec) {
    if (ec || self->exchange_ != exchange) return;
    self->wire_.peek(ec);
    if (ec == asio::error::would_block) return self->watch_for_end(exchange);
    if (ec) exchange->gone.request_stop();
  });
}

/// Whether the body came with the head, as a hit's does.
template <class Wire>
bool Connection<Wire>::body_is_here(bool wanted) {
  const auto length = reader_.content_length();
  if (!length || *length > most_of_body(wanted) || reader_.expects_continue()) return false;
  reader_.limit_body(most_of_body(wanted));
  return reader_.next() == RequestReader::Step::complete;
}

/// False: the request is answered and the connection done for.
template <class Wire>
asio::awaitable<bool, Executor> Connection<Wire>::read_body(bool wanted) {
  const std::size_t most = most_of_body(wanted);
  const auto give_up = [&](const BadRequest& failure) {
    keep_alive_ = false;
    if (wanted) dispatcher().refuse(*exchange_, failure.why, failure.status, failure.code, failure.message);
  };
  const BadRequest too_large{413, Refusal::body_too_large, "too_large", "The body of the request is too large"};
  if (reader_.content_length().value_or(0) > most) {
    give_up(too_large);
    co_await answer();
    co_return false;
  }
  if (reader_.expects_continue()) {
    if (!wanted) {
      give_up({});
      co_await answer();
      co_return false;
    }
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    out_rest_ = out_;
    if (!try_send() || ec_) co_return false;  // 25 bytes that don't fit: nobody is reading
  }
  reader_.limit_body(most);
  enter(Phase::body, limits().body_time);
  RequestReader::Step step;
  while ((step = reader_.next()) == RequestReader::Step::need_more) {
    const auto room = reader_.space();
    const std::size_t bytes = co_await wire_.read({room.data(), room.size()}, ec_);
    if (ec_) {
      if (cut_ || !expired_) co_return false;
      give_up({408, Refusal::too_slow, "timeout", "The request did not arrive in time"});
      co_await answer();
      co_return false;
    }
    reader_.commit(bytes);
    expired_ = false;
    deadline_ = since_ + transfer_time(limits().body_time, reader_.body_bytes());
  }
  if (step == RequestReader::Step::bad) {
    give_up(reader_.failure());
    co_await answer();
    co_return false;
  }
  co_return true;
}

template <class Wire>
Task Connection<Wire>::refuse(BadRequest failure) {
  // A head that can't be read says nothing about who asked, so the answer is plain.
  dispatcher().refuse(*exchange_, failure.why, failure.status, failure.code, failure.message);
  co_await answer();
}

/// Sends the answer and closes.
template <class Wire>
Task Connection<Wire>::answer() {
  keep_alive_ = false;
  write_head(exchange_->response, false);
  dispatcher().count(*exchange_, Steady::now());
  enter(Phase::writing, transfer_time(limits().write_time, out_rest_.size() + body_rest_.size()));
  while (!try_send()) {
    co_await wire_.writable(ec_);
    if (ec_) {
      if (expired_) dispatcher().count(Refusal::too_slow);
      co_return;
    }
  }
  if (!ec_) co_await linger();
}

/// Closes so that the client can read the answer first: a socket closed with unread bytes resets the connection, and
/// the client may lose what it hasn't read yet.
template <class Wire>
Task Connection<Wire>::linger() {
  enter(Phase::lingering, limits().linger_time);
  wire_.finish(ec_);
  std::array<char, 1024> waste;
  for (std::size_t total = 0; !ec_ && total < kMaxDiscardBytes;) total += co_await wire_.read(waste, ec_);
}

template <class Wire>
void Connection<Wire>::write_head(const Response& response, bool chunked) {
  out_.clear();
  out_ += "HTTP/1.1 ";
  append_number(out_, static_cast<std::size_t>(response.status));
  out_ += ' ';
  out_ += reason_of(response.status);
  out_ += loop_.date_line();
  out_ += exchange_->fixed_headers;
  out_ += exchange_->origin_headers;
  for (const auto& [name, value] : response.headers) {
    if (!safe(name) || !safe(value)) {
      logging::error("an unsafe header was left out", {{"header", safe(name) ? name : "?"}});
      continue;
    }
    out_ += name;
    out_ += ": ";
    out_ += value;
    out_ += "\r\n";
  }
  const std::string_view body = response.fixed_body.empty() ? std::string_view(response.body) : response.fixed_body;
  if (chunked) {
    out_ += "Transfer-Encoding: chunked\r\n";
  } else if (response.status != 204 && response.status != 304 && !response.stream) {
    out_ += "Content-Length: ";
    append_number(out_, body.size());
    out_ += "\r\n";
  }
  if (!keep_alive_) {
    out_ += "Connection: close\r\n";
  } else if (!reader_.http11()) {
    out_ += "Connection: keep-alive\r\n";
  }
  out_ += "\r\n";
  body_rest_ = {};
  if (exchange_->context.request.method != Method::head && response.status != 204 && response.status != 304) {
    if (body.size() <= kCopyBytes)
      out_ += body;
    else
      body_rest_ = body;
  }
  out_rest_ = out_;
}

/// Sends what it can without waiting. True: all is sent, or ec_ says why not.
template <class Wire>
bool Connection<Wire>::try_send() {
  while (!out_rest_.empty() || !body_rest_.empty()) {
    const std::size_t sent = wire_.write_now(out_rest_, body_rest_, ec_);
    if (ec_ == asio::error::would_block) {
      ec_ = {};
      return false;
    }
    if (ec_) return true;
    const std::size_t of_head = std::min(sent, out_rest_.size());
    out_rest_.remove_prefix(of_head);
    body_rest_.remove_prefix(sent - of_head);
  }
  ec_ = {};
  return true;
}

template <class Wire>
Task Connection<Wire>::stream() {
  Response response = std::move(exchange_->response);
  const bool head_only = exchange_->context.request.method == Method::head;
  const bool chunked = reader_.http11() && !head_only;
  keep_alive_ = false;
  exchange_->response.status = response.status;
  dispatcher().count(*exchange_, Steady::now());
  write_head(response, chunked);

  const auto events = events_ = std::make_shared<Stream>(loop_.mailbox());
  events->give_up = [this] {
    error_code ignored;
    expired_ = true;
    wire_.socket().cancel(ignored);
  };
  if (!head_only) {
    try {
      response.stream(events);
    } catch (const std::exception& e) {
      logging::error("an event stream could not start", {{"error", e.what()}});
      events->close();
    }
    if (loop_.draining()) events->close();
    asio::co_spawn(wire_.socket().get_executor(), watch(events), asio::detached);
  } else {
    events->close();
  }

  for (bool last = false;;) {
    if (!try_send()) {
      enter(Phase::writing, transfer_time(limits().write_time, out_rest_.size()));
      co_await wire_.writable(ec_);
      if (!ec_) continue;
      if (expired_) dispatcher().count(Refusal::stream_too_slow);
    }
    if (ec_ || last || cut_) break;
    enter(Phase::streaming, Steady::duration::max() / 4);
    auto taken = events->take();
    if (taken.overflowed) {
      dispatcher().count(Refusal::stream_too_slow);
      break;
    }
    if (taken.frames.empty() && !taken.ended) {
      co_await arrival(*events);
      continue;
    }
    out_.clear();
    if (!taken.frames.empty() && chunked) {
      append_number(out_, taken.frames.size(), 16);
      out_ += "\r\n";
    }
    out_ += taken.frames;
    if (!taken.frames.empty() && chunked) out_ += "\r\n";
    if (taken.ended && chunked) out_ += "0\r\n\r\n";
    last = taken.ended;
    out_rest_ = out_;
  }
  events->give_up = nullptr;
  events->close();
  error_code ignored;
  wire_.finish(ignored);
  wire_.socket().close(ignored);
}

/// Notices that an event stream's client has gone: nothing else is read from it.
template <class Wire>
Task Connection<Wire>::watch(std::shared_ptr<Stream> events) {
  const auto self = this->shared_from_this();
  std::array<char, 256> waste;
  error_code ec;
  for (std::size_t total = 0; !ec && total < kMaxDiscardBytes;) total += co_await wire_.read(waste, ec);
  events->close();
}

}  // namespace

IoThread::Loop::Loop(Shared& shared, const std::vector<Listener>& listeners, unsigned number)
    : shared_(shared),
      timer_(io_),
      mailbox_(std::make_shared<Mailbox>([this] { asio::post(io_, [this] { mailbox_->deliver(); }); })) {
  for (const auto& [fd, v6, kept, door] : listeners) {
    entrances_.push_back({Acceptor(io_, v6 ? tcp::v6() : tcp::v4(), fd), kept, door});
    asio::co_spawn(io_, accept(&entrances_.back()), asio::detached);
  }
  asio::co_spawn(io_, sweep(), asio::detached);
  thread_ = std::jthread([this, number] { run(number); });
}

IoThread::Loop::~Loop() {
  cut();
  thread_.join();
  mailbox_->close();
}

void IoThread::Loop::run(unsigned number) {
  pthread_setname_np(pthread_self(), ("http-" + std::to_string(number)).c_str());
  take_short_turns();
  io_.run();
  std::lock_guard lock(mutex_);
  ended_ = true;
  ended_cv_.notify_all();
}

void IoThread::Loop::drain() {
  asio::post(io_, [this] {
    if (std::exchange(draining_, true)) return;
    for (Entrance& entrance : entrances_) close(entrance);
    timer_.cancel();
    for (AnyConnection* connection : std::vector(connections_.begin(), connections_.end())) connection->drain();
  });
}

/// Connections that wait in the queue of a socket that goes would be reset: they are taken in first. Those in a kept
/// one's are for whoever serves it next.
void IoThread::Loop::close(Entrance& entrance) {
  error_code ec;
  entrance.acceptor.non_blocking(true, ec);
  while (!entrance.kept) {
    Socket socket(io_);
    entrance.acceptor.accept(socket, ec);
    if (ec) break;
    welcome(std::move(socket), entrance.door);
  }
  entrance.acceptor.close(ec);
}

void IoThread::Loop::cut() {
  drain();
  asio::post(io_, [this] {
    for (AnyConnection* connection : std::vector(connections_.begin(), connections_.end())) connection->cut();
  });
}

bool IoThread::Loop::wait_until(Steady::time_point when) {
  std::unique_lock lock(mutex_);
  return ended_cv_.wait_until(lock, when, [this] { return ended_; });
}

std::string_view IoThread::Loop::date_line() {
  const std::time_t now = to_ms(shared_.clock.now()) / 1000;
  if (now != date_second_) {
    date_second_ = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 64> text;
    const auto size = std::strftime(text.data(), text.size(), "\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    date_.assign(text.data(), size);
  }
  return date_;
}

Task IoThread::Loop::accept(Entrance* entrance) {
  while (!draining_) {
    Socket socket(io_);
    error_code ec;
    co_await entrance->acceptor.async_accept(socket, asio::redirect_error(use, ec));
    if (ec && draining_) co_return;
    if (ec == asio::error::connection_aborted) continue;
    if (ec) {
      Timer pause(io_, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(use, ec));
      continue;
    }
    welcome(std::move(socket), entrance->door);
  }
}

void IoThread::Loop::welcome(Socket socket, Door door) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return;
  socket.non_blocking(true, ec);
  socket.set_option(tcp::no_delay(true), ec);
  const auto address = endpoint.address();
  const auto peer =
      address.is_v4() ? net::Ip::from_v4(address.to_v4().to_bytes()) : net::Ip::from_v6(address.to_v6().to_bytes());
  const auto client = shared_.dispatcher->keys().key(peer);
  const auto verdict = shared_.count->enter(client, !shared_.trusted_proxies.contains(peer));
  if (verdict != ConnectionCount::Verdict::welcome) {
    shared_.dispatcher->count(verdict == ConnectionCount::Verdict::too_many ? Refusal::connections
                                                                            : Refusal::client_connections);
    if (door == Door::tls) return;  // whoever shakes no hands yet understands nothing
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 21\r\nConnection: close\r\n\r\nToo many connections\n";
    std::array<char, 2048> waste;
    socket.read_some(asio::buffer(waste), ec);  // unread bytes would turn the close into a reset
    socket.send(asio::buffer(kFull), 0, ec);
    socket.shutdown(tcp::socket::shutdown_both, ec);
    return;
  }
  if (door == Door::tls)
    begin<TlsWire>(std::move(socket), door, peer, client);
  else
    begin<PlainWire>(std::move(socket), door, peer, client);
}

template <class Wire>
void IoThread::Loop::begin(Socket socket, Door door, const net::Ip& peer, std::uint64_t client) {
  const auto connection = std::make_shared<Connection<Wire>>(*this, std::move(socket), door, peer, client);
  connections_.insert(connection.get());
  asio::co_spawn(io_, connection->serve(), [](const std::exception_ptr& failure) {
    // Handlers' exceptions end in the dispatcher; this is one of the server itself, such as no memory for a buffer.
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      logging::error("a connection failed", {{"error", e.what()}});
    }
  });
}

Task IoThread::Loop::sweep() {
  while (!draining_ || !connections_.empty()) {
    error_code ec;
    timer_.expires_after(kSweep);
    co_await timer_.async_wait(asio::redirect_error(use, ec));
    const auto now = Steady::now();
    for (AnyConnection* connection : std::vector(connections_.begin(), connections_.end())) connection->look(now);
  }
}

IoThread::IoThread(Shared& shared, const std::vector<Listener>& listeners, unsigned number)
    : loop_(std::make_unique<Loop>(shared, listeners, number)) {}
IoThread::~IoThread() = default;
void IoThread::drain() {
  loop_->drain();
}
void IoThread::cut() {
  loop_->cut();
}
bool IoThread::wait_until(Steady::time_point when) {
  return loop_->wait_until(when);
}

ConnectionCount::Verdict ConnectionCount::enter(std::uint64_t client, bool limited) {
  std::lock_guard lock(mutex_);
  if (open_.load(std::memory_order_relaxed) >= max_total_) return Verdict::too_many;
  auto& of_client = clients_[client];
  if (limited && of_client >= max_per_client_) return Verdict::too_many_of_client;
  ++of_client;
  open_.fetch_add(1, std::memory_order_relaxed);
  return Verdict::welcome;
}

void ConnectionCount::leave(std::uint64_t client) {
  std::lock_guard lock(mutex_);
  open_.fetch_sub(1, std::memory_order_relaxed);
  const auto it = clients_.find(client);
  if (--it->second == 0) clients_.erase(it);
}

}  // namespace hk::http
