#include "db/advice.h"

#include "base/text.h"
#include "db/duck.h"

namespace hk::db {

std::string unreadable(const Error& why) {
  if (cause_of(why) == DuckCause::memory)
    return " needs more memory to be opened than there may be taken. Give HITKEEP_MEMORY_LIMIT_MB more.";
  return concat({" is damaged.", kDamagedAdvice, " The database says: ", why.message});
}

}  // namespace hk::db
