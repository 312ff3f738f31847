#pragma once
// The changes of an entry as the text that the table keeps.

#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "json/shape.h"

namespace hk::audit {

constexpr auto shape(json::Of<FieldChange>) {
  using F = FieldChange;
  return json::shape("AuditChange", json::field("field", &F::field), json::field("before", &F::before, json::LeftOut{}),
                     json::field("after", &F::after, json::LeftOut{}));
}

std::string stored(const std::vector<FieldChange>& changes);
/// Empty for what is no such text.
std::vector<FieldChange> changes_of(std::string_view stored);

}  // namespace hk::audit
