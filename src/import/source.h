#pragma once
// A file of lines, plain or compressed.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hk::import {

/// Bytes of the file that are read at once.
inline constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

/// Reads front to back; gzip (several members too) and zstd are known by their first bytes. One thread.
class LogSource {
 public:
  /// Code::invalid where the file cannot be read.
  static Result<std::unique_ptr<LogSource>> open(const std::filesystem::path& file);
  virtual ~LogSource() = default;

  /// The next line without its end, valid until the next call; nullopt at the end. Of a line longer than kMaxLineBytes
  /// only so much that it shows. Code::invalid where the file is damaged.
  virtual Result<std::optional<std::string_view>> next() = 0;
  /// How much of the file is read, and how long it was when it was opened, bytes.
  virtual std::uint64_t read_bytes() const = 0;
  virtual std::uint64_t size() const = 0;
};

}  // namespace hk::import
