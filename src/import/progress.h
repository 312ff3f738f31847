#pragma once
// How far the import of a file has come, so that it goes on after a kill without doubling anything.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "ingest/salts.h"
#include "log/log.h"

namespace hk::import {

struct ImportProgress {
  std::uint32_t number = 0;  // of the import, from 1; its hits' tracker is "logs/NUMBER"
  std::uint64_t lines = 0;   // taken; what they became lies before `offset`
  log::Offset offset = 0;
  Uuid timeline;                                 // of the log that `offset` is a place of
  std::map<Day, ingest::Salts::Salt> keys = {};  // of dates whose salt is gone; none once the file is at its end
};

/// The file of one import, 0600, written anew in one step. One thread.
class ProgressFile {
 public:
  /// `name`: what the import is of. Code::invalid where the file is none of these.
  static Result<ProgressFile> open(const std::filesystem::path& folder, const std::string& name);

  /// What was saved; a fresh one with the next number where there is nothing yet.
  const ImportProgress& saved() const { return saved_; }
  /// Synced when it returns.
  Result<void> save(const ImportProgress& progress);

 private:
  explicit ProgressFile(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
  ImportProgress saved_;
};

std::string encode(const ImportProgress& progress);
std::optional<ImportProgress> decode_progress(std::string_view text);

}  // namespace hk::import
