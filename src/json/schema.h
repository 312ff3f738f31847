#pragma once
// JSON Schema (2020-12, as OpenAPI 3.1 uses it) of structs that have a shape (shape.h).

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "json/shape.h"

namespace hk::json {

/// The schemas that have a name, as JSON texts; others refer to them.
using Schemas = std::map<std::string, std::string, std::less<>>;

/// Whether a struct is what a client sends, or what it gets: then every field is there that is not left out.
enum class Direction : std::uint8_t { request, response };

/// The schema of a type: a reference where it has a name, which is then in `named`.
using Schema = std::string (*)(Schemas& named);

namespace detail {

template <class T, Direction D, class Rule>
void write_schema(Writer& out, const Rule& rule, Schemas& named);

inline void text_limits(Writer& out, const StrRule& rule) {
  if (rule.min > 0) out.field("minLength", rule.min);
  out.field("maxLength", rule.max);
}
inline void limits(Writer& out, const StrRule& rule) {
  text_limits(out, rule);
}
inline void limits(Writer& out, const TextRule& rule) {
  text_limits(out, rule.length);
}
inline void limits(Writer& out, const IntRule& rule) {
  if (rule.min != IntRule{}.min) out.field("minimum", rule.min);
  if (rule.max != IntRule{}.max) out.field("maximum", rule.max);
}
inline void limits(Writer& out, const ArrayRule& rule) {
  out.field("maxItems", rule.max);
}
template <std::size_t N>
void limits(Writer& out, const OneOf<N>& rule) {
  out.key("enum").begin_array();
  for (const std::string_view name : rule.names) out.value(name);
  out.end_array();
}
inline void limits(Writer&, NoRule) {}
inline void limits(Writer&, Choice) {}
inline void limits(Writer&, LeftOut) {}
inline void limits(Writer&, Required) {}

constexpr bool required(const StrRule& rule) {
  return rule.required;
}
constexpr bool required(const TextRule& rule) {
  return rule.length.required || rule.needed;
}
constexpr bool required(const IntRule& rule) {
  return rule.required;
}
constexpr bool required(const Choice& rule) {
  return rule.required;
}
constexpr bool required(const ArrayRule& rule) {
  return rule.required;
}
constexpr bool required(Required) {
  return true;
}
template <class Rule>
constexpr bool required(const Rule&) {
  return false;
}

/// The name of a JSON type, or of nothing that is one word.
template <class T>
constexpr std::string_view type_name() {
  if constexpr (std::same_as<T, bool>) {
    return "boolean";
  } else if constexpr (std::integral<T>) {
    return "integer";
  } else if constexpr (std::floating_point<T>) {
    return "number";
  } else {
    return "string";
  }
}
template <class T>
constexpr std::string_view format_of() {
  if constexpr (std::same_as<T, TimeMs>) return "date-time";
  if constexpr (requires(const T& id) { id.uuid; }) return "uuid";
  if constexpr (std::same_as<T, Secret<std::string>>) return "password";
  return "";
}

template <class T, Direction D>
std::string shape_schema(Schemas& named) {
  constexpr auto kShape = shape(Of<T>{});
  Writer out;
  out.begin_object().field("type", "object").key("properties").begin_object();
  std::apply(
      [&](const auto&... fields) {
        const auto one = [&]<class C, class Member, class Rule>(const Field<C, Member, Rule>& field) {
          out.key(field.name);
          write_schema<Member, D>(out, field.rule, named);
        };
        (one(fields), ...);
      },
      kShape.fields);
  out.end_object().key("required").begin_array();
  std::apply(
      [&](const auto&... fields) {
        const auto one = [&]<class C, class Member, class Rule>(const Field<C, Member, Rule>& field) {
          const bool there = D == Direction::response ? !std::same_as<Rule, LeftOut> : required(field.rule);
          if (there) out.value(field.name);
        };
        (one(fields), ...);
      },
      kShape.fields);
  out.end_array();
  if (D == Direction::request && !kShape.open) out.field("additionalProperties", false);
  out.end_object();
  return out.take();
}

template <class T, Direction D, class Rule>
void write_schema(Writer& out, const Rule& rule, Schemas& named) {
  using Inside = detail::Inside<T>;
  if constexpr (Shaped<T>) {
    const std::string name(shape(Of<T>{}).name);
    if (!named.contains(name)) {
      named[name];  // what refers to itself ends here
      named[name] = shape_schema<T, D>(named);
    }
    out.begin_object().field("$ref", "#/components/schemas/" + name).end_object();
  } else if constexpr (Named<T>) {
    out.begin_object().field("type", "string").key("enum").begin_array();
    for (const std::string_view name : names(Of<T>{})) out.value(name);
    out.end_array().end_object();
  } else if constexpr (detail::is_variant<T>) {
    out.begin_object().key("anyOf").begin_array();
    [&]<class... One>(const std::variant<One...>*) {
      (write_schema<One, D>(out, NoRule{}, named), ...);
    }(static_cast<const T*>(nullptr));
    out.end_array().end_object();
  } else if constexpr (Inside::optional) {
    // Of a request null counts as absent; of an answer a field that is left out is never null.
    if constexpr (D == Direction::response && std::same_as<Rule, LeftOut>) {
      write_schema<typename Inside::type, D>(out, NoRule{}, named);
    } else {
      out.begin_object().key("anyOf").begin_array();
      write_schema<typename Inside::type, D>(out, rule, named);
      out.begin_object().field("type", "null").end_object().end_array().end_object();
    }
  } else if constexpr (Inside::vector) {
    out.begin_object().field("type", "array");
    limits(out, rule);
    out.key("items");
    write_schema<typename Inside::type, D>(out, NoRule{}, named);
    out.end_object();
  } else if constexpr (Inside::entries) {
    out.begin_object().field("type", "object").key("additionalProperties");
    write_schema<typename Inside::type, D>(out, NoRule{}, named);
    out.end_object();
  } else {
    out.begin_object().field("type", type_name<T>());
    if constexpr (!format_of<T>().empty()) out.field("format", format_of<T>());
    limits(out, rule);
    out.end_object();
  }
}

}  // namespace detail

template <class T, Direction D>
std::string schema_of(Schemas& named) {
  Writer out;
  detail::write_schema<T, D>(out, NoRule{}, named);
  return out.take();
}

}  // namespace hk::json
