// Any bytes either are refused or give fields that are UTF-8 without NUL, and properties that are strict JSON.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "ingest/body.h"
#include "ingest/limits.h"
#include "json/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {store::HitKind::pageview, store::HitKind::event}) {
    ingest::Body body;
    const auto error = ingest::decode_body(text, kind, body);
    if (error.kind != ingest::BodyError::none) continue;
    for (const std::string_view field :
         {body.host, body.path, body.referrer, body.user_agent, body.language, body.utm_source, body.utm_medium,
          body.utm_campaign, body.utm_term, body.utm_content, body.tracker_source, body.tracker_version,
          body.event_name, body.properties})
      if (!valid_utf8(field) || field.contains('\0')) std::abort();
    if (body.properties.empty()) continue;
    if (body.properties.size() > ingest::kMaxPropertiesBytes) std::abort();
    const auto parsed = json::parse(body.properties);
    if (!parsed || parsed->kind() != json::Value::Kind::object) std::abort();
  }
  return 0;
}
