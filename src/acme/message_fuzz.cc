// Whatever an authority sends, what is taken from it fits on a line of the log.

#include <cstdlib>
#include <string_view>

#include "acme/advice.h"
#include "acme/message.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  (void)hk::acme::read_directory(body);
  if (const auto order = hk::acme::read_order(body); order && order->authorizations.size() > hk::acme::kMaxParts)
    std::abort();
  if (const auto authorization = hk::acme::read_authorization(body))
    for (const auto& challenge : authorization->challenges)
      if (authorization->offered(challenge.type) == nullptr) std::abort();
  const auto problem = hk::acme::read_problem(body);
  if (!hk::text_is_plain(problem.detail)) std::abort();
  if (hk::acme::advice(problem, "a.example", "http-01").empty()) std::abort();
  return 0;
}
