#pragma once
// The question of the dashboard's first page.

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "query/parse.h"
#include "query/query.h"

namespace hk::query::testing {

/// `range` and `compare` are JSON.
inline Result<Question> first_page(const db::Zone& zone, TimeMs now, std::string_view range,
                                   std::string_view compare = R"("previous")", std::string_view time = "time_day") {
  std::string lists;
  for (const std::string_view dimension :
       {"channel", "source", "referrer", "entry_page", "exit_page", "country", "browser", "os", "device", "language"})
    lists += concat({",\"", dimension, R"(":{"metrics":["visitors"],"dimensions":[")", dimension, "\"]}"});
  return parse(concat({R"({"range":)", range, R"(,"compare":)", compare, R"(,"queries":{
    "kpis":{"metrics":["visitors","visits","pageviews","views_per_visit","bounce_rate","visit_duration"]},
    "chart":{"metrics":["visitors"],"dimensions":[")",
                       time, R"("]},
    "pages":{"metrics":["visitors","pageviews"],"dimensions":["page"]})",
                       lists, "}}"}),
               zone, now);
}

}  // namespace hk::query::testing
