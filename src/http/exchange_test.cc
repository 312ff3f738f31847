#include "http/exchange.h"

#include <gtest/gtest.h>

namespace hk::http {
namespace {

struct Counted final : Parcel {
  explicit Counted(int& n) : arrived(n) {}
  void arrive(std::shared_ptr<Parcel>) override { ++arrived; }
  int& arrived;
};

TEST(MailboxTest, WakesOnceForAllThatGathers) {
  int wakes = 0, arrived = 0;
  Mailbox mailbox([&] { ++wakes; });
  for (int i = 0; i < 1000; ++i) mailbox.send(std::make_shared<Counted>(arrived));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(arrived, 0);
  mailbox.deliver();
  EXPECT_EQ(arrived, 1000);
  mailbox.send(std::make_shared<Counted>(arrived));
  EXPECT_EQ(wakes, 2) << "and again for what comes after it has looked";
}

TEST(MailboxTest, WhatIsSentDuringADeliveryHasItsOwnWakeup) {
  struct Replying final : Parcel {
    Replying(Mailbox& m, int& n) : mailbox(m), arrived(n) {}
    void arrive(std::shared_ptr<Parcel>) override { mailbox.send(std::make_shared<Counted>(arrived)); }
    Mailbox& mailbox;
    int& arrived;
  };
  int wakes = 0, arrived = 0;
  Mailbox mailbox([&] { ++wakes; });
  mailbox.send(std::make_shared<Replying>(mailbox, arrived));
  mailbox.deliver();
  EXPECT_EQ(wakes, 2);
  mailbox.deliver();
  EXPECT_EQ(arrived, 1);
}

TEST(MailboxTest, ARoundWakesEachMailboxOnceAtItsEnd) {
  int wakes = 0, others = 0, arrived = 0;
  const auto mailbox = std::make_shared<Mailbox>([&] { ++wakes; });
  const auto other = std::make_shared<Mailbox>([&] { ++others; });
  const auto looked = std::make_shared<Mailbox>([&] { FAIL() << "it has looked already"; });
  {
    const Mailbox::Round round;
    for (int i = 0; i < 10; ++i) mailbox->send(std::make_shared<Counted>(arrived));
    other->send(std::make_shared<Counted>(arrived));
    looked->send(std::make_shared<Counted>(arrived));
    looked->deliver();
    EXPECT_EQ(wakes + others, 0);
  }
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(others, 1);
  mailbox->deliver();
  EXPECT_EQ(arrived, 11);
  mailbox->send(std::make_shared<Counted>(arrived));
  EXPECT_EQ(wakes, 2) << "at once, outside of a round";
}

TEST(MailboxTest, ARoundOutlivesAMailboxThatCloses) {
  int arrived = 0;
  auto mailbox = std::make_shared<Mailbox>([&] { FAIL() << "its I/O thread is gone"; });
  const Mailbox::Round round;
  mailbox->send(std::make_shared<Counted>(arrived));
  mailbox->close();
  mailbox.reset();
}

TEST(MailboxTest, HoldsNothingThatHasArrived) {
  struct Alone final : Parcel {
    explicit Alone(long& n) : holders(n) {}
    void arrive(std::shared_ptr<Parcel> self) override { holders = self.use_count(); }
    long& holders;
  };
  long holders = 0;
  Mailbox mailbox([] {});
  mailbox.send(std::make_shared<Alone>(holders));
  mailbox.deliver();
  EXPECT_EQ(holders, 1);
}

TEST(ExchangeTest, WhoGoesOnHoldsItAlone) {
  const auto mailbox = std::make_shared<Mailbox>([] {});
  const auto exchange = std::make_shared<Exchange>();
  long holders = 0;
  exchange->resume = [&] { holders = exchange.use_count(); };
  mailbox->send(exchange);
  mailbox->deliver();
  EXPECT_EQ(holders, 1);
  mailbox->send(exchange);
  mailbox->deliver();  // nobody waits any more
}

TEST(ExchangeTest, BeginsAgainAsNew) {
  const auto mailbox = std::make_shared<Mailbox>([] {});
  Exchange exchange;
  exchange.mailbox = mailbox;
  exchange.context.request = {.method = Method::post,
                              .path = "/api/x",
                              .query = "a=b",
                              .headers = {{"cookie", "a"}},
                              .body = "body",
                              .client_ip = "203.0.113.9",
                              .secure = true,
                              .local = true,
                              .edge_country = "AT"};
  exchange.context.caller = {.turn = "somebody", .proof = 1};
  exchange.context.path = {{"id", "1"}};
  exchange.gone = std::stop_source();
  exchange.context.gone = exchange.gone.get_token();
  exchange.response = json(500, "{}");
  exchange.response.fixed_body = "x";
  exchange.response.etag = true;
  exchange.response.gate = [](GateDone) {};
  exchange.response.stream = [](const std::shared_ptr<EventSink>&) {};
  const Route route{.method = Method::get,
                    .path = "/x",
                    .access = {"nobody", 0},
                    .run = Run::slow,
                    .rate = Rate::none,
                    .summary = "",
                    .handler = {}};
  exchange.route = &route;
  exchange.label = exchange.body_limit = 1;
  exchange.form = ProblemForm::json;
  exchange.unnamed_proxy = true;
  exchange.fixed_headers = exchange.origin_headers = "A: b\r\n";
  exchange.started = std::chrono::steady_clock::now();
  exchange.gate_error = Error{Code::busy, "busy", {}};
  exchange.resume = [] {};

  exchange.begin_again();

  EXPECT_EQ(exchange.mailbox, mailbox);
  const Request& request = exchange.context.request;
  EXPECT_EQ(request.method, Method::get);
  EXPECT_EQ(request.path + request.query + request.body + request.client_ip + request.edge_country, "");
  EXPECT_TRUE(request.headers.empty());
  EXPECT_FALSE(request.secure || request.local);
  EXPECT_EQ(exchange.context.caller.turn, "");
  EXPECT_FALSE(exchange.context.caller.proof.has_value());
  EXPECT_TRUE(exchange.context.path.empty());
  EXPECT_FALSE(exchange.context.gone.stop_possible() || exchange.gone.stop_possible());
  EXPECT_EQ(exchange.response.status, 200);
  EXPECT_TRUE(exchange.response.headers.empty());
  EXPECT_EQ(exchange.response.body + std::string(exchange.response.fixed_body), "");
  EXPECT_FALSE(exchange.response.etag || exchange.response.gate || exchange.response.stream);
  EXPECT_EQ(exchange.route, nullptr);
  EXPECT_EQ(exchange.label + exchange.body_limit, 0u);
  EXPECT_EQ(exchange.form, ProblemForm::text);
  EXPECT_FALSE(exchange.unnamed_proxy);
  EXPECT_EQ(std::string(exchange.fixed_headers) + exchange.origin_headers, "");
  EXPECT_EQ(exchange.started, std::chrono::steady_clock::time_point{});
  EXPECT_FALSE(exchange.gate_error || exchange.resume);
}

TEST(MailboxTest, DropsWhatComesAfterItsEnd) {
  int wakes = 0, arrived = 0;
  Mailbox mailbox([&] { ++wakes; });
  mailbox.send(std::make_shared<Counted>(arrived));
  mailbox.close();
  mailbox.send(std::make_shared<Counted>(arrived));
  mailbox.deliver();
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(arrived, 0);
}

}  // namespace
}  // namespace hk::http
