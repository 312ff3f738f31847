#pragma once
// What a request of a log is to those who count visitors.

#include <array>
#include <cstdint>
#include <string_view>

#include "import/formats.h"

namespace hk::import {

enum class RequestKind : std::uint8_t {
  page,
  download,  // a file that somebody wants to have
  asset,     // what a page is made of, and what programs ask for (robots.txt, feeds)
  method,    // no GET
  moved,     // 3xx, but for 304: what it leads to is a request of its own
  failed,    // 4xx and 5xx
  kCount,
};
constexpr std::array<std::string_view, 6> names(json::Of<RequestKind>) {
  return {"page", "download", "asset", "method", "moved", "failed"};
}

RequestKind kind_of(const LogRequest& request);

/// Of a path, without its query: what stands behind the last dot of its last part, in lower case.
std::string extension_of(std::string_view target);

}  // namespace hk::import
