#include "notice/board.h"

#include <algorithm>

namespace hk::notice {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::alarm:
      return "alarm";
  }
  return "info";
}

void Board::add(Source source) {
  sources_.push_back(std::move(source));
}

std::vector<Notice> Board::all() const {
  std::vector<Notice> out;
  for (const Source& source : sources_) source(out);
  std::ranges::stable_sort(out, std::ranges::greater{}, &Notice::level);
  return out;
}

}  // namespace hk::notice
