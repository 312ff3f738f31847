#include "log/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <random>

#include "log/crc32c.h"
#include "log/engine.h"
#include "log/format.h"
#include "log/testing/memory_files.h"

namespace hk::log {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Uuid id(std::uint8_t n) {
  Uuid out;
  out.bytes[15] = n;
  return out;
}

/// A log that left timeline 1 at 5000 for timeline 2, which began at 6000; what lies before 1000 is recycled.
const Extent kLog{.begin = 1000,
                  .end = 9000,
                  .lineage = {{.id = id(1)}, {.id = id(2), .began = 6000, .left = 5000}},
                  .copied = false,
                  .gone = false};

TEST(Timeline, SaysWhatBelongsToALog) {
  struct Case {
    Mark mark;
    Fit expected;
  };
  for (const auto& [mark, expected] :
       {Case{{id(2), 9000}, Fit::fits},       // all of it
        Case{{id(2), 7000}, Fit::fits},       // the log fills it up
        Case{{id(1), 1000}, Fit::fits},       // from before it was copied
        Case{{id(1), 5000}, Fit::fits},       // what the copy's databases had more than its log
        Case{{id(1), 5001}, Fit::abandoned},  // went on elsewhere
        Case{{id(2), 9001}, Fit::ahead},      // the log lost its end
        Case{{id(2), 999}, Fit::behind},      // the log forgot what it lacks
        Case{{{}, 0}, Fit::missing},          // no file
        Case{{id(3), 7000}, Fit::foreign},    // of another instance
        Case{{{}, 7000}, Fit::foreign}}) {    // of one from before there were timelines
    SCOPED_TRACE(std::to_string(mark.offset));
    EXPECT_EQ(fit(kLog, mark), expected);
    const Marked file{.file = "hitkeep.db", .mark = mark};
    if (expected == Fit::fits) continue;
    EXPECT_THAT(misfit(kLog, file).message, HasSubstr("hitkeep.db"));
    EXPECT_THAT(misfit(kLog, file).message, HasSubstr("othing was changed"));
    const bool loss = expected == Fit::ahead || expected == Fit::behind || expected == Fit::missing;
    EXPECT_EQ(misfit(kLog, file).message.find("`hitkeep mend`") != std::string::npos, loss);
    EXPECT_FALSE(settle(kLog, std::span(&file, 1), false));
    EXPECT_EQ(settle(kLog, std::span(&file, 1), true).has_value(), loss);
  }
  EXPECT_EQ(fit({}, {}), Fit::fits) << "a new instance";
  EXPECT_EQ(fit({.begin = 0, .end = 9000}, {}), Fit::fits) << "made again from a log that begins at the beginning";
  EXPECT_EQ(fit({.gone = true}, {id(1), 5}), Fit::ahead);
}

TEST(Timeline, ACopyGoesOnBehindTheFurthestOfItsFiles) {
  auto copy = kLog;
  copy.copied = true;
  const std::vector<Marked> files{{"control.db", {id(2), 9500}}, {"hitkeep.db", {id(2), 12'000}}};
  EXPECT_EQ(settle(copy, files, false)->offset, 12'000u);
  EXPECT_FALSE(settle(kLog, files, false)) << "where it was written, that is a loss";
  EXPECT_EQ(settle(kLog, std::span(files).first(0), false)->offset, 9000u);

  const Extent gone{.gone = true};
  EXPECT_FALSE(settle(gone, files, false));
  EXPECT_EQ(settle(gone, files, true).value(), (Mark{id(2), 12'000}));
  const std::vector<Marked> strangers{{"control.db", {id(2), 9500}}, {"hitkeep.db", {id(3), 12'000}}};
  EXPECT_THAT(settle(gone, strangers, true).error().message, HasSubstr("two different instances"));
}

/// One log on a disk in memory that can be copied to another machine.
class TimelineTest : public ::testing::Test {
 protected:
  TimelineTest() {
    options_.directory = "log";
    options_.segment_bytes = 16384;
    options_.max_disk_bytes = 1 << 20;
    files_.number = 1;
  }

  Result<void> open(std::optional<Mark> go_on = {}) {
    log_.reset();
    options_.agree = [=, this](const Extent& log) -> Result<Mark> {
      extent_ = log;
      return go_on.value_or(Mark{.offset = log.end});
    };
    registry_ = std::make_unique<metrics::Registry>();
    auto opened = open_on(files_, options_, clock_, *registry_, recovery_);
    if (!opened) return std::unexpected(opened.error());
    log_ = std::move(*opened);
    return {};
  }
  Offset append(std::string_view payload) {
    std::promise<Offset> answer;
    log_->append({.payload = payload}, [&](Result<Offset> r) { answer.set_value(r.value_or(0)); });
    return answer.get_future().get();
  }
  std::vector<std::string> read(Offset from = 0) {
    std::vector<std::string> payloads;
    auto reader = log_->read(from);
    if (!reader) return {reader.error().message};
    for (;;) {
      auto entry = (*reader)->next(0ms);
      if (!entry) return {entry.error().message};
      if (!*entry) break;
      payloads.emplace_back((*entry)->record.payload);
    }
    EXPECT_EQ((*reader)->position(), log_->durable_end());
    return payloads;
  }

  MemoryFiles files_;
  const ManualClock clock_{from_ms(1'700'000'000'000)};
  std::unique_ptr<metrics::Registry> registry_;
  Options options_;
  Recovery recovery_;
  Extent extent_;
  std::unique_ptr<Log> log_;
};

TEST_F(TimelineTest, WhereItWasWrittenALogGoesOnInItsTimeline) {
  ASSERT_TRUE(open());
  const auto timeline = log_->timeline();
  EXPECT_FALSE(timeline.is_nil());
  EXPECT_TRUE(extent_.gone);
  append("a");
  ASSERT_TRUE(open());
  EXPECT_EQ(log_->timeline(), timeline);
  EXPECT_FALSE(recovery_.new_timeline);
  EXPECT_FALSE(extent_.gone);
}

TEST_F(TimelineTest, ACopyBeginsATimelineAndKeepsWhatItHolds) {
  ASSERT_TRUE(open());
  const auto a = append("a"), b = append("b");
  const auto before = log_->timeline();
  files_.number = 2;
  ASSERT_TRUE(open());
  EXPECT_TRUE(recovery_.new_timeline && recovery_.copied);
  EXPECT_EQ(recovery_.lost_bytes, 0u);
  const auto timeline = log_->timeline();
  EXPECT_NE(timeline, before);
  const auto began = log_->durable_end();
  EXPECT_GT(began, b);
  EXPECT_THAT(read(), ElementsAre("a", "b"));
  EXPECT_THAT(read(a), ElementsAre("b"));
  EXPECT_THAT(read(b), ElementsAre());
  EXPECT_THAT(read(began), ElementsAre());
  ASSERT_TRUE(open()) << "before anything was appended";
  EXPECT_FALSE(recovery_.new_timeline);
  EXPECT_EQ(log_->durable_end(), began);
  EXPECT_GT(append("c"), began);
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(log_->timeline(), timeline);
    EXPECT_THAT(read(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(read(a), ElementsAre("b", "c"));
    EXPECT_THAT(read(began), ElementsAre("c"));
    EXPECT_TRUE(log_->fits({"f", {before, a}}));
    EXPECT_TRUE(log_->fits({"f", {timeline, began}}));
    EXPECT_TRUE(log_->fits({"f", {before, b}}));
    EXPECT_FALSE(log_->fits({"f", {before, b + 1}})) << "the original went on";
    EXPECT_FALSE(log_->fits({"f", {id(9), a}}));
    ASSERT_TRUE(open());
  }
}

/// Each opening leaves a batch; the end of the segment that holds nothing else is 0.
TEST_F(TimelineTest, ACopyOfALogWithoutARecordIsReadLikeAnyOther) {
  for (int opened = 0; opened < 5; ++opened) ASSERT_TRUE(open());
  files_.number = 2;
  for (const std::string expected : {"a", "b"}) {
    ASSERT_TRUE(open());
    append(expected);
    const auto all = read();
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.back(), expected);
  }
  EXPECT_THAT(read(), ElementsAre("a", "b"));
}

/// The first segment is copied, fills up, and its successor is copied.
TEST_F(TimelineTest, ACopyThatWasTakenAtAChangeOfSegmentsEndsInTheOlderOne) {
  const std::string big(3'000, 'x');
  for (const bool garbage : {false, true}) {
    for (const Offset ahead : {0u, 50'000u}) {
      SCOPED_TRACE(ahead);
      options_.accept_loss = false;
      files_.number = 1;
      for (const auto& name : *files_.list("log")) static_cast<void>(files_.remove(options_.directory / name));
      ASSERT_TRUE(open());
      const auto first = append("1" + big), second = append("2" + big);
      for (const auto* more : {"3", "4", "5", "6", "7", "8", "9"}) append(more + big);
      log_.reset();
      const auto path = options_.directory / segment_name(1);
      auto bytes = files_.content(path);
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.find("3xxx")), bytes.end(), garbage ? '?' : '\0');
      files_.put(path, bytes);
      files_.number = 2;
      const auto go_on = ahead > 0 ? std::optional(Mark{.offset = ahead}) : std::nullopt;
      if (garbage) {
        const auto refused = open(go_on);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("`hitkeep mend`"));
        EXPECT_THAT(refused.error().message, HasSubstr("`hitkeep snapshot DIR`"));
        options_.accept_loss = true;
      }
      const auto opened = open(go_on);
      ASSERT_TRUE(opened) << opened.error().message;
      EXPECT_TRUE(recovery_.new_timeline && recovery_.copied);
      EXPECT_GE(log_->durable_end(), ahead);
      append("instead");
      for (int again = 0; again < 2; ++again) {
        EXPECT_THAT(read(), ElementsAre("1" + big, "2" + big, "instead"));
        EXPECT_THAT(read(first), ElementsAre("2" + big, "instead"));
        EXPECT_THAT(read(second), ElementsAre("instead"));
        ASSERT_TRUE(open());
        EXPECT_FALSE(recovery_.new_timeline);
      }
      files_.number = 3;
      ASSERT_TRUE(open()) << "a copy of the copy";
      EXPECT_THAT(read(first), ElementsAre("2" + big, "instead"));
      log_.reset();
    }
  }
}

TEST_F(TimelineTest, ALogThatEndsBeforeItsDatabasesGoesOnBehindThem) {
  for (const Offset ahead : {1u, 600u, 20'000u, 100'000u}) {  // in its sector, in its segment, in later ones
    SCOPED_TRACE(ahead);
    files_.number = 0;
    for (const auto& name : *files_.list("log")) static_cast<void>(files_.remove(options_.directory / name));
    ASSERT_TRUE(open());
    const auto a = append("a"), b = append("b");
    files_.number = 2;
    ASSERT_TRUE(open(Mark{.offset = b + ahead}));
    EXPECT_EQ(recovery_.lost_bytes, ahead);
    append("c");
    for (int again = 0; again < 2; ++again) {
      EXPECT_THAT(read(a), ElementsAre("b", "c"));
      EXPECT_THAT(read(b), ElementsAre("c"));
      EXPECT_THAT(read(b + 1), ElementsAre("c")) << "it had applied what the log lost";
      EXPECT_THAT(read(b + ahead), ElementsAre("c"));
      ASSERT_TRUE(open());
    }
    log_.reset();
  }
}

TEST_F(TimelineTest, WithoutALogItBeginsBehindTheDatabases) {
  ASSERT_TRUE(open(Mark{id(7), 30'000}));
  EXPECT_GE(log_->durable_end(), 30'000u);
  const auto began = log_->durable_end();
  EXPECT_TRUE(log_->fits({"f", {id(7), 30'000}}));
  EXPECT_FALSE(log_->fits({"f", {id(7), 29'000}})) << "it lacks something for ever";
  append("a");
  options_.accept_loss = true;
  ASSERT_TRUE(open());
  EXPECT_THAT(read(29'000), ElementsAre("a"));
  EXPECT_THAT(read(began), ElementsAre("a"));
}

/// Power goes while a copy begins its timeline, again and again: what it held is there, and in the end it goes on.
TEST_F(TimelineTest, APowerCutWhileATimelineBeginsLeavesTheOldOneOrTheNew) {
  std::mt19937 random(20261128);
  for (int round = 0; round < 60; ++round) {
    MemoryFiles files;
    files.number = 1;
    const auto open_there = [&](int fail_after) -> Result<std::unique_ptr<Log>> {
      registry_ = std::make_unique<metrics::Registry>();
      const auto syncs = files.syncs.load();
      options_.agree = [&, syncs, fail_after](const Extent& log) -> Result<Mark> {
        files.off_after = fail_after < 0 ? UINT64_MAX : syncs + static_cast<std::uint64_t>(fail_after);
        return Mark{.offset = log.end + 700};
      };
      return open_on(files, options_, clock_, *registry_, recovery_);
    };
    options_.agree = nullptr;
    registry_ = std::make_unique<metrics::Registry>();
    log_ = open_on(files, options_, clock_, *registry_, recovery_).value();
    append("a");
    append("b");
    log_.reset();
    files.number = 2;
    static_cast<void>(open_there(round % 20));
    files.lose_power(random);
    files.off_after = UINT64_MAX;
    files.boot();
    auto opened = open_there(-1);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    append("c");
    EXPECT_THAT(read(), ElementsAre("a", "b", "c")) << round;
    log_.reset();
  }
}

TEST_F(TimelineTest, ALogOfAnEarlierVersionGetsATimeline) {
  options_.segment_bytes = 16384;
  auto block = encode({.epoch = 1, .size = 16384, .salt = 5, .created_ms = 1});
  block[8] = 1;
  std::fill(block.begin() + 56, block.end(), '\0');
  const auto crc = crc32c(crc32c(crc32c(0, std::string_view(block).substr(0, 12)), std::string_view{"\0\0\0\0", 4}),
                          std::string_view(block).substr(16));
  std::memcpy(&block[12], &crc, sizeof crc);
  ASSERT_EQ(decode_segment_header(block)->lineage, Lineage{Timeline{}});
  files_.put("log/" + segment_name(1), block + std::string(16384 - kSegmentHeaderBytes, '\0'));
  ASSERT_TRUE(open(Mark{.offset = 0}));
  EXPECT_TRUE(recovery_.new_timeline);
  EXPECT_FALSE(log_->timeline().is_nil());
  EXPECT_THAT(read(), ElementsAre());
  EXPECT_TRUE(log_->fits({"f", {}}));
  append("a");
  ASSERT_TRUE(open());
  EXPECT_FALSE(recovery_.new_timeline);
  EXPECT_THAT(read(), ElementsAre("a"));
}

TEST_F(TimelineTest, SegmentsOfTwoLogsAreNotOne) {
  ASSERT_TRUE(open());
  append("a");
  log_.reset();
  auto header = *decode_segment_header(files_.content("log/" + segment_name(1)));
  header.epoch = 2;
  header.base = header.size;
  header.lineage = {{.id = id(9)}};
  files_.put("log/" + segment_name(2), encode(header) + std::string(header.size - kSegmentHeaderBytes, '\0'));
  EXPECT_THAT(open().error().message, HasSubstr("does not continue"));
}

TEST_F(TimelineTest, TheOldestOfManyTimelinesAreForgotten) {
  options_.max_disk_bytes = 64 << 20;
  ASSERT_TRUE(open());
  const auto first = log_->timeline();
  const auto a = append("a");
  for (std::size_t n = 0; n < kMaxLineage; ++n) {
    EXPECT_TRUE(log_->fits({"f", {first, a}})) << n;
    ++files_.number;
    ASSERT_TRUE(open());
  }
  EXPECT_FALSE(log_->fits({"f", {first, a}}));
  EXPECT_THAT(read(), ElementsAre("a"));
}

}  // namespace
}  // namespace hk::log
