#include "log/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <future>

#include "log/engine.h"
#include "log/testing/memory_files.h"

namespace hk::log {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Opens, appends and dies on files in memory.
struct Machine {
  explicit Machine(std::uint64_t segment_bytes = 16384) {
    options.directory = "log";
    options.segment_bytes = segment_bytes;
    options.max_disk_bytes = 1 << 20;
  }

  Result<void> open() {
    registry = std::make_unique<metrics::Registry>();
    auto opened = open_on(files, options, clock, *registry, recovery);
    if (!opened) return std::unexpected(opened.error());
    log = std::move(*opened);
    return {};
  }

  Result<Offset> append(const std::string& payload) {
    std::promise<Result<Offset>> answer;
    log->append({.lane = 1, .payload = payload}, [&](Result<Offset> r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }

  /// As kill -9: what happens to the log object afterwards no longer reaches the files.
  void kill() {
    files.kill();
    log.reset();
    files.boot();
  }

  std::vector<std::string> read_all() {
    std::vector<std::string> payloads;
    auto reader = log->read(0);
    if (!reader) return {reader.error().message};
    for (;;) {
      auto entry = (*reader)->next(0ms);
      if (!entry) return {entry.error().message};
      if (!*entry) return payloads;
      payloads.emplace_back((*entry)->record.payload);
    }
  }

  std::filesystem::path segment(std::uint64_t epoch) const { return options.directory / segment_name(epoch); }

  MemoryFiles files;
  ManualClock clock{from_ms(1'700'000'000'000)};
  Options options;
  std::unique_ptr<metrics::Registry> registry;
  Recovery recovery;
  std::unique_ptr<Log> log;
};

/// Five records, each in a batch (and sector) of its own, then kill -9. The batches start at 4096 + 512 * n.
std::unique_ptr<Machine> five_batches() {
  auto machine = std::make_unique<Machine>();
  EXPECT_TRUE(machine->open());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(machine->append("record " + std::to_string(i)));
  machine->kill();
  return machine;
}

constexpr std::uint64_t kBatch = kSegmentHeaderBytes;

TEST(Recovery, RefusesDamageInTheMiddleAndTouchesNothing) {
  // In the batch header, in a record's header, in its payload, in the padding behind it.
  for (const auto within : {0u, 9u, 33u, 50u, 500u}) {
    auto machine = five_batches();
    machine->files.flip(machine->segment(1), kBatch + 512 + within);
    const auto before = machine->files.everything();
    const auto opened = machine->open();
    ASSERT_FALSE(opened) << within;
    EXPECT_EQ(opened.error().code, Code::internal);
    EXPECT_THAT(opened.error().message, HasSubstr("log/000000000001.seg is damaged at byte 4608"));
    EXPECT_THAT(opened.error().message, HasSubstr("nothing was changed"));
    EXPECT_EQ(machine->files.everything(), before);
  }
}

TEST(Recovery, CutsADamagedLastBatchAndReportsIt) {
  for (const auto within : {0u, 9u, 33u, 50u, 500u}) {
    auto machine = five_batches();
    machine->files.flip(machine->segment(1), kBatch + 4 * 512 + within);
    ASSERT_TRUE(machine->open());
    EXPECT_GT(machine->recovery.torn_bytes, 0u);
    EXPECT_EQ(machine->read_all().size(), 4u);
    const auto bytes = machine->files.content(machine->segment(1));
    EXPECT_EQ(bytes.find("record 4"), bytes.npos);
    ASSERT_TRUE(machine->append("instead"));
    machine->kill();
    ASSERT_TRUE(machine->open());
    EXPECT_EQ(machine->recovery.torn_bytes, 0u);
    EXPECT_THAT(machine->read_all(), testing::ElementsAre("record 0", "record 1", "record 2", "record 3", "instead"));
  }
}

TEST(Recovery, AfterACleanStopTheLastBatchIsProtectedToo) {
  Machine machine;
  ASSERT_TRUE(machine.open());
  ASSERT_TRUE(machine.append("only"));
  machine.log.reset();
  machine.files.flip(machine.segment(1), kBatch + 50);
  const auto opened = machine.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("damaged at byte 4096"));
}

TEST(Recovery, SeesALostBatchThoughWhatFollowsIsWhole) {
  auto machine = five_batches();
  auto bytes = machine->files.content(machine->segment(1));
  std::fill_n(bytes.begin() + kBatch + 512, 512, '\0');
  machine->files.put(machine->segment(1), bytes);
  EXPECT_THAT(machine->open().error().message, HasSubstr("damaged at byte 4608"));
}

/// As a disk leaves it that lost the zeros over a tail that was cut: the batch is whole, but follows on another one.
TEST(Recovery, SeesABatchThatContinuesAnother) {
  auto machine = five_batches();
  const auto old = machine->files.content(machine->segment(1));
  machine->files.put(machine->segment(1),
                     old.substr(0, kBatch + 3 * 512) + std::string(old.size() - kBatch - 3 * 512, '\0'));
  ASSERT_TRUE(machine->open());
  ASSERT_TRUE(machine->append("longer than record 3"));
  machine->kill();
  auto bytes = machine->files.content(machine->segment(1));
  bytes.replace(kBatch + 4 * 512, 512, old, kBatch + 4 * 512, 512);
  machine->files.put(machine->segment(1), bytes);
  const auto opened = machine->open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("damaged at byte 6144"));
}

TEST(Recovery, SeesDamageBeforeALaterSegment) {
  Machine machine;
  ASSERT_TRUE(machine.open());
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(machine.append(std::string(3000, 'x')));
  machine.kill();
  const auto good = machine.files.content(machine.segment(1));
  // The first batch of an older segment is looked at when opening …
  machine.files.flip(machine.segment(1), kBatch);
  EXPECT_THAT(machine.open().error().message, HasSubstr("000000000001.seg is damaged at byte 4096"));
  machine.files.put(machine.segment(1), good);
  // … the others when they are read.
  machine.files.flip(machine.segment(1), kBatch + 3072 + 40);
  ASSERT_TRUE(machine.open());
  EXPECT_THAT(machine.read_all().at(0), HasSubstr("000000000001.seg is damaged at byte 7200"));
}

TEST(Recovery, RefusesAMissingSegment) {
  Machine machine;
  ASSERT_TRUE(machine.open());
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(machine.append(std::string(3000, 'x')));
  machine.kill();
  ASSERT_TRUE(machine.files.remove(machine.segment(2)));
  EXPECT_THAT(machine.open().error().message, HasSubstr("000000000002.seg is missing"));
}

TEST(Recovery, RefusesForeignNewerShortAndRenamedFiles) {
  const auto machine = five_batches();
  const auto path = machine->segment(1);
  const auto good = machine->files.content(path);
  const auto refusal = [&](std::string bytes) {
    machine->files.put(path, std::move(bytes));
    const auto before = machine->files.everything();
    const auto opened = machine->open();
    EXPECT_FALSE(opened);
    EXPECT_EQ(machine->files.everything(), before);
    return opened ? "" : opened.error().message;
  };
  EXPECT_THAT(refusal("A text that somebody put here" + std::string(20000, '.')), HasSubstr("is not a log segment"));
  EXPECT_THAT(refusal(std::string(16384, '\0')), HasSubstr("damaged at byte 0"));
  EXPECT_THAT(refusal(""), HasSubstr("damaged at byte 0"));
  EXPECT_THAT(refusal(good.substr(0, 8192)), HasSubstr("damaged at byte 8192"));
  auto newer = good;
  newer[8] = static_cast<char>(kFormatVersion + 1);
  EXPECT_THAT(refusal(newer), HasSubstr("written by a newer version of HitKeep"));
  machine->files.put(path, good);
  machine->files.put(machine->segment(2), good);
  EXPECT_THAT(machine->open().error().message, HasSubstr("calls itself number 1"));
}

TEST(Recovery, LeavesOtherFilesAlone) {
  auto machine = five_batches();
  machine->files.put("log/notes.txt", "mine");
  machine->files.put("log/1.seg", "mine too");
  ASSERT_TRUE(machine->open());
  EXPECT_EQ(machine->files.content("log/notes.txt"), "mine");
  EXPECT_EQ(machine->files.content("log/1.seg"), "mine too");
}

TEST(Recovery, RefusesWhenTheDiskDoes) {
  Machine machine;
  machine.files.capacity = 100;
  const auto opened = machine.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::unavailable);
  EXPECT_THAT(opened.error().message, HasSubstr("No space left on device"));
  machine.files.capacity = UINT64_MAX;
  EXPECT_TRUE(machine.open());
}

TEST(Recovery, ChangedSegmentSizeTakesEffectWithTheNextSegment) {
  Machine machine;
  ASSERT_TRUE(machine.open());
  ASSERT_TRUE(machine.append("small"));
  machine.log.reset();
  machine.options.segment_bytes = 32768;
  ASSERT_TRUE(machine.open());
  std::vector<std::string> expected{"small"};
  for (int i = 0; i < 30; ++i) {
    expected.push_back(std::string(3000, 'x'));
    ASSERT_TRUE(machine.append(expected.back()));
  }
  EXPECT_EQ(machine.read_all(), expected);
  machine.log.reset();
  ASSERT_TRUE(machine.open());
  EXPECT_EQ(machine.read_all(), expected);
}

/// A recycled segment that was not zeroed, as if the disk had lost the zeros: its old batches are still whole.
TEST(Recovery, OldRecordsInARecycledSegmentNeverComeBack) {
  auto machine = five_batches();
  const auto old = machine->files.content(machine->segment(1));
  auto fresh = *decode_segment_header(old);
  fresh.salt ^= 0x1234;  // the same number and offsets; only the salt is another
  machine->files.put(machine->segment(1), encode(fresh) + old.substr(kSegmentHeaderBytes));
  ASSERT_TRUE(machine->open());
  EXPECT_EQ(machine->recovery.end, 0u);
  EXPECT_TRUE(machine->read_all().empty());

  machine = five_batches();
  fresh = *decode_segment_header(machine->files.content(machine->segment(1)));
  fresh.salt ^= 0x1234;
  fresh.epoch = 2;
  fresh.base = 16384;
  machine->files.put(machine->segment(2), encode(fresh) + old.substr(kSegmentHeaderBytes));
  ASSERT_TRUE(machine->open());
  EXPECT_EQ(machine->read_all().size(), 5u);
  ASSERT_TRUE(machine->append(std::string(11000, 'x')));  // into the second segment
  EXPECT_EQ(machine->read_all().size(), 6u);
  const auto bytes = machine->files.content(machine->segment(2));
  EXPECT_EQ(bytes.find("record 0"), bytes.npos);
}

/// Any payload: also one that is a copy of a batch, at a place where a batch could begin.
TEST(Recovery, APayloadCannotPassForABatch) {
  auto machine = five_batches();
  const auto bytes = machine->files.content(machine->segment(1));
  const auto batch = bytes.substr(kBatch, 512);
  ASSERT_TRUE(machine->open());
  // Behind the header of its own batch, padded so that the copies lie on sector boundaries.
  ASSERT_TRUE(machine->append(std::string(512 - kBatchHeaderBytes - kRecordHeaderBytes, '.') + batch + batch + batch));
  machine->kill();
  machine->files.flip(machine->segment(1), kBatch + 5 * 512 + 40);
  ASSERT_TRUE(machine->open());
  EXPECT_EQ(machine->read_all().size(), 5u);
}

/// The whole story against a model: random appends, releases and crashes of both kinds.
RC_GTEST_PROP(RecoveryProperty, EveryAcknowledgedRecordIsThereOnceInOrderAndNothingIsHalfThere, ()) {
  Machine machine(*rc::gen::element<std::uint64_t>(8192, 12288, 16384));
  machine.options.keep = 0h;
  std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
  const auto pick = [&](std::uint64_t below) { return random() % below; };

  std::uint64_t next = 0;                // the number that the next record carries
  std::map<std::uint64_t, Offset> kept;  // acknowledged: number and offset
  Offset released = 0;
  const auto payload = [](std::uint64_t number, std::size_t size) {
    auto text = std::to_string(number) + ":";
    while (text.size() < size) text += static_cast<char>('a' + number % 26);
    return text;
  };

  const int rounds = 6;
  for (int round = 0; round < rounds; ++round) {
    const auto opened = machine.open();
    if (!opened) RC_FAIL(opened.error().message);

    // What is there: the acknowledged ones behind what was released, in order, and whole ones of the last moments.
    auto reader = machine.log->read(0);
    RC_ASSERT(reader.has_value());
    std::optional<std::uint64_t> last;
    std::map<std::uint64_t, Offset> found;
    Offset before = 0;
    for (;;) {
      auto entry = (*reader)->next(0ms);
      if (!entry) RC_FAIL(entry.error().message);
      if (!*entry) break;
      const std::string text((*entry)->record.payload);
      const auto number = std::stoull(text);
      RC_ASSERT(text == payload(number, text.size()));
      RC_ASSERT(!last || number > *last);
      RC_ASSERT((*entry)->offset > before);
      before = (*entry)->offset;
      last = number;
      found[number] = before;
    }
    for (const auto& [number, offset] : kept) {
      if (offset <= released) continue;
      RC_ASSERT(found.contains(number));
      RC_ASSERT(found[number] == offset);
    }
    RC_ASSERT(machine.recovery.end >= before);
    RC_ASSERT(machine.log->begin() <= released);
    kept = found;

    // Records in bursts; the last ones may be under way when the machine dies.
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t answered = 0, sent = 0;
    const auto bursts = 1 + pick(8);
    const bool in_flight = pick(2) == 0;
    for (std::uint64_t burst = 0; burst < bursts; ++burst) {
      const bool hold = in_flight && burst + 1 == bursts;
      if (hold) machine.files.hold_syncs(true);
      const auto count = 1 + pick(12);
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto number = next++;
        ++sent;
        machine.log->append({.lane = 1, .payload = payload(number, 8 + pick(2500))}, [&, number](Result<Offset> r) {
          const std::lock_guard lock(mutex);
          ++answered;
          if (r) kept[number] = *r;
          changed.notify_all();
        });
      }
      if (hold) break;
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return answered == sent; });
      if (!kept.empty() && pick(3) == 0) {
        released = std::max(released, std::next(kept.begin(), static_cast<std::ptrdiff_t>(pick(kept.size())))->second);
        machine.log->release(released);
      }
    }
    if (in_flight) machine.files.await_held_sync();
    switch (pick(3)) {
      case 0:
        machine.files.hold_syncs(false);
        machine.log.reset();  // a clean stop
        break;
      case 1:
        machine.files.kill();
        break;
      default:
        machine.files.lose_power(random);
    }
    machine.files.hold_syncs(false);
    machine.log.reset();
    machine.files.boot();
  }
}

}  // namespace
}  // namespace hk::log
