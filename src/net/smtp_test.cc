#include "net/smtp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/testing/result.h"

// What a real server does (TLS, certificates, AUTH) is in tests/e2e/mail_test.py; here a peer that says what it is
// told.

namespace hk::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Takes one connection; sends the greeting, and one answer for each line that comes (for all lines up to a lone dot
/// after a 354).
class Peer {
 public:
  /// With `drips`, what would be silence is a line that never ends, byte by byte.
  explicit Peer(std::vector<std::string> answers, bool drips = false) : answers_(std::move(answers)), drips_(drips) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { talk(); });
  }
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  SmtpServer server() const {
    return {.host = "127.0.0.1", .port = port_, .encryption = SmtpEncryption::none, .hello = "stats.example.com"};
  }
  /// Until the first line has come.
  void wait_for_line() { came_.get_future().wait(); }
  /// After send_mail has returned.
  std::vector<std::string> heard() {
    thread_.join();
    thread_ = std::jthread([] {});
    return heard_;
  }

 private:
  void talk() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    std::string received;
    bool message = false;
    for (const std::string& answer : answers_) {
      if (::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      while (drips_ && answer.empty() && ::send(connection, "2", 1, MSG_NOSIGNAL) == 1)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      const std::string_view end = message || answer.starts_with("354") ? "\r\n.\r\n" : "\r\n";
      std::size_t at;
      while ((at = received.find(end)) == std::string::npos) {
        std::array<char, 4096> chunk;
        const auto size = ::recv(connection, chunk.data(), chunk.size(), 0);
        if (size <= 0) break;
        received.append(chunk.data(), static_cast<std::size_t>(size));
      }
      if (at == std::string::npos) break;
      heard_.push_back(received.substr(0, at));
      if (heard_.size() == 1) came_.set_value();
      received.erase(0, at + end.size());
    }
    ::close(connection);
  }

  std::vector<std::string> answers_;
  bool drips_;
  std::promise<void> came_;
  std::vector<std::string> heard_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

std::vector<std::string> friendly() {
  return {"220 hi\r\n", "250-mail\r\n250 SIZE 1000\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n",
          "221 bye\r\n"};
}

Result<void> send(const SmtpServer& server, std::string_view message = "Subject: x\r\n\r\nhello\r\n",
                  std::string_view to = "ada@example.org", const std::stop_token& stop = {}) {
  return send_mail(server, "stats@example.com", to, message, stop);
}

TEST(Smtp, HandsAMessageOver) {
  Peer peer(friendly());
  ASSERT_OK(send(peer.server(), "Subject: x\r\n\r\n.\r\n..two\r\nend\r\n"));
  EXPECT_THAT(peer.heard(),
              ElementsAre("EHLO stats.example.com", "MAIL FROM:<stats@example.com>", "RCPT TO:<ada@example.org>",
                          "DATA", "Subject: x\r\n\r\n..\r\n...two\r\nend", "QUIT"));
}

TEST(Smtp, AnAddressSaysHelloInBrackets) {
  for (const auto& [hello, said] : {std::pair{"192.0.2.1", "EHLO [192.0.2.1]"}, {"::1", "EHLO [IPv6:::1]"}}) {
    Peer peer(friendly());
    SmtpServer server = peer.server();
    server.hello = hello;
    ASSERT_OK(send(server));
    EXPECT_EQ(peer.heard()[0], said);
  }
}

TEST(Smtp, PresentsItselfByANameOrElseByItsAddress) {
  for (const auto& [hello, said] : {std::pair{"Stats-1.example.com", "EHLO Stats-1.example.com"},
                                    {"", "EHLO [127.0.0.1]"},
                                    {"localhost", "EHLO [127.0.0.1]"},
                                    {"hitkeep.localhost", "EHLO [127.0.0.1]"},
                                    {"nas", "EHLO [127.0.0.1]"},
                                    {"stats.example.com.", "EHLO [127.0.0.1]"},
                                    {".example.com", "EHLO [127.0.0.1]"},
                                    {"bl\u00e5b\u00e6r.example", "EHLO [127.0.0.1]"}}) {
    Peer peer(friendly());
    SmtpServer server = peer.server();
    server.hello = hello;
    ASSERT_OK(send(server));
    EXPECT_EQ(peer.heard()[0], said) << hello;
  }
}

TEST(Smtp, SaysHelloToOldServers) {
  auto answers = friendly();
  answers[1] = "502 what?\r\n";
  answers.insert(answers.begin() + 2, "250 mail\r\n");
  Peer peer(answers);
  ASSERT_OK(send(peer.server()));
  EXPECT_EQ(peer.heard()[1], "HELO stats.example.com");
}

TEST(Smtp, TellsWhatMayGoLaterFromWhatNeverWill) {
  for (const auto& [answer, code] :
       {std::pair{"451 4.3.0 busy\r\n", Code::unavailable}, {"550 5.1.1 no\r\n", Code::invalid}}) {
    for (std::size_t step = 0; step + 1 < friendly().size(); ++step) {
      auto answers = friendly();
      answers.resize(step + 1);
      answers[step] = answer;
      // A refused EHLO is tried as HELO.
      if (step == 1 && code == Code::invalid) answers.emplace_back(answer);
      Peer peer(answers);
      const auto sent = send(peer.server());
      ASSERT_FALSE(sent) << step;
      EXPECT_EQ(sent.error().code, code) << step << ": " << sent.error().message;
    }
  }
}

TEST(Smtp, KeepsAnAddressOutOfItsSentences) {
  for (const auto& [answer, shown] : {std::pair{"550 5.1.1 <ada@example.org> does not live here\r\n", "550 5.1.1"},
                                      {"550 12345678@example.org is unknown\r\n", "550"},
                                      {"550 1.2.3.4 is no reason\r\n", "550"},
                                      {"550 5.1.1234 is no status\r\n", "550"}}) {
    auto answers = friendly();
    answers[3] = answer;
    Peer peer(answers);
    const auto sent = send(peer.server());
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().message, std::string("the mail server 127.0.0.1 refused the recipient: ") + shown);
  }
}

TEST(Smtp, InsistsOnEncryption) {
  Peer peer(friendly());
  SmtpServer server = peer.server();
  server.encryption = SmtpEncryption::starttls;
  const auto sent = send(server);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::invalid);
  EXPECT_THAT(sent.error().message, HasSubstr("HITKEEP_MAIL_ENCRYPTION=ssl"));
}

TEST(Smtp, BelievesNothingThatCameBeforeTheHandshake) {
  Peer peer({"220 hi\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go\r\n250 forged\r\n"});
  SmtpServer server = peer.server();
  server.encryption = SmtpEncryption::starttls;
  const auto sent = send(server);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::invalid);
  EXPECT_THAT(sent.error().message, HasSubstr("between STARTTLS and the handshake"));
}

TEST(Smtp, SignsInWithLoginWherePlainIsNotOffered) {
  auto answers = friendly();
  answers[1] = "250-mail\r\n250 AUTH LOGIN\r\n";
  answers.insert(answers.begin() + 2, {"334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n"});
  Peer peer(answers);
  SmtpServer server = peer.server();
  server.username = "me";
  server.password = Secret<std::string>("secret?>");
  ASSERT_OK(send(server));
  const auto heard = peer.heard();
  EXPECT_EQ(heard[2], "bWU=");
  EXPECT_EQ(heard[3], "c2VjcmV0Pz4=");
}

TEST(Smtp, AWrongPasswordShowsInNoSentence) {
  auto answers = friendly();
  answers[1] = "250-mail\r\n250 AUTH PLAIN\r\n";
  answers[2] = "535 5.7.8 cannot use AUTH PLAIN AG1lAHNlY3JldA==\r\n";
  Peer peer(answers);
  SmtpServer server = peer.server();
  server.username = "me";
  server.password = Secret<std::string>("secret");
  const auto sent = send(server);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message, "the mail server 127.0.0.1 refused user name and password: 535 5.7.8");
}

TEST(Smtp, NothingCanBreakOutOfAnAddress) {
  for (const std::string to : {"", "a@b.c>\r\nRCPT TO:<d@e.f", "a b@c.d", "<a@b.c>"}) {
    const auto sent = send({.host = "127.0.0.1", .port = 1}, "x", to);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::invalid);
  }
}

TEST(Smtp, AddressesBeyondAsciiNeedAServerThatTakesThem) {
  Peer old(friendly());
  const auto refused = send(old.server(), "x", "ädä@example.org");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("SMTPUTF8"));
  auto answers = friendly();
  answers[1] = "250-mail\r\n250 SMTPUTF8\r\n";
  Peer able(answers);
  ASSERT_OK(send(able.server(), "x", "ädä@example.org"));
  EXPECT_EQ(able.heard()[1], "MAIL FROM:<stats@example.com> SMTPUTF8");
}

TEST(Smtp, SaysWhenThereIsNoMailServer) {
  Peer web({"HTTP/1.1 400 Bad Request\r\n\r\n"});
  EXPECT_THAT(send(web.server()).error().message, HasSubstr("no mail server"));
  const auto nobody = send({.host = "127.0.0.1", .port = 1, .encryption = SmtpEncryption::none});
  EXPECT_EQ(nobody.error().code, Code::unavailable);
  EXPECT_THAT(nobody.error().message, HasSubstr("on port 1"));
  const auto unknown = send({.host = "mail.invalid", .port = 1});
  EXPECT_EQ(unknown.error().code, Code::unavailable);
  EXPECT_THAT(unknown.error().message, HasSubstr("mail.invalid was not found"));
}

TEST(Smtp, AStopEndsItAtOnce) {
  Peer silent({});  // takes the connection and closes it only after the test's end
  SmtpServer server = silent.server();
  std::stop_source source;
  source.request_stop();
  const auto sent = send(server, "x", "ada@example.org", source.get_token());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::unavailable);
  EXPECT_THAT(sent.error().message, HasSubstr("stopping"));
}

TEST(Smtp, AStopEndsItWhileItWaits) {
  std::stop_source source;
  Peer silent({"220 hi\r\n", ""});  // never answers EHLO
  SmtpServer server = silent.server();
  server.step = std::chrono::hours(1);  // only the stop can end it
  std::jthread stopper([&] {
    silent.wait_for_line();
    source.request_stop();
  });
  const auto sent = send(server, "x", "ada@example.org", source.get_token());
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, HasSubstr("stopping"));
}

TEST(Smtp, AStepHasItsTimeHoweverManyPiecesComeMeanwhile) {
  for (const bool drips : {false, true}) {
    Peer slow({"220 hi\r\n", ""}, drips);
    SmtpServer server = slow.server();
    server.step = std::chrono::milliseconds(200);
    const auto sent = send(server);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::unavailable);
    EXPECT_THAT(sent.error().message, HasSubstr("took too long to answer"));
  }
}

TEST(Smtp, TheAnswerToTheMessageMayTakeLonger) {
  auto answers = friendly();
  answers[5] = "";
  Peer peer(answers);
  SmtpServer server = peer.server();
  server.taken = std::chrono::milliseconds(200);
  const auto sent = send(server);
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, HasSubstr("took too long to answer"));
}

}  // namespace
}  // namespace hk::net
