#pragma once
// GET /api/sites/{id}/stats: the one big object of HitKeep 2.8, kept for whoever reads it (docs/differences.md). It is
// made of ordinary queries.

#include <array>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "http/router.h"
#include "json/schema.h"
#include "query/engine.h"
#include "query/query.h"
#include "site/directory.h"

namespace hk::query {

struct StatsRequest {
  InstantRange range;
  std::optional<InstantRange> compare;
  std::vector<Filter> filters;
};

/// Of the address.
inline constexpr std::array<http::Parameter, 7> kStatsParameters{{
    {"from", "Start, RFC 3339; without: 30 days before the end"},
    {"to", "End, included; without: a day from now"},
    {"compare_from", "Start of the other period"},
    {"compare_to", "End of the other period, included"},
    {"filter", "type:value; may be given several times"},
    {"filter_type", "Type of one more filter"},
    {"filter_value", "Value of that filter"},
}};
/// Of the answer.
std::string stats_schema(json::Schemas& named);

/// Reads from, to, compare_from, compare_to, filter=type:value and filter_type + filter_value. Without a range: the 30
/// days that end a day from now. Code::invalid with the parameter's name.
Result<StatsRequest> read_stats_request(const http::Request& request, TimeMs now);

/// The body of the answer. Errors as those of Engine::ask(), and Code::invalid with the parameter's name.
Result<std::string> stats(Engine& engine, const site::Site& site, const StatsRequest& request, const Asker& asker = {});

}  // namespace hk::query
