#pragma once
// From the lines of an access log to hits of a site, through the pipeline of the browsers' hits (docs/import-logs.md).

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "import/formats.h"
#include "import/kind.h"
#include "import/progress.h"
#include "import/source.h"
#include "ingest/pipeline.h"
#include "log/log.h"
#include "site/directory.h"

namespace hk::import {

/// Lines after which what was taken is waited for and noted. After a kill so many are looked at once more at most.
inline constexpr std::uint64_t kLinesPerStep = 20'000;
/// Hits that may wait for the log.
inline constexpr std::size_t kInFlight = 4'096;

/// What became of the lines.
struct Tally {
  std::uint64_t lines = 0;
  std::uint64_t before = 0;  // of these, taken by an earlier run
  std::array<std::uint64_t, static_cast<std::size_t>(Wrong::kCount)> wrong{};
  std::array<std::uint64_t, static_cast<std::size_t>(RequestKind::kCount)> kinds{};
  std::array<std::uint64_t, static_cast<std::size_t>(ingest::Reason::kCount)> dropped{};
  std::array<std::uint64_t, static_cast<std::size_t>(ingest::Bot::kCount)> bots{};
  std::uint64_t other_host = 0;            // of no host of the site
  std::uint64_t tracked = 0;               // page views of days that the tracker counted
  std::uint64_t views = 0, downloads = 0;  // became hits
  std::uint64_t fetches = 0;               // by machines of AIs
  std::set<Day> tracked_days = {};
};

/// How far a file is, for those who wait.
struct ImportStatus {
  std::uint64_t lines = 0, read_bytes = 0, size = 0;
};

struct ImportPlan {
  SiteId site;
  std::optional<LogFormat> format;
  std::set<Day> tracked;  // days of the site with hits of the tracker
  bool add = false;       // take page views of these, too
};

/// One thread; waits for the log.
class Importer {
 public:
  struct Deps {
    ingest::Pipeline& pipeline;
    log::Log& log;
    const site::Directory& sites;
    std::filesystem::path folder;  // of progress files
    std::function<void(const ImportStatus&)> report;
  };
  Importer(Deps deps, ImportPlan plan) : deps_(std::move(deps)), plan_(std::move(plan)) {}

  /// Takes a file from where an earlier run of the same file came to: it is known by its first line. What it gives to
  /// the log is what it says on return. Code::invalid: the file; Code::unavailable: the log, try again.
  Result<Tally> take(const std::filesystem::path& file);

 private:
  class Run;
  const Deps deps_;
  const ImportPlan plan_;
};

}  // namespace hk::import
