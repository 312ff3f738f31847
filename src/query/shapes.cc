#include "query/shapes.h"

#include <array>
#include <ranges>
#include <string_view>

#include "json/writer.h"

namespace hk::query {
namespace {

json::Writer& text(json::Writer& out) {
  return out.begin_object().field("type", "string");
}

/// A text that is one of the names.
template <class Names>
void one_of(json::Writer& out, const Names& names) {
  text(out).key("enum").begin_array();
  for (auto&& name : names) out.value(std::string_view(name));
  out.end_array().end_object();
}

auto dimensions() {
  return kAllDimensions | std::views::transform([](Dimension::Kind dimension) { return name_of(dimension); });
}

/// A name of the table, whose rows are asked, or a name that a site gave to what it tells with its events.
std::string dimension_schema() {
  json::Writer out;
  out.begin_object().key("anyOf").begin_array();
  std::vector<std::string> names;
  for (std::string name : dimensions()) names.push_back(std::move(name));
  names.emplace_back("visitor_kind");
  one_of(out, names);
  text(out).field("pattern", "^property:.").end_object();
  text(out).field("pattern", "^page_property:.").end_object();
  out.end_array().end_object();
  return out.take();
}

auto metrics() {
  return kMetricFacts | std::views::transform(&MetricFacts::name);
}

/// {"type": "array", "maxItems": …, "items": …}
template <class Items>
void array(json::Writer& out, std::size_t max, Items items) {
  out.begin_object().field("type", "array").field("maxItems", max).key("items");
  items();
  out.end_object();
}

template <class... Names>
void end_fields(json::Writer& out, Names... required) {
  out.end_object().key("required").begin_array();
  (out.value(required), ...);
  out.end_array().field("additionalProperties", false).end_object();
}

json::Writer& begin_fields(json::Writer& out) {
  return out.begin_object().field("type", "object").key("properties").begin_object();
}

void ref(json::Writer& out, std::string_view name) {
  out.begin_object().field("$ref", "#/components/schemas/" + std::string(name)).end_object();
}

std::string filter_schema() {
  json::Writer out;
  begin_fields(out);
  ref(out.key("dimension"), "Dimension");
  one_of(out.key("op"), kOperatorNames);
  array(out.key("values"), kMaxFilterValues, [&] { text(out).field("maxLength", kMaxFilterChars).end_object(); });
  end_fields(out, "dimension", "op", "values");
  return out.take();
}

/// A test, or tests put together.
std::string predicate_schema() {
  json::Writer out;
  out.begin_object().key("anyOf").begin_array();
  ref(out, "Filter");
  for (const auto* junction : {"and", "or"}) {
    begin_fields(out);
    array(out.key(junction), kMaxFilters, [&] { ref(out, "Predicate"); });
    end_fields(out, junction);
  }
  begin_fields(out);
  ref(out.key("not"), "Predicate");
  end_fields(out, "not");
  for (const auto* done : {"has_done", "has_not_done"}) {
    begin_fields(out);
    array(out.key(done), kMaxFilters, [&] { ref(out, "Predicate"); });
    one_of(out.key("within"), std::array{"visit", "day"});
    end_fields(out, done);
  }
  out.end_array().end_object();
  return out.take();
}

std::string order_schema() {
  json::Writer out;
  begin_fields(out);
  text(out.key("by")).end_object();
  one_of(out.key("direction"), std::array{"desc", "asc"});
  end_fields(out, "by");
  return out.take();
}

std::string query_schema() {
  json::Writer out;
  begin_fields(out);
  array(out.key("metrics"), kMetrics, [&] { one_of(out, metrics()); });
  array(out.key("dimensions"), kMaxDimensions, [&] { ref(out, "Dimension"); });
  text(out.key("number")).field("maxLength", kMaxPropertyChars).end_object();
  out.key("share").begin_object().field("type", "boolean").end_object();
  array(out.key("filters"), kMaxFilters, [&] { ref(out, "Predicate"); });
  array(out.key("order"), kMaxOrder, [&] { ref(out, "Order"); });
  out.key("compare").begin_object().field("type", "boolean").end_object();
  out.key("limit").begin_object().field("type", "integer").field("minimum", 1).field("maximum", kMaxRows).end_object();
  end_fields(out, "metrics");
  return out.take();
}

/// A name such as "28d" or "previous", or from and to.
void period(json::Writer& out, bool maybe_none) {
  out.begin_object().key("anyOf").begin_array();
  text(out).end_object();
  ref(out, "ExplicitRange");
  if (maybe_none) out.begin_object().field("type", "null").end_object();
  out.end_array().end_object();
}

}  // namespace

std::string question_schema(json::Schemas& named) {
  json::Writer out;
  begin_fields(out);
  text(out.key("from")).end_object();
  text(out.key("to")).end_object();
  end_fields(out, "from", "to");
  named["ExplicitRange"] = out.take();
  named["Dimension"] = dimension_schema();
  named["Filter"] = filter_schema();
  named["Predicate"] = predicate_schema();
  named["Order"] = order_schema();
  named["Query"] = query_schema();

  begin_fields(out);
  period(out.key("range"), false);
  period(out.key("compare"), true);
  out.key("match_weekdays").begin_object().field("type", "boolean").end_object();
  array(out.key("filters"), kMaxFilters, [&] { ref(out, "Predicate"); });
  array(out.key("include"), kIncludes.size(), [&] { one_of(out, kIncludes | std::views::transform(&Included::name)); });
  out.key("machines").begin_object().field("type", "boolean").end_object();
  out.key("queries").begin_object().field("type", "object").field("maxProperties", kMaxQueries);
  ref(out.key("additionalProperties"), "Query");
  out.end_object();
  end_fields(out, "range", "queries");
  named["Question"] = out.take();
  ref(out, "Question");
  return out.take();
}

}  // namespace hk::query
