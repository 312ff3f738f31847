// Any user agent gives short names in valid UTF-8, the same ones with and without the cache.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "ingest/enrich/user_agent.h"
#include "ingest/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  static ingest::UserAgents cache;
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, ingest::kMaxUserAgentBytes));
  const ingest::UserAgent parsed = ingest::UserAgents::parse_now(text);
  for (const std::string* name : {&parsed.browser, &parsed.os})
    if (name->size() > ingest::kMaxFamilyBytes || !valid_utf8(*name)) std::abort();
  if ((parsed.bot != ingest::Bot::none) != (parsed.device == store::Device::bot)) std::abort();
  const auto again = cache.parse(text);
  if (again->browser != parsed.browser || again->os != parsed.os || again->bot != parsed.bot) std::abort();
  return 0;
}
