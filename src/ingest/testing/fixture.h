#pragma once
// A pipeline with a log that tests look into, two sites, and a clock that tests set.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/testing/temp_dir.h"
#include "db/zones.h"
#include "http/message.h"
#include "ingest/pipeline.h"
#include "ingest/salts.h"
#include "log/log.h"
#include "site/directory.h"
#include "store/hit.h"

namespace hk::ingest::testing {

/// A zone that is always `hours` east of UTC, with days from 2026-01-01 to 2027-12-31.
inline std::shared_ptr<const db::Zone> fixed_zone(int hours) {
  constexpr Day kFirst = 20'454;  // 2026-01-01
  std::vector<std::int64_t> midnights;
  for (std::int64_t day = kFirst; day < kFirst + 730; ++day)
    midnights.push_back(day * 86'400'000 - hours * 3'600'000LL);
  return std::make_shared<const db::Zone>("Test/" + std::to_string(hours), kFirst, std::move(midnights));
}

/// Keeps what it is given; answers at once, or when told to.
class FakeLog final : public log::Log {
 public:
  struct Kept {
    std::uint32_t lane;
    std::uint8_t kind, version;
    std::string payload;
  };
  std::vector<Kept> records;
  std::optional<Error> refuse;
  bool wait = false;
  std::vector<log::Done> waiting;

  void append(const log::Record& record, log::Done done) override {
    if (refuse) return done(std::unexpected(*refuse));
    records.push_back({record.lane, record.kind, record.version, std::string(record.payload)});
    if (wait)
      waiting.push_back(std::move(done));
    else
      done(records.size());
  }
  log::Offset durable_end() const override { return records.size(); }
  log::Offset begin() const override { return 0; }
  Uuid timeline() const override { return {}; }
  Result<void> fits(const log::Marked&) const override { return {}; }
  Result<std::unique_ptr<log::Reader>> read(log::Offset) override { return fail(Code::unavailable, "not here"); }
  Result<std::unique_ptr<log::Reader>> read_as_guest(log::Offset from) override { return read(from); }
  void release(log::Offset) override {}
  void keep_behind(log::Offset) override {}
  bool accepting() const override { return !refuse; }
  bool failed() const override { return false; }
  std::uint64_t disk_bytes() const override { return 0; }
  void close() override {}
};

inline constexpr std::string_view kChrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";

struct Fixture {
  hk::testing::TempDir dir;
  ManualClock clock{from_ms(1'795'600'800'000)};  // 2026-11-25 10:00 UTC
  metrics::Registry registry;
  FakeLog log;
  site::Directory sites;
  std::unique_ptr<Salts> salts = *Salts::open(dir.path() / "salts", Secret<std::string>{});
  bool believable = true;  // the clock
  Geo geo;
  rules::Directory rules;
  Pipeline pipeline{{sites, log, *salts, geo, rules, clock, registry, [this]() -> Result<void> {
                       return believable ? Result<void>{} : fail(Code::unavailable, "the clock is wrong");
                     }}};

  Fixture() {
    std::vector<site::Site> list(2);
    list[0].key = SiteKey{7};
    list[0].id = *SiteId::parse("0190163d-8694-739b-aea5-966c26f8ad91");
    list[0].lane = LaneKey{3};
    list[0].domain = "example.com";
    list[0].zone = fixed_zone(0);
    list[1].key = SiteKey{8};
    list[1].id = *SiteId::parse("0190163d-8694-739b-aea5-966c26f8ad92");
    list[1].lane = LaneKey{1};
    list[1].domain = "localhost";
    list[1].zone = fixed_zone(2);
    sites.swap(std::make_shared<const site::Sites>(std::move(list)));
  }

  /// Changes the first site.
  void change(const std::function<void(site::Site&)>& how) {
    auto list = sites.now()->all();
    how(list[0]);
    sites.swap(std::make_shared<const site::Sites>(std::move(list)));
  }

  static http::Request request(std::string body, http::HeaderList more = {},
                               std::string origin = "https://example.com") {
    http::Request out;
    out.method = http::Method::post;
    out.path = "/ingest";
    out.headers = {{"origin", std::move(origin)}, {"user-agent", std::string(kChrome)}};
    for (auto& header : more) {
      std::erase_if(out.headers, [&](const auto& known) { return known.first == header.first; });
      out.headers.push_back(std::move(header));
    }
    out.body = std::move(body);
    out.client_ip = "203.0.113.9";
    return out;
  }

  struct Answer {
    int status = 0;
    std::string body;
    bool gated = false;
    std::optional<Result<void>> gate;
  };
  /// Takes the request and asks its gate.
  Answer take(const http::Request& request, store::HitKind kind = store::HitKind::pageview) {
    http::Response response = pipeline.take(request, kind);
    Answer out{.status = response.status, .body = response.body, .gated = static_cast<bool>(response.gate), .gate = {}};
    if (response.gate) response.gate([&](Result<void> outcome) { out.gate = std::move(outcome); });
    return out;
  }
  /// The hit that a request became; fails the test when it became none.
  store::Hit hit(const http::Request& from, store::HitKind kind = store::HitKind::pageview) {
    const auto before = log.records.size();
    const Answer answer = take(from, kind);
    EXPECT_EQ(answer.status, 202) << answer.body;
    if (log.records.size() != before + 1) {
      ADD_FAILURE() << "dropped: " << dropped();
      return {};
    }
    auto decoded = store::decode_hit(log.records.back().payload, log.records.back().version);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return decoded.value_or(store::Hit{});
  }
  /// The value of a metric line such as `hitkeep_ingest_dropped_total{reason="bot"}`.
  std::string metric(std::string_view line) const {
    const std::string all = "\n" + registry.render();
    const auto at = all.find("\n" + std::string(line) + " ");
    if (at == std::string::npos) return "";
    const auto begin = at + line.size() + 2;
    return all.substr(begin, all.find('\n', begin) - begin);
  }
  std::uint64_t dropped(Reason reason) const {
    const std::string value = metric("hitkeep_ingest_dropped_total{reason=\"" + std::string(name_of(reason)) + "\"}");
    return value.empty() ? 0 : std::stoull(value);
  }
  /// Every reason that has counted, for messages.
  std::string dropped() const {
    std::string out;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::kCount); ++i)
      if (dropped(static_cast<Reason>(i)) > 0) (out += name_of(static_cast<Reason>(i))) += ' ';
    return out;
  }
};

}  // namespace hk::ingest::testing
