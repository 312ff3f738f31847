#pragma once
// Reading the audit log: pages of it, and the whole as a file. Rooms with a scope of their own (site/) add its routes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/id.h"
#include "control/control.h"
#include "http/reply.h"
#include "http/router.h"

namespace hk::audit {

/// Entries of one page, and of one file.
inline constexpr std::int64_t kUsualPage = 100, kMaxPage = 200;
inline constexpr std::int64_t kUsualExport = 10'000, kMaxExport = 50'000;
/// Characters of what is searched for.
inline constexpr std::size_t kMaxSearch = 200;

/// Of what the entries are; neither: of the whole instance.
struct Reach {
  std::optional<TeamId> team = {};
  std::optional<SiteId> site = {};
};

/// An entry as the API shows it.
struct Listed {
  std::string id;
  TimeMs at{};
  std::string actor_kind;  // "person", "key", "system"
  std::string actor_id;    // "" of the program itself
  std::string actor_label;
  std::string action;
  std::string team_id;
  std::string site_id;
  std::string target_kind;
  std::string target_id;
  std::string target_label;
  std::string outcome = "success";  // only what was done is noted
  std::string country;
  std::vector<FieldChange> changes;
};

/// The newest first.
struct Page {
  std::vector<Listed> entries;
  std::int64_t total = 0;
  std::int64_t limit = 0;
  std::int64_t offset = 0;
  bool has_more = false;
};

/// What a request asks for in its query (`parameters`); Code::invalid with the parameter's name. Blocks: workers only.
http::Reply<Page> page(control::Control& control, const http::Request& request, const Reach& scope, TimeMs now);
/// The same as a file: CSV with format=csv, else a JSON array.
http::Response file(control::Control& control, const http::Request& request, const Reach& scope, TimeMs now);

/// What an account did, the newest first, at most kMaxExport. Blocks: workers only.
Result<std::vector<Listed>> done_by(control::Control& control, const UserId& user, TimeMs now);

/// For descriptions.
std::vector<http::Parameter> page_parameters();
std::vector<http::Parameter> file_parameters();

}  // namespace hk::audit
