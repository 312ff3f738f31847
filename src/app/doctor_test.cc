#include "app/doctor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "app/ask.h"
#include "base/testing/temp_dir.h"
#include "base/text.h"

namespace hk::app {
namespace {

using ::testing::HasSubstr;

constexpr TimeMs kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
constexpr std::uint64_t kMegabyte = 1u << 20;

/// A machine on which nothing is wrong.
Facts well() {
  Facts facts;
  facts.config =
      load_config({}, {{"HITKEEP_PUBLIC_URL", "https://stats.example.com/"}, {"HITKEEP_MAIL_HOST", "mail.example.com"}})
          .value();
  facts.installed = "1.2.3";
  facts.running = Running{.ready = true,
                          .metrics = Readings("# HELP x\nhitkeep_build_info{version=\"1.2.3\"} 1\n"
                                              "hitkeep_apply_lag_seconds 0.2\nhitkeep_log_held_bytes 1048576\n"
                                              "hitkeep_resident_memory_bytes 80000000\n")};
  facts.directory = {.exists = true,
                     .readable = true,
                     .owner = "hitkeep",
                     .bytes = 1000 * kMegabyte,
                     .free_bytes = 50'000 * kMegabyte,
                     .disk_bytes = 80'000 * kMegabyte,
                     .oldest = kNow - std::chrono::days(100),
                     .newest = kNow};
  facts.now = kNow;
  facts.synchronised = true;
  facts.memory = 1024 * kMegabyte;
  facts.url = Result<void>();
  facts.mail = Result<void>();
  return facts;
}

/// The finding about something that is not fine; "" where all is.
std::string finding(const Facts& facts, Health verdict, std::string_view about) {
  std::string found;
  for (const auto& one : diagnose(facts))
    if (one.verdict == verdict && one.about == about) found += one.sentence;
  return found;
}
std::string trouble(const Facts& facts, std::string_view about) {
  return finding(facts, Health::trouble, about);
}

TEST(Doctor, FindsNothingWhereNothingIsWrong) {
  for (const auto& one : diagnose(well())) EXPECT_EQ(one.verdict, Health::fine) << one.about << ": " << one.sentence;
  EXPECT_EQ(diagnose(well()).size(), 10u) << "each check says something";
}

TEST(Doctor, SeesAnotherVersionThanTheInstalledOne) {
  auto facts = well();
  facts.installed = "1.3.0";
  EXPECT_THAT(trouble(facts, "version"), HasSubstr("1.2.3 runs: restart it"));
}

TEST(Doctor, SeesThatNoneRuns) {
  auto facts = well();
  facts.running.reset();
  EXPECT_THAT(trouble(facts, "port"), HasSubstr("Nobody listens at 127.0.0.1:8080: start HitKeep"));
  facts.port_trouble = "it answers 404 to /healthz";
  EXPECT_THAT(trouble(facts, "port"), HasSubstr("Another program has the port"));
  facts.directory.dead_letters = 2;
  EXPECT_THAT(trouble(facts, "log"), HasSubstr("2 records"));
}

TEST(Doctor, LooksAtTheDirectory) {
  auto facts = well();
  facts.directory.open_to_others = true;
  EXPECT_THAT(trouble(facts, "data"), HasSubstr("chmod 700 data"));
  facts = well();
  facts.directory.strangers = 3;
  facts.directory.stranger = "root";
  facts.directory.example = "control.db";
  EXPECT_THAT(trouble(facts, "data"), HasSubstr("3 files in data belong to root (control.db)"));
  facts.directory.readable = false;
  EXPECT_THAT(trouble(facts, "data"), HasSubstr("as hitkeep or as root"));
  facts.directory.exists = false;
  EXPECT_THAT(trouble(facts, "data"), HasSubstr("does not exist"));
}

TEST(Doctor, CountsTheDaysUntilTheDiskIsFull) {
  auto facts = well();
  EXPECT_DOUBLE_EQ(days_left(facts.directory, kNow).value(), 5000);
  facts.directory.free_bytes = 1000 * kMegabyte;
  EXPECT_EQ(trouble(facts, "disk"), "") << "100 days";
  facts.directory.bytes = 10'000 * kMegabyte;
  EXPECT_THAT(trouble(facts, "disk"), HasSubstr("lasts 10 days"));
  facts.directory.oldest = kNow - std::chrono::hours(23);
  EXPECT_FALSE(days_left(facts.directory, kNow)) << "not known before a day is over";
  EXPECT_EQ(trouble(facts, "disk"), "");
  facts.directory.free_bytes = kLeastFreeBytes - 1;
  EXPECT_THAT(trouble(facts, "disk"), HasSubstr("Only 511 MB"));
}

TEST(Doctor, ReadsTheProgramsFigures) {
  const auto with = [](std::string_view line) {
    auto facts = well();
    facts.running->metrics = Readings(concat({"hitkeep_build_info{version=\"1.2.3\"} 1\n", line, "\n"}));
    return facts;
  };
  EXPECT_THAT(trouble(with("hitkeep_lane_stopped 1"), "log"), HasSubstr("1 database files cannot be opened"));
  EXPECT_THAT(trouble(with("hitkeep_backlog_dropped_total{reason=\"disk\"} 7"), "log"), HasSubstr("7 hits"));
  EXPECT_THAT(trouble(with("hitkeep_set_aside 2"), "log"), HasSubstr("2 days or months"));
  EXPECT_THAT(trouble(with("hitkeep_apply_lag_seconds 61"), "log"), HasSubstr("61 seconds late"));
  EXPECT_EQ(trouble(with("hitkeep_apply_lag_seconds 60"), "log"), "");
  EXPECT_THAT(trouble(with("hitkeep_log_held_bytes 4000000000"), "log"), HasSubstr("HITKEEP_LOG_MAX_MB"));
  EXPECT_THAT(trouble(with("hitkeep_http_unnamed_proxy_total{peer=\"internal\"} 3"), "proxy"),
              HasSubstr("HITKEEP_TRUSTED_PROXIES"));
  EXPECT_EQ(trouble(with("hitkeep_http_unnamed_proxy_total{peer=\"outside\"} 3"), "proxy"), "")
      << "anybody's own headers";
  EXPECT_THAT(trouble(with("hitkeep_resident_memory_bytes 1070000000"), "memory"), HasSubstr("MemoryMax="));
  auto facts = well();
  facts.running->ready = false;
  facts.running->why_not = "the log does not accept records (disk full)";
  EXPECT_THAT(trouble(facts, "log"), HasSubstr("not ready: the log does not accept records (disk full)."));
  facts = well();
  facts.running->metrics = {};
  EXPECT_THAT(finding(facts, Health::note, "log"), HasSubstr("HITKEEP_METRICS_TOKEN"));
}

TEST(Doctor, DoubtsTheClock) {
  auto facts = well();
  facts.now = TimeMs{};
  EXPECT_THAT(trouble(facts, "clock"), HasSubstr("1970-01-01T00:00:00.000Z, which cannot be"));
  facts = well();
  facts.directory.newest = kNow + std::chrono::hours(2);
  EXPECT_THAT(trouble(facts, "clock"), HasSubstr("HITKEEP_TRUST_CLOCK"));
  facts = well();
  facts.synchronised = false;
  EXPECT_THAT(finding(facts, Health::note, "clock"), HasSubstr("chrony"));
}

TEST(Doctor, WantsEnoughMemory) {
  auto facts = well();
  facts.memory = kLeastMemory - 1;
  EXPECT_THAT(trouble(facts, "memory"), HasSubstr("needs 256 MB"));
  facts.memory = 256 * kMegabyte;
  EXPECT_EQ(trouble(facts, "memory"), "");
  facts.config.memory_limit_mb = 200;
  EXPECT_THAT(trouble(facts, "memory"), HasSubstr("lower HITKEEP_MEMORY_LIMIT_MB"));
}

TEST(Doctor, FollowsThePublicUrl) {
  auto facts = well();
  facts.url = fail(Code::unavailable, "stats.example.com has no address");
  EXPECT_THAT(trouble(facts, "url"), HasSubstr("does not lead to HitKeep: stats.example.com has no address."));
  facts = well();
  facts.unnamed_proxy = 1;
  EXPECT_THAT(trouble(facts, "proxy"), HasSubstr("The way from the public URL"));
  facts = well();
  facts.running->metrics = Readings("hitkeep_ingest_sender_share{of=\"one_address\"} 0.6\n");
  EXPECT_THAT(finding(facts, Health::note, "proxy"), HasSubstr("come from one address"));
  facts.running->metrics = Readings("hitkeep_ingest_sender_share{of=\"internal_addresses\"} 0.51\n");
  EXPECT_THAT(finding(facts, Health::note, "proxy"), HasSubstr("does not reach"));
  facts = well();
  facts.config.public_url = "http://stats.example.com/";
  EXPECT_THAT(finding(facts, Health::note, "url"), HasSubstr("https in front"));
  facts.config.public_host = "127.0.0.1";
  EXPECT_EQ(finding(facts, Health::note, "url"), "");
  facts.url.reset();
  EXPECT_THAT(finding(facts, Health::note, "url"), HasSubstr("is not set"));
}

TEST(Doctor, LooksWhenTheCertificateEnds) {
  auto facts = well();
  EXPECT_EQ(finding(facts, Health::fine, "https"), "") << "not asked for";
  facts.config.tls_cert = "/etc/hitkeep/fullchain.pem";
  EXPECT_THAT(trouble(facts, "https"), HasSubstr("no certificate"));
  const auto ends_in = [&](std::chrono::days days) {
    facts.running->metrics =
        Readings(concat({"hitkeep_tls_certificate_end_seconds ", std::to_string(to_ms(kNow + days) / 1000), "\n"}));
    return trouble(facts, "https");
  };
  EXPECT_THAT(ends_in(std::chrono::days(13)), HasSubstr("ends on 2026-12-13: put a newer one"));
  EXPECT_THAT(ends_in(std::chrono::days(-1)), HasSubstr("ends on 2026-11-29"));
  EXPECT_EQ(ends_in(std::chrono::days(14)), "");
}

TEST(Doctor, TriesTheMailServer) {
  auto facts = well();
  facts.mailed = fail(Code::invalid, "the mail server said 550");
  EXPECT_THAT(trouble(facts, "mail"), HasSubstr("test mail was refused: the mail server said 550."));
  facts.mail = fail(Code::unavailable, "mail.example.com:587 takes no connection: Connection refused");
  EXPECT_THAT(trouble(facts, "mail"), HasSubstr("cannot be reached"));
  facts.mail.reset();
  EXPECT_THAT(finding(facts, Health::note, "mail"), HasSubstr("No mail server is set"));
}

TEST(Readings, SumTheSeriesOfAMetricAndOfNoOther) {
  const Readings readings("a_total{x=\"1\"} 2\na_total{x=\"2\"} 3.5\na_total_more 100\nnonsense\nb{v=\"0.1\"} 1\n");
  EXPECT_DOUBLE_EQ(readings.sum("a_total"), 5.5);
  EXPECT_DOUBLE_EQ(readings.sum("a_total", "x=\"2\""), 3.5);
  EXPECT_DOUBLE_EQ(readings.sum("missing"), 0);
  EXPECT_EQ(readings.label("b", "v"), "0.1");
  EXPECT_EQ(readings.label("b", "w"), "");
  EXPECT_EQ(readings.label("c", "v"), "");
}

TEST(AskedAt, IsTheAddressOrThisMachine) {
  for (const auto& [address, host] : {std::pair{":8080", "127.0.0.1"},
                                      {"0.0.0.0:8080", "127.0.0.1"},
                                      {"[::]:8080", "127.0.0.1"},
                                      {"10.1.2.3:8080", "10.1.2.3"},
                                      {"[::1]:8080", "::1"},
                                      {"localhost:8080", "localhost"}}) {
    EXPECT_EQ(asked_at(address).host, host);
    EXPECT_EQ(asked_at(address).port, 8080);
  }
}

TEST(SettingsFile, AddsWhatIsNotSetAlready) {
  const testing::TempDir dir;
  const std::string file = dir.path() / "env";
  std::ofstream(file)
      << "# HITKEEP_LOG_LEVEL=debug\n#HITKEEP_PUBLIC_URL=x\n  HITKEEP_DATA_PATH=\"/var/lib/with space\"\n"
         "HITKEEP_HTTP_ADDR=:1\nHITKEEP_LOG_FORMAT='json'\nPATH=/bin\nnonsense\n";
  Environment environment{{"HITKEEP_HTTP_ADDR", ":2"}};
  ASSERT_TRUE(add_settings_file(environment, file));
  EXPECT_EQ(environment, (Environment{{"HITKEEP_HTTP_ADDR", ":2"},
                                      {"HITKEEP_DATA_PATH", "/var/lib/with space"},
                                      {"HITKEEP_LOG_FORMAT", "json"}}));
  EXPECT_TRUE(add_settings_file(environment, file + "-missing"));
  EXPECT_EQ(environment.size(), 3u);
}

}  // namespace
}  // namespace hk::app
