#pragma once
// GET /api/sites/{id}/stats: the one big object of HitKeep 2.8, kept for whoever reads it (docs/differences.md). It is
// made of ordinary queries.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"
#include "query/engine.h"
#include "query/query.h"
#include "site/directory.h"

namespace hk::query {

struct StatsRequest {
  InstantRange range;
  std::optional<InstantRange> compare;
  std::vector<Filter> filters;
};

/// Reads from, to, compare_from, compare_to, filter=type:value and filter_type + filter_value. Without a range: the 30
/// days that end a day from now. Code::invalid with the parameter's name.
Result<StatsRequest> read_stats_request(const http::Request& request, TimeMs now);

/// The body of the answer. `asker` as for Engine::run().
Result<std::string> stats(Engine& engine, db::DuckConnection& connection, const site::Site& site,
                          const StatsRequest& request, const Asker& asker = {});

}  // namespace hk::query
