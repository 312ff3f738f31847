#include "audit/stored.h"

#include "json/reader.h"

namespace hk::audit {
namespace {

struct Stored {
  std::vector<FieldChange> changes;
};
constexpr auto shape(json::Of<Stored>) {
  return json::shape("StoredAuditChanges", json::field("changes", &Stored::changes));
}

}  // namespace

std::string stored(const std::vector<FieldChange>& changes) {
  return json::text_of(Stored{.changes = changes});
}

std::vector<FieldChange> changes_of(std::string_view text) {
  std::vector<FieldChange> out;
  const auto document = json::parse(text);
  if (!document) return out;
  json::Object root(*document);
  for (json::Object& one : root.objects("changes"))
    out.push_back({.field = one.str("field"), .before = one.opt_str("before"), .after = one.opt_str("after")});
  return root.finish() ? out : std::vector<FieldChange>();
}

}  // namespace hk::audit
