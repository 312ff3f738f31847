#include "log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "base/testing/temp_dir.h"
#include "log/engine.h"
#include "log/format.h"
#include "log/testing/memory_files.h"

namespace hk::log {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kLong{20'000};  // an event that must come; never waited out in a passing test

/// A log on files in memory, small segments, time that stands still.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    options_.directory = "log";
    options_.segment_bytes = 16384;
    options_.max_disk_bytes = 1 << 20;
  }
  ~LogTest() override { log_.reset(); }

  Result<void> reopen() {
    log_.reset();
    registry_ = std::make_unique<metrics::Registry>();
    auto opened = open_on(files_, options_, clock_, *registry_, recovery_);
    if (!opened) return std::unexpected(opened.error());
    log_ = std::move(*opened);
    return {};
  }

  Result<Offset> append(std::string_view payload, std::uint32_t lane = 1) {
    std::promise<Result<Offset>> answer;
    log_->append({.lane = lane, .kind = 2, .version = 3, .payload = payload},
                 [&](Result<Offset> r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }

  Code refusal(std::string_view payload) {
    const auto result = append(payload);
    EXPECT_FALSE(result);
    return result ? Code::internal : result.error().code;
  }

  std::vector<std::string> read_all(Offset from = 0) {
    std::vector<std::string> payloads;
    auto reader = log_->read(from);
    EXPECT_TRUE(reader) << reader.error().message;
    while (reader) {
      auto entry = (*reader)->next(0ms);
      EXPECT_TRUE(entry) << entry.error().message;
      if (!entry || !*entry) break;
      payloads.emplace_back((*entry)->record.payload);
    }
    return payloads;
  }

  /// Waits until `done` holds; every state here is reached by a thread that runs already.
  template <class Condition>
  void await(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  std::size_t files_named(std::string_view suffix) {
    std::size_t n = 0;
    for (const auto& name : *files_.list("log")) n += name.ends_with(suffix);
    return n;
  }

  std::filesystem::path segment(std::uint64_t epoch) { return options_.directory / segment_name(epoch); }

  MemoryFiles files_;
  ManualClock clock_{from_ms(1'700'000'000'000)};
  std::unique_ptr<metrics::Registry> registry_;
  Options options_;
  Recovery recovery_;
  std::unique_ptr<Log> log_;
};

TEST_F(LogTest, GivesBackWhatWasAppendedInOrderWithItsOffsets) {
  ASSERT_TRUE(reopen());
  EXPECT_EQ(log_->durable_end(), 0u);
  const auto a = append("first", 7);
  const auto b = append("", 8);
  ASSERT_TRUE(a && b);
  EXPECT_LT(*a, *b);
  EXPECT_EQ(log_->durable_end(), *b);

  auto reader = log_->read(0).value();
  auto entry = **reader->next(kLong);
  EXPECT_EQ(entry.offset, *a);
  EXPECT_EQ(entry.record.lane, 7u);
  EXPECT_EQ(entry.record.kind, 2);
  EXPECT_EQ(entry.record.version, 3);
  EXPECT_EQ(entry.record.payload, "first");
  entry = **reader->next(kLong);
  EXPECT_EQ(entry.offset, *b);
  EXPECT_EQ(entry.record.payload, "");
  EXPECT_FALSE(*reader->next(0ms));

  EXPECT_THAT(read_all(*a), ::testing::ElementsAre(""));
  EXPECT_TRUE(read_all(*b).empty());
}

TEST_F(LogTest, KeepsEverythingOverACleanStopAndGoesOnBehindIt) {
  ASSERT_TRUE(reopen());
  const auto a = append("one");
  ASSERT_TRUE(reopen());
  EXPECT_EQ(recovery_.end, *a);
  EXPECT_EQ(recovery_.torn_bytes, 0u);
  EXPECT_EQ(log_->durable_end(), *a);
  const auto b = append("two");
  EXPECT_GT(*b, *a);
  EXPECT_THAT(read_all(), ::testing::ElementsAre("one", "two"));
}

TEST_F(LogTest, CrossesSegmentBoundaries) {
  options_.max_disk_bytes = 100 * options_.segment_bytes;
  ASSERT_TRUE(reopen());
  std::vector<std::string> expected;
  std::vector<Offset> offsets;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(std::to_string(i) + std::string(3000, 'x'));
    const auto offset = append(expected.back());
    ASSERT_TRUE(offset) << offset.error().message;
    offsets.push_back(*offset);
  }
  EXPECT_TRUE(std::ranges::is_sorted(offsets));
  EXPECT_EQ(read_all(), expected);
  ASSERT_TRUE(reopen());
  EXPECT_GT(recovery_.segments, 10u);
  EXPECT_EQ(recovery_.end, offsets.back());
  EXPECT_EQ(read_all(), expected);
  // From every single place.
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    auto reader = log_->read(offsets[i]).value();
    auto entry = *reader->next(0ms);
    if (i + 1 == offsets.size()) {
      EXPECT_FALSE(entry);
    } else {
      ASSERT_TRUE(entry);
      EXPECT_EQ(entry->record.payload, expected[i + 1]);
    }
  }
}

TEST_F(LogTest, RecordsThatWaitGoOutTogether) {
  ASSERT_TRUE(reopen());
  await([&] { return files_named(".seg") == 2; });  // the helper syncs nothing any more
  files_.hold_syncs(true);
  std::atomic<int> done = 0;
  const auto count = [&](Result<Offset> r) { done += r.has_value(); };
  log_->append({.payload = "0"}, count);
  files_.await_held_sync();
  const auto before = files_.syncs.load();
  for (int i = 1; i <= 20; ++i) log_->append({.payload = std::to_string(i)}, count);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(log_->durable_end(), 0u);
  EXPECT_TRUE(read_all().empty());  // not durable, not to be read
  files_.hold_syncs(false);
  await([&] { return done == 21; });
  log_->close();
  EXPECT_EQ(files_.syncs - before, 3u);  // the held one, one for all twenty, the mark of the clean close
  EXPECT_EQ(read_all().size(), 21u);
}

TEST_F(LogTest, ShortWritesAreContinued) {
  ASSERT_TRUE(reopen());
  files_.longest_write = 700;
  ASSERT_TRUE(append(std::string(5000, 'a')));
  EXPECT_EQ(read_all(), std::vector{std::string(5000, 'a')});
}

TEST_F(LogTest, RefusesWhatIsTooLarge) {
  options_.segment_bytes = 8u << 20;
  options_.max_disk_bytes = 64u << 20;
  ASSERT_TRUE(reopen());
  EXPECT_TRUE(append(std::string(kMaxPayloadBytes, 'x')));
  EXPECT_EQ(refusal(std::string(kMaxPayloadBytes + 1, 'x')), Code::too_large);
  EXPECT_TRUE(append("small"));
  EXPECT_EQ(read_all().size(), 2u);
}

TEST_F(LogTest, RefusesWhatFitsIntoNoSegment) {
  options_.segment_bytes = kMinSegmentBytes;
  ASSERT_TRUE(reopen());
  const auto most = kMinSegmentBytes - kSegmentHeaderBytes - kBatchHeaderBytes - kRecordHeaderBytes;
  EXPECT_TRUE(append(std::string(most, 'x')));
  EXPECT_EQ(refusal(std::string(most + 1, 'x')), Code::too_large);
}

TEST_F(LogTest, IsBusyWhenTooMuchIsPendingAndRecovers) {
  options_.max_pending_bytes = 4000;
  ASSERT_TRUE(reopen());
  files_.hold_syncs(true);
  std::atomic<int> done = 0, busy = 0;
  for (int i = 0; i < 5; ++i) {
    log_->append({.payload = std::string(1000, 'x')}, [&](Result<Offset> r) {
      if (r)
        ++done;
      else
        busy += r.error().code == Code::busy;
    });
  }
  EXPECT_EQ(busy, 2);
  EXPECT_FALSE(registry_->render().find("hitkeep_log_refused_total{reason=\"pending\"} 2") == std::string::npos);
  files_.hold_syncs(false);
  await([&] { return done == 3; });
  EXPECT_TRUE(append(std::string(1000, 'x')));
}

TEST_F(LogTest, AFailedSyncIsFinal) {
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(append("safe"));
  await([&] { return files_named(".seg") == 2; });  // the helper syncs nothing any more
  files_.sync_error = EIO;
  const auto lost = append("lost");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::unavailable);
  EXPECT_THAT(lost.error().message, HasSubstr("000000000001.seg"));
  EXPECT_FALSE(log_->accepting());
  EXPECT_EQ(refusal("later"), Code::unavailable);
  EXPECT_THAT(read_all(), ::testing::ElementsAre("safe"));
  log_->close();
  ASSERT_TRUE(reopen());  // another process may try again
  EXPECT_TRUE(log_->accepting());
  EXPECT_TRUE(append("again"));
}

TEST_F(LogTest, AFailedWriteIsFinalForEverythingPending) {
  ASSERT_TRUE(reopen());
  await([&] { return files_named(".seg") == 2; });
  files_.hold_syncs(true);
  std::atomic<int> done = 0, refused = 0;
  const auto count = [&](Result<Offset> r) { r ? ++done : ++refused; };
  log_->append({.payload = "held"}, count);
  files_.await_held_sync();
  files_.write_error = EIO;
  for (int i = 0; i < 10; ++i) log_->append({.payload = "pending"}, count);
  files_.hold_syncs(false);
  await([&] { return done + refused == 11; });
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(log_->accepting());
}

TEST_F(LogTest, WithoutSpaceItRefusesAndRecoversByItself) {
  ASSERT_TRUE(reopen());
  await([&] { return files_named(".seg") == 2; });
  files_.capacity = 2 * options_.segment_bytes;
  std::vector<std::string> kept;
  Code code{};
  for (int i = 0; i < 100; ++i) {
    const auto payload = std::to_string(i) + std::string(2000, 'x');
    const auto result = append(payload);
    if (!result) {
      code = result.error().code;
      break;
    }
    kept.push_back(payload);
  }
  EXPECT_EQ(code, Code::unavailable);
  EXPECT_EQ(kept.size(), 8u);  // two segments full
  EXPECT_FALSE(log_->accepting());
  await([&] { return files_named(".wipe") == 0; });  // nothing half made takes the last space away
  EXPECT_EQ(read_all(), kept);

  files_.capacity = UINT64_MAX;
  await([&] { return log_->accepting(); });
  ASSERT_TRUE(append("back"));
  kept.emplace_back("back");
  EXPECT_EQ(read_all(), kept);
  ASSERT_TRUE(reopen());
  EXPECT_EQ(read_all(), kept);
}

TEST_F(LogTest, TheDiskBoundHoldsUntilTheLanesHaveApplied) {
  options_.max_disk_bytes = 4 * options_.segment_bytes;
  ASSERT_TRUE(reopen());
  Offset end = 0;
  for (;;) {
    const auto result = append(std::string(2000, 'x'));
    if (!result) {
      EXPECT_EQ(result.error().code, Code::unavailable);
      break;
    }
    end = *result;
  }
  EXPECT_EQ(log_->disk_bytes(), options_.max_disk_bytes);
  EXPECT_FALSE(log_->accepting());
  log_->release(end);  // young, but applied: the bound goes before the age
  await([&] { return log_->accepting(); });
  for (int i = 0; i < 100; ++i) {
    const auto result = append(std::string(2000, 'y'));
    if (!result) {
      await([&] { return log_->accepting(); });
      continue;
    }
    log_->release(*result);
  }
  EXPECT_LE(log_->disk_bytes(), options_.max_disk_bytes);
  EXPECT_GT(log_->begin(), end);
}

TEST_F(LogTest, KeepsReleasedSegmentsUntilTheyAreOldThenZeroesAndReusesThem) {
  options_.keep = std::chrono::hours(48);
  ASSERT_TRUE(reopen());
  Offset end = 0;
  for (int i = 0; i < 12; ++i) end = *append("secret" + std::string(2000, 'x'));
  log_->release(end);
  clock_.advance(43h);
  ASSERT_TRUE(append("young"));
  EXPECT_EQ(read_all().size(), 13u);
  EXPECT_EQ(log_->begin(), 0u);

  clock_.advance(1h);
  log_->release(*append("old"));
  await([&] { return log_->begin() > 0 && files_named(".wipe") == 0; });
  await([&] {
    std::size_t left = 0;
    for (const auto& [name, bytes] : files_.everything()) left += bytes.find("secret") != std::string::npos;
    return left <= 1;  // at most the segment that is being written
  });
  const auto begin = log_->begin();
  EXPECT_FALSE(log_->read(begin - 1));
  EXPECT_TRUE(log_->read(begin));
  ASSERT_TRUE(reopen());
  EXPECT_EQ(log_->begin(), begin);
}

TEST_F(LogTest, AWishKeepsWhatIsOldButGivesWayToTheBound) {
  options_.keep = std::chrono::hours(48);
  options_.max_disk_bytes = 8 * options_.segment_bytes;
  ASSERT_TRUE(reopen());
  const Offset wished = *append("first");
  Offset end = 0;
  while (log_->disk_bytes() < 5 * options_.segment_bytes) end = *append(std::string(2000, 'x'));
  log_->keep_behind(wished);
  log_->release(end);
  clock_.advance(100h);
  end = *append("later");
  log_->release(end);
  for (int i = 0; i < 3; ++i) log_->release(*append(std::string(2000, 'y')));  // the helper had its turn
  EXPECT_EQ(log_->begin(), 0u);
  for (int i = 0; i < 100; ++i) {  // eight segments take fewer
    const auto more = append(std::string(2000, 'z'));
    if (more)
      log_->release(*more);
    else
      await([&] { return log_->accepting(); });
  }
  EXPECT_GT(log_->begin(), 0u);
  EXPECT_LE(log_->disk_bytes(), options_.max_disk_bytes);
}

TEST_F(LogTest, ASegmentTakesRecordsForATwelfthOfTheTimeThatTheyAreKept) {
  options_.keep = 48h;
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(append("morning"));
  await([&] { return files_named(".seg") == 2; });
  clock_.advance(3h);
  ASSERT_TRUE(append("noon"));
  EXPECT_THAT(files_.content(segment(1)), HasSubstr("noon"));
  clock_.advance(1h);
  ASSERT_TRUE(append("evening"));
  EXPECT_THAT(files_.content(segment(2)), HasSubstr("evening"));
  EXPECT_EQ(read_all().size(), 3u);
}

TEST_F(LogTest, WhatNothingFollowsIsGoneInTime) {
  options_.keep = 48h;
  options_.look_every = 1ms;
  ASSERT_TRUE(reopen());
  auto reader = log_->read(0).value();  // waits at the end, as those of the lanes do
  log_->release(*append("secret"));
  ASSERT_TRUE(reader->next(0ms).value());
  EXPECT_FALSE(reader->next(0ms).value());
  clock_.advance(4h);
  await([&] {
    EXPECT_FALSE(reader->next(1ms).value());
    return files_named(".seg") == 3;
  });
  EXPECT_EQ(log_->begin(), 0u);
  clock_.advance(44h);
  await([&] {
    const auto all = files_.everything();
    return std::ranges::none_of(all, [](const auto& file) { return file.second.contains("secret"); });
  });
  ASSERT_TRUE(append("later"));
  const auto later = reader->next(kLong);
  ASSERT_TRUE(later && *later);
  EXPECT_EQ((*later)->record.payload, "later");
  clock_.advance(4h);
  reader.reset();
  ASSERT_TRUE(reopen());
  EXPECT_EQ(read_all(log_->begin()), std::vector<std::string>{"later"});
}

TEST_F(LogTest, ASegmentThatEndsEarlyGivesItsSpaceBack) {
  options_.keep = 48h;
  options_.segment_bytes = 4u << 20;
  options_.max_disk_bytes = 64u << 20;
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(append("little"));
  await([&] { return files_named(".seg") == 2; });
  const auto full = log_->disk_bytes();
  EXPECT_EQ(files_.given_back, 0u);
  clock_.advance(4h);
  const Offset end = *append("more");
  await([&] { return files_.given_back > 0 && files_named(".seg") == 3; });
  EXPECT_FALSE(files_.gave_back_data);
  EXPECT_EQ(log_->disk_bytes(), full + options_.segment_bytes - files_.given_back);
  log_->release(end);
  clock_.advance(45h);
  log_->release(*append("last"));
  await([&] { return log_->begin() > 0; });
  EXPECT_EQ(read_all(log_->begin()).front(), "more");
}

TEST_F(LogTest, AReaderKeepsItsSegment) {
  options_.keep = 0h;
  options_.max_disk_bytes = 4 * options_.segment_bytes;
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(append("held" + std::string(2000, 'x')));
  auto reader = log_->read(0).value();
  for (;;) {
    const auto result = append(std::string(2000, 'y'));
    if (!result) break;
    log_->release(*result);
  }
  EXPECT_EQ(log_->begin(), 0u);
  EXPECT_THAT(std::string((**reader->next(0ms)).record.payload), HasSubstr("held"));
  reader.reset();
  await([&] { return log_->begin() > 0 && log_->accepting(); });
}

TEST_F(LogTest, AGuestsReaderKeepsNothingAndIsToldSo) {
  options_.keep = 0h;
  options_.max_disk_bytes = 4 * options_.segment_bytes;
  ASSERT_TRUE(reopen());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("first" + std::string(2000, 'x')));
  auto slow = log_->read_as_guest(0).value(), quick = log_->read_as_guest(0).value();
  ASSERT_THAT(std::string((**slow->next(0ms)).record.payload), HasSubstr("first"));
  for (int i = 0; i < 40; ++i) {
    Result<Offset> at = append(std::string(2000, 'y'));
    await([&] { return at || (at = append(std::string(2000, 'y'))); });
    while (const auto entry = quick->next(0ms).value())
      EXPECT_THAT(std::string(entry->record.payload), AnyOf(HasSubstr("first"), HasSubstr("yyy")));
    EXPECT_EQ(quick->position(), *at) << "who keeps up reads everything";
    log_->release(*at);
  }
  await([&] { return log_->begin() > slow->position(); });
  for (int again = 0; again < 2; ++again) {
    Result<std::optional<Entry>> met = slow->next(0ms);
    while (met && *met) {
      EXPECT_THAT(std::string((*met)->record.payload), HasSubstr("first")) << "what it had read already";
      met = slow->next(0ms);
    }
    ASSERT_FALSE(met);
    EXPECT_EQ(met.error().code, Code::not_found) << met.error().message;
  }
}

TEST_F(LogTest, ReaderWaitsForWhatComesAndCanBeWoken) {
  ASSERT_TRUE(reopen());
  auto reader = log_->read(0).value();
  auto got = std::async(std::launch::async, [&] { return std::string((**reader->next(kLong)).record.payload); });
  ASSERT_TRUE(append("came"));
  EXPECT_EQ(got.get(), "came");

  auto woken = std::async(std::launch::async, [&] { return reader->next(kLong)->has_value(); });
  reader->wake();
  EXPECT_FALSE(woken.get());

  auto closed = std::async(std::launch::async, [&] { return reader->next(kLong)->has_value(); });
  log_->close();
  EXPECT_FALSE(closed.get());
  EXPECT_FALSE(*reader->next(kLong));  // and at once ever after
}

TEST_F(LogTest, ReadRefusesPlacesThatAreNone) {
  ASSERT_TRUE(reopen());
  const auto a = *append("record");
  EXPECT_EQ(log_->read(a - 1).error().code, Code::invalid);
  EXPECT_EQ(log_->read(a + 1).error().code, Code::conflict);
  EXPECT_EQ(log_->read(1).error().code, Code::invalid);
}

TEST_F(LogTest, CloseWritesWhatIsPendingAndRefusesTheRest) {
  ASSERT_TRUE(reopen());
  files_.hold_syncs(true);
  std::atomic<int> done = 0;
  for (int i = 0; i < 50; ++i) log_->append({.payload = "x"}, [&](Result<Offset> r) { done += r.has_value(); });
  auto closed = std::async(std::launch::async, [&] { log_->close(); });
  files_.await_held_sync();
  files_.hold_syncs(false);
  closed.get();
  EXPECT_EQ(done, 50);
  EXPECT_FALSE(log_->accepting());
  EXPECT_EQ(refusal("late"), Code::unavailable);
  log_->close();
  EXPECT_EQ(read_all().size(), 50u);  // the log can still be read: the applier stops last
}

TEST_F(LogTest, WhoMustAgreeIsAskedBeforeAnythingIsChanged) {
  Extent seen{.begin = 1, .end = 1};
  bool willing = false;
  options_.agree = [&](const Extent& log) -> Result<Mark> {
    seen = log;
    if (!willing) return fail(Code::conflict, "not with this log");
    return Mark{.offset = log.end};
  };
  const auto nothing = files_.everything();
  EXPECT_EQ(reopen().error().message, "not with this log");
  EXPECT_EQ(files_.everything(), nothing);
  EXPECT_EQ(seen.end, 0u);

  willing = true;
  ASSERT_TRUE(reopen());
  const auto end = *append("record");
  log_.reset();
  files_.flip(segment(1), align_up(end));  // a torn tail
  const auto torn = files_.everything();
  willing = false;
  EXPECT_FALSE(reopen());
  EXPECT_EQ(files_.everything(), torn);
  EXPECT_EQ(seen.begin, 0u);
  EXPECT_EQ(seen.end, end);
}

TEST_F(LogTest, RefusesOptionsThatCannotWork) {
  options_.segment_bytes = kMinSegmentBytes - kBatchAlign;
  EXPECT_EQ(reopen().error().code, Code::invalid);
  options_.segment_bytes = 16384;
  options_.max_disk_bytes = std::uint64_t{2} * 16384;
  EXPECT_EQ(reopen().error().code, Code::invalid);
}

/// Everything at once: appends from four threads, two readers of which one is slow, release, recycling, close.
TEST_F(LogTest, ManyThreadsAppendAndReadWhileSegmentsAreRecycled) {
  options_.keep = 0h;
  options_.max_disk_bytes = 8 * options_.segment_bytes;  // far less than what goes through
  ASSERT_TRUE(reopen());
  constexpr std::uint32_t kThreads = 4, kEach = 500;
  std::atomic<std::uint32_t> accepted[kThreads] = {};
  std::atomic<bool> closing = false;

  const auto follow = [&](std::unique_ptr<Reader> reader, bool slow) {
    std::vector<std::uint32_t> seen(kThreads);
    Offset before = 0;
    for (;;) {
      auto entry = reader->next(kLong);
      EXPECT_TRUE(entry) << entry.error().message;
      if (!entry || !*entry) break;
      EXPECT_GT((*entry)->offset, before);
      before = (*entry)->offset;
      const auto lane = (*entry)->record.lane;
      const auto number = static_cast<std::uint32_t>(std::stoul(std::string((*entry)->record.payload)));
      EXPECT_EQ(number, seen[lane]++);  // each thread's records in its order, without a gap
      if (slow) std::this_thread::yield();
      if (!slow) log_->release(before);
    }
    EXPECT_TRUE(closing);
    for (std::uint32_t i = 0; i < kThreads; ++i) EXPECT_EQ(seen[i], accepted[i]);
  };
  auto fast = std::async(std::launch::async, follow, log_->read(0).value(), false);
  auto slow = std::async(std::launch::async, follow, log_->read(0).value(), true);
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t lane = 0; lane < kThreads; ++lane) {
      threads.emplace_back([&, lane] {
        while (accepted[lane] < kEach) {
          const auto text = std::to_string(accepted[lane]) + std::string(accepted[lane] % 700, ' ');
          if (append(text, lane)) {
            ++accepted[lane];
          } else {
            std::this_thread::sleep_for(1ms);  // full until the slow reader has moved on
          }
        }
      });
    }
  }
  closing = true;
  log_->close();
  fast.get();
  slow.get();
  EXPECT_GT(log_->begin(), 0u);
}

TEST_F(LogTest, ReportsItsMetrics) {
  ASSERT_TRUE(reopen());
  ASSERT_TRUE(append("12345"));
  await([&] { return log_->disk_bytes() == 2 * options_.segment_bytes; });
  const auto text = registry_->render();
  EXPECT_THAT(text, HasSubstr("hitkeep_log_bytes 32768"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_appended_records_total 1"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_appended_bytes_total 21"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_batch_records_count 1"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_fsync_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_write_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_wait_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("hitkeep_log_refused_total{reason=\"disk\"} 0"));
  log_.reset();
  EXPECT_THAT(registry_->render(), HasSubstr("hitkeep_log_bytes 0"));
}

/// The same on the machine's own files.
TEST(LogOnDisk, WorksThereToo) {
  const hk::testing::TempDir directory;
  const SystemClock clock;
  const Options options{.directory = directory / "data" / "log", .segment_bytes = 1 << 20, .max_disk_bytes = 8 << 20};
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    metrics::Registry registry;
    Recovery recovery;
    auto log = Log::open(options, clock, registry, recovery);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(recovery.torn_bytes, 0u);
    std::atomic<int> done = 0;
    for (int i = 0; i < 1000; ++i) {
      expected.push_back(std::to_string(round * 1000 + i) + std::string(700, 'p'));
      (*log)->append({.lane = 1, .payload = expected.back()}, [&](Result<Offset> r) { done += r.has_value(); });
    }
    (*log)->close();
    EXPECT_EQ(done, 1000);
    auto reader = *(*log)->read(0);
    for (const auto& payload : expected) {
      auto entry = reader->next(0ms);
      ASSERT_TRUE(entry && *entry);
      ASSERT_EQ((*entry)->record.payload, payload);
    }
  }
  EXPECT_EQ(std::filesystem::status(options.directory).permissions(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace hk::log
