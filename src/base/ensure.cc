#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace hk {

void broken(std::string_view invariant, const std::source_location& where) {
  std::fprintf(stderr, "HitKeep is broken and ends before it ruins data: %.*s does not hold at %s:%u (%s)\n",
               static_cast<int>(invariant.size()), invariant.data(), where.file_name(), where.line(),
               where.function_name());
  std::abort();
}

}  // namespace hk
