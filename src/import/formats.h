#pragma once
// Access logs of web servers, line by line (docs/import-logs.md).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/of.h"

namespace hk::import {

/// A line may have so many bytes; what is longer is skipped and counted.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} * 1024;

enum class LogFormat : std::uint8_t {
  combined,    // of Apache and nginx; `common` is the same without referrer and user agent
  json,        // an object a line, with the names that Caddy, nginx, Traefik and others use
  w3c,         // W3C extended, as IIS writes it: columns by a #Fields line
  cloudfront,  // the same with tabs, and texts that are percent-encoded
};
constexpr std::array<std::string_view, 4> names(json::Of<LogFormat>) {
  return {"combined", "json", "w3c", "cloudfront"};
}

/// One request, as a line tells it. Texts are UTF-8 without NUL, whatever the line held.
struct LogRequest {
  TimeMs at{};
  std::string ip;
  std::string host;    // lower case, without port; empty where the format has none
  std::string method;  // upper case
  std::string target;  // path and query
  int status = 0;
  std::string referrer;    // empty: none
  std::string user_agent;  // empty: none
};

/// Why a line is none.
enum class Wrong : std::uint8_t {
  none,
  comment,  // of W3C, or empty
  syntax,
  time,
  address,
  too_long,
  kCount,
};
constexpr std::array<std::string_view, 6> names(json::Of<Wrong>) {
  return {"none", "comment", "syntax", "time", "address", "too_long"};
}

/// Reads the lines of one file, in their order: `#Fields` changes what comes behind it. One thread.
class LineParser {
 public:
  /// Without a format the first line that is no comment says which it is.
  explicit LineParser(std::optional<LogFormat> format = std::nullopt) : format_(format) {}

  /// `line` without its end. `out` holds nothing of use unless the answer is Wrong::none.
  Wrong parse(std::string_view line, LogRequest& out);
  std::optional<LogFormat> format() const { return format_; }

 private:
  Wrong parse_combined(std::string_view line, LogRequest& out) const;
  static Wrong parse_json(std::string_view line, LogRequest& out);
  Wrong parse_columns(std::string_view line, LogRequest& out) const;
  void take_directive(std::string_view line);

  std::optional<LogFormat> format_;
  std::vector<std::string> columns_;  // of #Fields, lower case
};

/// "25/Nov/2026:10:00:00 +0100"
std::optional<TimeMs> parse_clf_time(std::string_view text);

}  // namespace hk::import
