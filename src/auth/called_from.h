#pragma once
// From where and with what somebody calls, without anything that names him or his machine.

#include <functional>
#include <string>

#include "http/message.h"

namespace hk::auth {

struct CalledFrom {
  std::string country = {};  // ISO 3166-1 alpha-2
  std::string browser = {};  // "Firefox"
  std::string os = {};       // "Linux"
  bool operator==(const CalledFrom&) const = default;
};

/// Reads it off a request; empty texts where nobody knows.
using Describe = std::function<CalledFrom(const http::Request&)>;

}  // namespace hk::auth
