#include "query/respond.h"

#include "db/duck.h"
#include "http/problem.h"
#include "json/writer.h"
#include "query/dates.h"

namespace hk::query {
namespace {

void write_range(json::Writer& out, std::string_view name, const std::optional<Range>& range,
                 const std::optional<LocalTime>& until = {}) {
  out.key(name);
  if (!range) {
    out.value(nullptr);
    return;
  }
  out.begin_object();
  if (const auto* days = std::get_if<DayRange>(&*range)) {
    out.field("from", date_text(days->first)).field("to", date_text(days->last));
  } else {
    const auto& instants = std::get<InstantRange>(*range);
    out.field("from", instants.from).field("to", instants.to);
  }
  if (until) out.field("until", local_text(until->at, until->offset));
  out.end_object();
}

template <class T>
void write_array(json::Writer& out, std::string_view name, const std::vector<T>& values) {
  out.key(name).begin_array();
  for (const T& value : values) out.value(value);
  out.end_array();
}

void write_result(json::Writer& out, const Query& query, const QueryResult& result) {
  out.begin_object().key("rows").begin_array();
  for (const Row& row : result.rows) {
    out.begin_object();
    write_array(out, "dimensions", row.dimensions);
    write_array(out, "metrics", row.metrics);
    if (query.compare) write_array(out, "compare", row.compare);
    if (row.partial) out.field("partial", true);
    out.end_object();
  }
  out.end_array().field("more", result.more).end_object();
}

}  // namespace

std::string answer_json(const site::Site& site, const Question& question, const Answer& answer) {
  json::Writer out;
  out.begin_object();
  out.field("site_id", site.id).field("zone", site.zone->name()).field("now", answer.now);
  write_range(out, "range", question.range);
  write_range(out, "compare", question.compare, answer.compare_until);
  out.key("first_day");
  if (answer.first_day) {
    out.value(date_text(*answer.first_day));
  } else {
    out.value(nullptr);
  }
  if (answer.applied_until)
    out.field("applied_until", local_text(answer.applied_until->at, answer.applied_until->offset));
  out.field("live_visitors", answer.live_visitors);
  out.key("results").begin_object();
  for (std::size_t i = 0; i < answer.results.size(); ++i) {
    out.key(answer.results[i].first);
    write_result(out, question.queries[i].second, answer.results[i].second);
  }
  out.end_object().end_object();
  return out.take();
}

http::Response unanswered(const Error& error, std::string_view route) {
  constexpr auto kForm = http::ProblemForm::json;
  switch (error.code) {
    case Code::too_large:
      return http::problem(kForm, 422, "too_large", error.message);
    case Code::internal:
    case Code::unavailable:
    case Code::conflict:
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
