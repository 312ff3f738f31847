#include "app/health.h"

#include "app/ask.h"

namespace hk::app {

bool healthy(std::string_view http_addr) {
  constexpr std::chrono::seconds kPatience{2};
  const auto answer = ask(asked_at(http_addr), "localhost", "/healthz", {}, kPatience);
  return answer && answer->status == 200;
}

}  // namespace hk::app
