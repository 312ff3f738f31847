#include "notice/board.h"

#include <algorithm>
#include <iterator>

namespace hk::notice {

void Board::add(NoticeSource source) {
  sources_.push_back(std::move(source));
}

std::vector<Notice> Board::all() const {
  std::vector<Notice> all, out;
  for (const NoticeSource& source : sources_) source(all);
  for (const Level level : {Level::alarm, Level::warning, Level::info})
    std::ranges::copy_if(all, std::back_inserter(out), [&](const Notice& notice) { return notice.level == level; });
  return out;
}

}  // namespace hk::notice
