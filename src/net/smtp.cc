#include "net/smtp.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <optional>
#include <vector>

#include "base/text.h"
#include "crypto/encoding.h"
#include "net/ip.h"
#include "net/lookup.h"
#include "net/smtp_reply.h"

namespace hk::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

std::unexpected<Error> later(std::string sentence) {
  return fail(Code::unavailable, std::move(sentence));
}
std::unexpected<Error> never(std::string sentence) {
  return fail(Code::invalid, std::move(sentence));
}

bool ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Something that would end a command or the address in it, and begin another.
bool breaks_out(std::string_view address) {
  return address.empty() || std::ranges::any_of(address, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '<' || c == '>';
         });
}

bool is_address(const std::string& host) {
  return Ip::parse(host).has_value();
}

/// Where the mail server is, as Asio wants to hear it.
Result<std::vector<tcp::endpoint>> endpoints_of(const SmtpServer& server, const std::stop_token& stop) {
  const auto found = look_up(server.host, server.port, server.step, stop);
  if (!found && !stop.stop_requested()) return later("the mail server's name " + server.host + " was not found");
  if (!found) return std::unexpected(found.error());
  std::vector<tcp::endpoint> out;
  for (const HostAddress& address : *found) {
    tcp::endpoint& endpoint = out.emplace_back();
    std::memcpy(endpoint.data(), &address.storage, address.size);
    endpoint.resize(address.size);
  }
  return out;
}

/// Before any stream is made of it: a stream copies its options.
ssl::context tls_context(const SmtpServer& server) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  error_code ignored;  // without authorities nothing is trusted, which the handshake says
  if (server.check_certificate) context.set_default_verify_paths(ignored);
  return context;
}

/// Takes one to three digits from the front.
bool take_number(std::string_view& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 3) return false;
  text.remove_prefix(digits);
  return true;
}

/// "5.1.1" of RFC 3463 at the beginning of a reply's words; empty if there is none.
std::string_view enhanced_status(std::string_view words) {
  const std::string_view status = words.substr(0, words.find(' '));
  std::string_view rest = status;
  for (const bool last : {false, false, true}) {
    if (!take_number(rest)) return {};
    if (last) break;
    if (!rest.starts_with('.')) return {};
    rest.remove_prefix(1);
  }
  return rest.empty() ? status : std::string_view{};
}

class Session {
 public:
  Session(const SmtpServer& server, const std::stop_token& stop)
      : server_(server), stop_(stop), io_(1), tls_(tls_context(server)), stream_(io_, tls_) {}

  Result<void> run(std::string_view from, std::string_view to, std::string_view message) {
    // Ends what waits at that moment; operate() sees the ones to come.
    const std::stop_callback ended(stop_, [this] { io_.stop(); });
    auto done = open();
    if (done) done = sign_in();
    if (done) done = submit(from, to, message);
    if (done) (void)ask("QUIT", 2, "QUIT");  // the message is theirs already, whatever comes back
    return done;
  }

 private:
  /// What follows belongs to one step, however many operations it takes.
  void begin_step(std::chrono::milliseconds time) { deadline_ = std::chrono::steady_clock::now() + time; }

  /// Starts an operation and runs until it has ended, or the step's time is over.
  template <class Start>
  Result<void> operate(std::string_view what, Start start) {
    std::optional<error_code> outcome;
    start([&outcome](error_code error, auto&&...) { outcome = error; });
    io_.restart();
    if (!stop_.stop_requested()) io_.run_until(deadline_);
    if (!outcome) {
      error_code ignored;
      stream_.next_layer().close(ignored);
      io_.restart();
      io_.run();  // the operation ends here, while what it refers to still lives
      if (stop_.stop_requested()) return later("the program is stopping");
      return later(concat({"the mail server ", server_.host, " took too long ", what}));
    }
    if (*outcome) return later(concat({"the mail server ", server_.host, " failed ", what, ": ", outcome->message()}));
    return {};
  }

  Result<void> open() {
    const auto endpoints = endpoints_of(server_, stop_);
    if (!endpoints) return std::unexpected(endpoints.error());
    Result<void> done;
    for (const tcp::endpoint& endpoint : *endpoints) {
      error_code ignored;
      stream_.next_layer().close(ignored);  // the one before did not answer
      begin_step(server_.step);
      done = operate(concat({"to take a connection on port ", std::to_string(server_.port)}),
                     [&](auto handler) { stream_.next_layer().async_connect(endpoint, std::move(handler)); });
      if (done || stop_.stop_requested()) break;
    }
    if (done && server_.encryption == SmtpEncryption::implicit) done = encrypt();
    begin_step(server_.step);
    if (done) done = expect(read_reply(), 2, "the connection");
    if (done) done = greet();
    if (!done || server_.encryption != SmtpEncryption::starttls) return done;

    if (!extensions_.offers("STARTTLS"))
      return never(
          concat({"the mail server ", server_.host,
                  " offers no STARTTLS; for TLS from the start set HITKEEP_MAIL_ENCRYPTION=ssl (often port 465)"}));
    done = ask("STARTTLS", 2, "STARTTLS");
    // What came in the clear behind the answer may be an attacker's (CVE-2011-0411).
    if (done && !received_.empty()) return never("the mail server spoke between STARTTLS and the handshake");
    if (done) done = encrypt();
    return done ? greet() : done;
  }

  Result<void> encrypt() {
    if (server_.check_certificate) {
      stream_.set_verify_mode(ssl::verify_peer);
      stream_.set_verify_callback(ssl::host_name_verification(server_.host));
    } else {
      stream_.set_verify_mode(ssl::verify_none);
    }
    if (!is_address(server_.host))
      SSL_set_tlsext_host_name(stream_.native_handle(), server_.host.c_str());  // RFC 6066: names only
    begin_step(server_.step);
    auto done = operate("to shake hands (TLS)",
                        [&](auto handler) { stream_.async_handshake(ssl::stream_base::client, std::move(handler)); });
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    if (!done && server_.check_certificate && verdict != X509_V_OK)
      return never(concat({"the certificate of the mail server ", server_.host,
                           " is not trusted: ", X509_verify_cert_error_string(verdict),
                           " (authorities come from the system, or from the file in SSL_CERT_FILE)"}));
    encrypted_ = done.has_value();
    return done;
  }

  Result<void> greet() {
    std::string hello = says_who(server_.hello) ? server_.hello : own_address();
    if (is_address(hello)) hello = concat({"[", hello.contains(':') ? "IPv6:" : "", hello, "]"});  // RFC 5321 4.1.3
    auto reply = command("EHLO " + hello, "EHLO", server_.step);
    if (reply && reply->is(5) && server_.encryption == SmtpEncryption::none)
      reply = command("HELO " + hello, "HELO", server_.step);  // RFC 5321 3.2
    if (auto done = expect(reply, 2, "EHLO"); !done) return done;
    extensions_ = std::move(*reply);
    return {};
  }

  std::string own_address() {
    error_code ignored;
    const auto address = stream_.next_layer().local_endpoint(ignored).address();
    return (address.is_v4() ? Ip::from_v4(address.to_v4().to_bytes()) : Ip::from_v6(address.to_v6().to_bytes())).str();
  }

  /// RFC 4954; LOGIN is what some servers have instead of PLAIN.
  Result<void> sign_in() {
    if (server_.username.empty()) return {};
    const auto coded = [](std::string_view text) { return crypto::base64(crypto::bytes_of(text)); };
    const std::string& password = server_.password.reveal();
    if (extensions_.offers("AUTH", "PLAIN")) {
      const std::string both = std::string(1, '\0') + server_.username + '\0' + password;
      return ask("AUTH PLAIN " + coded(both), 2, "user name and password", Shown::numbers);
    }
    if (!extensions_.offers("AUTH", "LOGIN"))
      return never(concat({"the mail server ", server_.host,
                           " offers no sign-in that HitKeep knows (AUTH PLAIN or LOGIN); without HITKEEP_MAIL_USERNAME "
                           "it is used without"}));
    auto done = ask("AUTH LOGIN", 3, "AUTH LOGIN");
    if (done) done = ask(coded(server_.username), 3, "the user name", Shown::numbers);
    if (done) done = ask(coded(password), 2, "user name and password", Shown::numbers);
    return done;
  }

  Result<void> submit(std::string_view from, std::string_view to, std::string_view message) {
    const bool international = !ascii(from) || !ascii(to);
    if (international && !extensions_.offers("SMTPUTF8"))
      return never(concat({"the mail server ", server_.host, " takes no addresses beyond ASCII (no SMTPUTF8)"}));
    auto done = ask(concat({"MAIL FROM:<", from, ">", international ? " SMTPUTF8" : ""}), 2, "the sender address");
    if (done) done = ask(concat({"RCPT TO:<", to, ">"}), 2, "the recipient", Shown::numbers);
    if (done) done = ask("DATA", 3, "DATA", Shown::numbers);
    if (!done) return done;
    std::string body;
    body.reserve(message.size() + 64);
    for (std::size_t at = 0; at < message.size();) {
      const std::size_t end = std::min(message.find("\r\n", at), message.size());
      if (message[at] == '.') body += '.';  // RFC 5321 4.5.2
      body.append(message.substr(at, end - at)).append("\r\n");
      at = end + 2;
    }
    return expect(command(body + ".", "the message", server_.taken), 2, "the message", Shown::numbers);
  }

  /// How much of a refusal may be shown: its words may repeat what was sent.
  enum class Shown : std::uint8_t { words, numbers };

  /// Sends a line, whose answer must be of this hundred. `what` is its name in sentences.
  Result<void> ask(std::string line, int hundred, std::string_view what, Shown shown = Shown::words) {
    return expect(command(std::move(line), what, server_.step), hundred, what, shown);
  }

  Result<SmtpReply> command(std::string line, std::string_view what, std::chrono::milliseconds time) {
    line += "\r\n";
    begin_step(time);
    const auto done = operate(concat({"to take ", what}), [&](auto handler) {
      encrypted_ ? asio::async_write(stream_, asio::buffer(line), std::move(handler))
                 : asio::async_write(stream_.next_layer(), asio::buffer(line), std::move(handler));
    });
    if (!done) return std::unexpected(done.error());
    return read_reply();
  }

  Result<SmtpReply> read_reply() {
    while (true) {
      auto taken = take_smtp_reply(received_);
      if (!taken) return never(concat({"what answers at ", server_.host, " is no mail server"}));
      if (std::optional<SmtpReply>& reply = *taken; reply) return std::move(*reply);
      std::array<char, 4096> chunk;
      std::size_t size = 0;
      const auto done = operate("to answer", [&](auto handler) {
        auto came = [&size, handler = std::move(handler)](error_code error, std::size_t bytes) mutable {
          size = bytes;
          handler(error);
        };
        encrypted_ ? stream_.async_read_some(asio::buffer(chunk), std::move(came))
                   : stream_.next_layer().async_read_some(asio::buffer(chunk), std::move(came));
      });
      if (!done) return std::unexpected(done.error());
      received_.append(chunk.data(), size);
    }
  }

  Result<void> expect(const Result<SmtpReply>& reply, int hundred, std::string_view what,
                      Shown shown = Shown::words) const {
    if (!reply) return std::unexpected(reply.error());
    if (reply->is(hundred)) return {};
    std::string answer = std::to_string(reply->code);
    const std::string_view words = reply->lines.front();
    answer.append(" ").append(shown == Shown::words ? words : enhanced_status(words));
    const std::string sentence =
        concat({"the mail server ", server_.host, " refused ", what, ": ", trim(utf8_prefix(answer, 200))});
    return reply->is(4) ? later(sentence) : never(sentence);
  }

  const SmtpServer& server_;
  const std::stop_token& stop_;
  asio::io_context io_;
  ssl::context tls_;
  ssl::stream<tcp::socket> stream_;
  bool encrypted_ = false;
  std::chrono::steady_clock::time_point deadline_;  // of the step that is under way
  std::string received_;                            // not yet taken
  SmtpReply extensions_;                            // the answer to EHLO
};

}  // namespace

bool says_who(std::string_view hello) {
  if (Ip::parse(hello)) return true;
  if (!hello.contains('.') || ascii_lower(hello).ends_with(".localhost")) return false;
  bool empty = true;  // the label that is being read
  for (const char c : hello) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    if (!letter && (c != '.' || empty)) return false;
    empty = !letter;
  }
  return !empty;
}

Result<void> send_mail(const SmtpServer& server, std::string_view from, std::string_view to, std::string_view message,
                       const std::stop_token& stop) {
  if (breaks_out(from) || breaks_out(to)) return never("a mail address is empty or holds what no address may hold");
  return Session(server, stop).run(from, to, message);
}

}  // namespace hk::net
