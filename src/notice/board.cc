#include "notice/board.h"

#include <algorithm>
#include <iterator>

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
  std::vector<Notice> all, out;
  for (const Source& source : sources_) source(all);
  for (const Level level : {Level::alarm, Level::warning, Level::info})
    std::ranges::copy_if(all, std::back_inserter(out), [&](const Notice& notice) { return notice.level == level; });
  return out;
}

}  // namespace hk::notice
