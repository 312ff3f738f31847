#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "json/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk::json;
  const auto value = parse({reinterpret_cast<const char*>(data), size});
  if (!value) {
    if (value.error().message.empty()) std::abort();
    return 0;
  }
  // What was accepted is written as clean text that parses again.
  const std::string text = value->str();
  if (!hk::valid_utf8(text)) std::abort();
  if (!parse(text)) std::abort();

  Object r(*value);
  for (const std::string& key : r.keys()) {
    r.opt_str(key, {.max = 10, .trim = true});
    r.opt_int(key, {.min = -5, .max = 5});
    r.opt_number(key);
    r.opt_bool(key);
    r.strings(key, {.max = 3}, {.max = 4});
    for (Object& inner : r.objects(key)) inner.str("a", {.required = true});
    if (auto inner = r.object(key)) inner->refuse_unknown_fields();
  }
  r.refuse_unknown_fields();
  if (!r.errors().empty() == r.finish().has_value()) std::abort();
  return 0;
}
