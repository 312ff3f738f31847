#pragma once
// Asks a program of this machine, or of the operator's, over plain HTTP: for the health check and the doctor.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hk::app {

/// Each step (look-up, connect, send, answer) must end within this time.
inline constexpr std::chrono::seconds kAskStep{5};
/// Bytes of an answer that are read; the rest is left.
inline constexpr std::size_t kAskBytes = 4u << 20;

struct Where {
  std::string host;
  std::uint16_t port = 0;
};

/// Where a program that listens on `http_addr` (HITKEEP_HTTP_ADDR) can be asked from this machine: the address itself,
/// or 127.0.0.1 where it listens on all.
Where asked_at(std::string_view http_addr);

struct Heard {
  int status = 0;
  std::string body;
};

/// One GET with the Host header `host`; `headers` are whole lines, each with its CRLF. Code::unavailable with a
/// sentence where nobody answers in HTTP.
Result<Heard> ask(const Where& where, std::string_view host, std::string_view path, std::string_view headers = {},
                  std::chrono::milliseconds step = kAskStep);

/// Whether somebody takes connections there.
Result<void> reach(const Where& where, std::chrono::milliseconds step = kAskStep);

}  // namespace hk::app
