// What is taken is a whole answer, and nothing else is lost.

#include <cstdlib>
#include <optional>
#include <string>

#include "net/smtp_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string received(reinterpret_cast<const char*>(data), size);
  while (true) {
    const std::string before = received;
    const auto taken = hk::net::take_smtp_reply(received);
    const auto reply = taken ? *taken : std::nullopt;
    if (!reply) {
      if (received != before) std::abort();
      return 0;
    }
    if (received.size() >= before.size() || !before.ends_with(received)) std::abort();
    if (reply->code < 200 || reply->code > 599 || reply->lines.empty()) std::abort();
    (void)reply->offers("AUTH", "PLAIN");
  }
}
