#include "query/respond.h"

#include "base/text.h"
#include "db/duck.h"
#include "http/problem.h"
#include "query/dates.h"

namespace hk::query {
namespace {

ShownRange shown(const Range& range) {
  if (const auto* days = std::get_if<DayRange>(&range))
    return {.from = date_text(days->first), .to = date_text(days->last)};
  const auto& instants = std::get<InstantRange>(range);
  return {.from = rfc3339(instants.from), .to = rfc3339(instants.to)};
}

std::string text_of(const std::optional<LocalTime>& time) {
  return time ? local_text(time->at, time->offset) : std::string();
}

}  // namespace

ShownAnswer shown(const site::Site& site, const Question& question, Answer answer) {
  ShownAnswer out{.site = site.id,
                  .zone = site.zone->name_at(answer.now),
                  .now = answer.now,
                  .range = shown(answer.range),
                  .compare = {},
                  .first_day = {},
                  .applied_until = text_of(answer.applied_until),
                  .live_visitors = {},
                  .machine_visits = {},
                  .meta = {},
                  .results = {}};
  for (auto& [name, found] : answer.results)
    out.results.emplace_back(std::move(name), std::get<QueryResult>(std::move(found)));
  if (question.compare) {
    out.compare = shown(*question.compare);
    out.compare->until = text_of(answer.compare_until);
  }
  if (question.include.first_day)
    out.first_day.emplace(answer.first_day ? std::optional(date_text(*answer.first_day)) : std::nullopt);
  if (question.include.live_visitors) out.live_visitors = answer.live_visitors;
  if (answer.meta)
    out.meta = ShownMeta{.zone = site.zone->name(),
                         .first_weekday = site.first_weekday.value_or(1),
                         .attribution = "first_of_visit",
                         .partial = answer.meta->partial,
                         .hidden_visits = answer.meta->hidden_visits,
                         .imported = {},
                         .applied_offset = answer.meta->applied_offset};
  if (question.include.machine_visits) out.machine_visits = answer.machine_visits;
  return out;
}

http::Response unanswered(const Error& error, std::string_view route) {
  constexpr auto kForm = http::ProblemForm::json;
  switch (error.code) {
    case Code::too_large:
      return http::problem(kForm, 422, "too_large", error.message);
    case Code::internal:
      break;
    default:
      return http::problem(kForm, error);
  }
  switch (db::cause_of(error)) {
    case db::DuckCause::damage:
      return http::failure(kForm, 500, "damaged",
                           "Rows that this question needs are damaged on the server's disk; other periods can be asked",
                           error.message, route);
    case db::DuckCause::disk_full:
      return http::failure(kForm, 503, "unavailable", "The question needs room on the server's disk, which is full",
                           error.message, route);
    default:
      return http::failure(kForm, 500, "internal", "The question could not be answered", error.message, route);
  }
}

}  // namespace hk::query
