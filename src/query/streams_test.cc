// Rows are added up while they come. Whatever goes wrong in their middle is a failure of the question: never an answer
// from the rows that came before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "query/dates.h"
#include "query/engine.h"
#include "query/testing/failing.h"
#include "query/testing/lane.h"

namespace hk::query {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kVisits = 2'100;  // two chunks of a sealed day, and of a hot one
constexpr int kStep = 3;                  // one chunk in so many is spoiled

std::string text(const Answer& answer) {
  std::string out;
  for (const Row& row : std::get<QueryResult>(answer.results[0].second).rows)
    out += row.dimensions.at(0) + " " + std::to_string(row.metrics.at(0).value_or(-1)) + ", ";
  const auto& funnel = std::get<FunnelResult>(answer.results[1].second);
  for (const std::uint64_t reached : funnel.figures->reached) out += std::to_string(reached) + " ";
  return out + std::to_string(std::get<JourneysResult>(answer.results[2].second).visits);
}

struct Streams : ::testing::Test {
  Streams() {
    for (const char* at : {"2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"}) {
      std::vector<store::Hit> hits;
      for (const char* page : {"/a", "/b"}) {
        for (std::uint64_t who = 0; who < kVisits; ++who) hits.push_back(testing::view(*site.zone, at, who, page));
      }
      lane.apply(hits);
      lane.seal(site.key, *parse_date("2026-11-21"));
    }
    lanes.before_chunk = [this](db::DuckConnection& connection) -> Result<void> {
      return ++chunks == fails_at ? fault(connection) : Result<void>();
    };
    whole = text(*ask());
    all_chunks = chunks;
  }

  static Matcher on(std::string page) { return {test_of({.dimension = Dimension::page, .values = {std::move(page)}})}; }
  /// On an engine that knows nothing from before.
  Result<Answer> ask(std::stop_token gone = {}) {
    const Query list{.metrics = {Metric::visits}, .dimensions = {Dimension::entry_page}, .filter = on("/b").test};
    const Question question{
        .range = DayRange{*parse_date("2026-11-21"), *parse_date("2026-11-22")},
        .queries = {{"list", list}, {"funnel", Funnel{.steps = {on("/a"), on("/b")}}}, {"journeys", Journeys{}}}};
    chunks = 0;
    Engine engine(clock, lanes, metrics, std::chrono::minutes(10), {.most = 1});
    return engine.ask(site, question, {.gone = std::move(gone)});
  }

  const site::Site site = testing::site_in(testing::zone("UTC"));
  ManualClock clock{*parse_instant("2026-11-22T12:00:00Z")};
  metrics::Registry metrics;
  testing::TestLane lane;
  testing::OneLane lanes{lane};
  int chunks = 0;  // asked for so far
  int fails_at = 0;
  testing::BeforeChunk fault;
  std::string whole;
  int all_chunks = 0;
};

TEST_F(Streams, AreReadInChunks) {
  EXPECT_EQ(whole, "/a 4200.000000, 4200 4200 4200");
  EXPECT_GT(all_chunks, 20);
}

TEST_F(Streams, ShortOfMemoryInTheMiddleTheQuestionRunsOnceMore) {
  fault = [](db::DuckConnection&) -> Result<void> { return std::unexpected(testing::kOutOfMemory); };
  int tries = 0;
  for (int at = 1; at <= all_chunks; at += kStep, ++tries) {
    fails_at = at;  // its second try asks for later ones
    const auto answer = ask();
    ASSERT_TRUE(answer) << "chunk " << at << ": " << answer.error().message;
    EXPECT_EQ(text(*answer), whole) << "chunk " << at;
  }
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_alone_total " + std::to_string(tries) + "\n"));
}

TEST_F(Streams, AnInterruptInTheMiddleIsNoAnswer) {
  fault = [](db::DuckConnection& connection) -> Result<void> {
    connection.interrupt();
    return {};
  };
  for (fails_at = 1; fails_at <= all_chunks; fails_at += kStep) {
    const auto answer = ask();
    ASSERT_FALSE(answer) << "chunk " << fails_at;
    EXPECT_EQ(answer.error().code, Code::busy) << answer.error().message;
  }
}

TEST_F(Streams, WhoIsGoneInTheMiddleGetsNoAnswer) {
  std::optional<std::stop_source> client;
  fault = [&](db::DuckConnection&) -> Result<void> {
    client->request_stop();
    return {};
  };
  for (fails_at = 1; fails_at <= all_chunks; fails_at += kStep) {
    client.emplace();
    const auto answer = ask(client->get_token());
    if (answer) {
      EXPECT_EQ(fails_at, all_chunks) << "there was nothing left to stop";
      EXPECT_EQ(text(*answer), whole);
    } else {
      EXPECT_EQ(answer.error().code, Code::busy) << answer.error().message;
    }
  }
  EXPECT_THAT(metrics.render(), HasSubstr("hitkeep_query_timeouts_total 0"));
}

}  // namespace
}  // namespace hk::query
