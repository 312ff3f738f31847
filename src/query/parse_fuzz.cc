// The body of a question: whatever comes in, a checked question or an error that says something.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "query/dates.h"
#include "query/parse.h"
#include "query/testing/zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto zone = hk::query::testing::utc();
  static const hk::TimeMs now = *hk::query::parse_instant("2026-11-22T09:41:00Z");
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto question = hk::query::parse(body, *zone, now);
  if (!question) {
    if (question.error().code != hk::Code::invalid || question.error().message.empty()) std::abort();
    return 0;
  }
  if (question->queries.empty() || question->queries.size() > hk::query::kMaxQueries) std::abort();
  if (!hk::query::check(*question)) std::abort();
  return 0;
}
