// Any bytes either are no line of a request, or give texts that are UTF-8 without NUL.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "import/formats.h"
#include "import/kind.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  import::LineParser parser;
  import::LogRequest request;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (parser.parse(line, request) != import::Wrong::none) continue;
    for (const std::string_view field : {std::string_view(request.target), std::string_view(request.user_agent),
                                         std::string_view(request.referrer), std::string_view(request.host)})
      if (!valid_utf8(field) || field.contains('\0')) std::abort();
    if (request.ip.empty() || request.status < 100 || request.status > 599) std::abort();
    static_cast<void>(import::kind_of(request));
  }
  return 0;
}
