#include "http/exchange.h"

#include <gtest/gtest.h>

namespace hk::http {
namespace {

struct Counted final : Parcel {
  explicit Counted(int& n) : arrived(n) {}
  void arrive() override { ++arrived; }
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
    void arrive() override { mailbox.send(std::make_shared<Counted>(arrived)); }
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
