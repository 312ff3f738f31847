#include "import/importer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "ingest/testing/fixture.h"

namespace hk::import {
namespace {

using ingest::testing::Fixture;
using ingest::testing::kChrome;

struct ImporterTest : ::testing::Test {
  /// A line of two days before the fixture's present.
  static std::string line(const std::string& target, const std::string& more = "200 1",
                          const std::string& ip = "203.0.113.9", const std::string& agent = std::string(kChrome),
                          const std::string& method = "GET") {
    return ip + R"( - - [23/Nov/2026:10:00:00 +0000] ")" + method + " " + target + R"( HTTP/1.1" )" + more +
           R"( "-" ")" + agent + "\"\n";
  }
  Tally take(const std::string& text, ImportPlan plan = {}) {
    const auto file = f.dir.path() / "access.log";
    std::ofstream(file, std::ios::binary) << text;
    plan.site = f.sites.now()->all()[0].id;
    Importer importer({.pipeline = f.pipeline,
                       .log = f.log,
                       .sites = f.sites,
                       .folder = f.dir.path() / "imports",
                       .report = [](const ImportStatus&) {}},
                      plan);
    auto tally = importer.take(file);
    EXPECT_TRUE(tally) << tally.error().message;
    return tally.value_or(Tally{});
  }
  std::vector<store::Hit> hits() const {
    std::vector<store::Hit> out;
    for (const auto& record : f.log.records) out.push_back(*store::decode_hit(record.payload, record.version));
    return out;
  }
  static std::uint64_t of(const Tally& tally, RequestKind kind) { return tally.kinds[static_cast<std::size_t>(kind)]; }
  Fixture f;
};

TEST_F(ImporterTest, PagesAndDownloadsBecomeHits) {
  const Tally tally =
      take(line("/a?utm_source=news") + line("/paper.pdf?x") + line("/logo.png") + line("/b", "404 1") +
           line("/c", "301 1") + line("/d", "200 1", "::1", std::string(kChrome), "POST") + "nonsense\n");
  EXPECT_EQ(tally.lines, 7u);
  EXPECT_EQ(tally.views, 1u);
  EXPECT_EQ(tally.downloads, 1u);
  for (const RequestKind kind : {RequestKind::asset, RequestKind::failed, RequestKind::moved, RequestKind::method})
    EXPECT_EQ(of(tally, kind), 1u);
  EXPECT_EQ(tally.wrong[static_cast<std::size_t>(Wrong::syntax)], 1u);
  const auto all = hits();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].path, "/a");
  EXPECT_EQ(all[0].utm_source, "news");
  EXPECT_EQ(all[0].tracker, "logs/1");
  EXPECT_EQ(all[0].hostname, "example.com");
  EXPECT_TRUE(all[0].late);
  EXPECT_EQ(all[0].browser, "Chrome");
  EXPECT_EQ(all[1].event_name, "file_download");
  EXPECT_EQ(all[1].event_json, R"({"file":"/paper.pdf"})");
  EXPECT_EQ(all[0].visitor, all[1].visitor) << "one salt per import and date";
}

TEST_F(ImporterTest, BotsAndOtherHostsAreToldApart) {
  const Tally tally = take(line("/a", "200 1", "::1", "Googlebot/2.1") + "localhost:443 " + line("/a") +
                           "www.example.com " + line("/a"));
  EXPECT_EQ(tally.bots[static_cast<std::size_t>(ingest::Bot::search)], 1u);
  EXPECT_EQ(tally.other_host, 1u);
  EXPECT_EQ(tally.views, 1u);
}

TEST_F(ImporterTest, MachinesOfAisFetch) {
  const Tally tally = take(line("/a?x=1", "200 1", "::1", "GPTBot/1.0") + line("/gone", "404 1", "::1", "GPTBot/1.0") +
                           line("/gone", "404 1"));
  EXPECT_EQ(tally.fetches, 2u);
  EXPECT_EQ(tally.views, 0u);
  const auto all = hits();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kind, store::HitKind::fetch);
  EXPECT_EQ(all[0].path, "/a");
  EXPECT_EQ(all[0].browser, "GPTBot");
  EXPECT_EQ(all[0].status, 200);
  EXPECT_EQ(all[1].status, 404);
  EXPECT_EQ(all[1].visitor, 0u);
}

TEST_F(ImporterTest, AFileIsTakenOnceAndGoesOnWhereItGrew) {
  const std::string first = line("/a") + line("/b");
  EXPECT_EQ(take(first).views, 2u);
  const Tally again = take(first);
  EXPECT_EQ(again.before, 2u);
  EXPECT_EQ(again.views, 0u);
  EXPECT_EQ(take(first + line("/c")).views, 1u);
  EXPECT_EQ(hits().size(), 3u);
  EXPECT_EQ(take(line("/other")).views, 1u) << "another file";
  EXPECT_EQ(hits().back().tracker, "logs/2");
}

TEST_F(ImporterTest, PageViewsOfDaysThatTheTrackerCountedAreLeftOut) {
  const Day day = f.sites.now()->all()[0].zone->day_of(f.clock.now() - std::chrono::hours(48));
  const Tally tally = take(line("/a") + line("/x.zip"), {.site = {}, .format = {}, .tracked = {day}});
  EXPECT_EQ(tally.views, 0u);
  EXPECT_EQ(tally.tracked, 1u);
  EXPECT_EQ(tally.tracked_days, std::set<Day>{day});
  EXPECT_EQ(tally.downloads, 1u);
  EXPECT_EQ(take(line("/b"), {.site = {}, .format = {}, .tracked = {day}, .add = true}).views, 1u);
}

TEST_F(ImporterTest, ALogThatRefusesEndsIt) {
  f.log.refuse = Error{.code = Code::unavailable, .message = "full", .field = {}, .retry_after = {}};
  const auto file = f.dir.path() / "access.log";
  std::ofstream(file, std::ios::binary) << line("/a");
  Importer importer({.pipeline = f.pipeline,
                     .log = f.log,
                     .sites = f.sites,
                     .folder = f.dir.path() / "imports",
                     .report = [](const ImportStatus&) {}},
                    {.site = f.sites.now()->all()[0].id, .format = {}, .tracked = {}});
  const auto tally = importer.take(file);
  ASSERT_FALSE(tally);
  EXPECT_EQ(tally.error().code, Code::unavailable);
  f.log.refuse.reset();
  EXPECT_EQ(take(line("/a")).views, 1u) << "and begins where it ended";
}

TEST(Progress, ReadsBackAndNothingElseDoes) {
  ImportProgress p{
      .number = 7, .lines = 12, .offset = 99, .timeline = *Uuid::parse("0190163d-8694-739b-aea5-966c26f8ad91")};
  p.keys[20'000] = {1, 2, 255};
  const auto back = decode_progress(encode(p));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(p));
  const std::string text = encode(p);
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(decode_progress(text.substr(0, i))) << i;
  EXPECT_FALSE(decode_progress("hitkeep import 1\nnumber 0\nend\n"));
  EXPECT_FALSE(decode_progress("hitkeep import 1\nnumber x\nend\n"));
  EXPECT_FALSE(decode_progress("hitkeep import 1\nnumber 1\nkey 5 zz\nend\n"));
}

TEST(Kinds, GoByMethodStatusAndName) {
  const auto kind = [](const std::string& target, int status = 200) {
    LogRequest request;
    request.method = "GET";
    request.target = target;
    request.status = status;
    return kind_of(request);
  };
  EXPECT_EQ(kind("/"), RequestKind::page);
  EXPECT_EQ(kind("/a.html?x=y.png"), RequestKind::page);
  EXPECT_EQ(kind("/v1.2/about"), RequestKind::page);
  EXPECT_EQ(kind("/a.CSS"), RequestKind::asset);
  EXPECT_EQ(kind("/.well-known/x"), RequestKind::asset);
  EXPECT_EQ(kind("/a.tar.gz"), RequestKind::download);
  EXPECT_EQ(kind("/a.pdf", 304), RequestKind::download);
  EXPECT_EQ(kind("/", 302), RequestKind::moved);
  EXPECT_EQ(kind("/", 500), RequestKind::failed);
}

}  // namespace
}  // namespace hk::import
