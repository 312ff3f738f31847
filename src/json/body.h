#pragma once
// A request's body as a struct that has a shape (shape.h).

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "json/shape.h"

namespace hk::json {

template <Shaped T>
T read(Object& object);

namespace detail {

inline void check(Object& object, std::string_view name, std::string& text, Check check, std::size_t before) {
  if (!check || object.errors().size() > before) return;
  if (auto fine = check(text); !fine) object.refuse(name, fine.error().message);
}

inline std::string read_text(Object& object, std::string_view name, const StrRule& rule) {
  return object.str(name, rule);
}
inline std::string read_text(Object& object, std::string_view name, const TextRule& rule) {
  const std::size_t before = object.errors().size();
  std::string text = object.str(name, rule.length);
  check(object, name, text, rule.check, before);
  return text;
}
inline std::string read_text(Object& object, std::string_view name, NoRule) {
  return object.str(name);
}

template <class Rule>
void read_field(Object& object, std::string_view name, std::string& out, const Rule& rule) {
  out = read_text(object, name, rule);
}
template <class Rule>
void read_field(Object& object, std::string_view name, Secret<std::string>& out, const Rule& rule) {
  out = Secret<std::string>(read_text(object, name, rule));
}
/// One of the names of an enum; `out` stays where it is absent and need not be there.
template <Named T>
void read_field(Object& object, std::string_view name, T& out, Choice rule) {
  const bool there = object.has(name);
  const std::string text = object.str(name, {.max = kMaxNameOfChoice, .required = rule.required});
  if (!there) return;
  constexpr auto kNames = names(Of<T>{});
  const auto at = std::ranges::find(kNames, text);
  if (at != kNames.end()) {
    out = static_cast<T>(at - kNames.begin());
    return;
  }
  std::string all;
  for (const std::string_view one : kNames) all.append(all.empty() ? "" : ", ").append(one);
  object.refuse(name, "must be one of " + all);
}
template <Named T>
void read_field(Object& object, std::string_view name, std::optional<T>& out, Choice rule) {
  if (!object.has(name)) return;
  T value{};
  read_field(object, name, value, rule);
  out = value;
}
inline void read_field(Object& object, std::string_view name, std::optional<std::string>& out, const TextRule& rule) {
  if (object.has(name)) out = read_text(object, name, rule);
}
inline void read_field(Object& object, std::string_view name, std::optional<std::string>& out, const StrRule& rule) {
  out = object.opt_str(name, rule);
}
inline void read_field(Object& object, std::string_view name, std::int64_t& out, const IntRule& rule) {
  out = object.integer(name, rule, out);
}
inline void read_field(Object& object, std::string_view name, std::optional<std::int64_t>& out, const IntRule& rule) {
  out = object.opt_int(name, rule);
}
inline void read_field(Object& object, std::string_view name, bool& out, NoRule) {
  out = object.boolean(name, out);
}
inline void read_field(Object& object, std::string_view name, std::optional<bool>& out, NoRule) {
  out = object.opt_bool(name);
}
inline void read_field(Object& object, std::string_view name, std::optional<std::vector<std::string>>& out,
                       const ArrayRule& rule) {
  const bool there = object.has(name);
  auto texts = object.strings(name, rule);
  if (there) out = std::move(texts);
}
inline void read_field(Object& object, std::string_view name, std::optional<TimeMs>& out, NoRule) {
  const auto text = object.opt_str(name);
  if (!text) return;
  out = parse_instant(*text);
  if (!out) object.refuse(name, R"(must be an instant as "2026-10-26T08:00:00Z")");
}
template <class Tag>
void read_field(Object& object, std::string_view name, Id<Tag>& out, Required) {
  const auto id = Id<Tag>::parse(object.str(name));
  if (id) out = *id;
  if (!id) object.refuse(name, "must be a UUID");
}
/// nullopt, with a complaint, where it is none of the enum's names.
template <Named T>
std::optional<T> value_named(Object& object, std::string_view field, std::string_view text) {
  constexpr auto kNames = names(Of<T>{});
  std::string all;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<T>(i);
    all += (i == 0 ? "" : ", ") + std::string(kNames[i]);
  }
  object.refuse(field, "must be one of " + all);
  return std::nullopt;
}
template <Named T>
void read_field(Object& object, std::string_view name, std::optional<T>& out, NoRule) {
  if (const auto text = object.opt_str(name)) out = value_named<T>(object, name, *text);
}
template <Named T>
void read_field(Object& object, std::string_view name, std::optional<std::vector<T>>& out, const ArrayRule& rule) {
  const bool there = object.has(name);
  const auto texts = object.strings(name, rule);
  if (there) out.emplace();
  for (const std::string& text : texts)
    if (const auto value = value_named<T>(object, name, text)) out->push_back(*value);
}
template <Shaped T>
void read_field(Object& object, std::string_view name, T& out, Required) {
  if (auto inner = object.object(name, true)) out = read<T>(*inner);
}
template <Shaped T>
void read_field(Object& object, std::string_view name, std::optional<T>& out, NoRule) {
  if (auto inner = object.object(name)) out = read<T>(*inner);
}
template <Shaped T>
void read_field(Object& object, std::string_view name, std::optional<std::vector<T>>& out, const ArrayRule& rule) {
  const bool there = object.has(name);
  auto elements = object.objects(name, rule);
  if (there) out.emplace();
  for (Object& element : elements) out->push_back(read<T>(element));
}

}  // namespace detail

/// Reads the fields of one object; its complaints are in `object.errors()`.
template <Shaped T>
T read(Object& object) {
  T out;
  constexpr auto kShape = shape(Of<T>{});
  std::apply(
      [&](const auto&... fields) { (detail::read_field(object, fields.name, out.*fields.member, fields.rule), ...); },
      kShape.fields);
  if (!kShape.open) object.refuse_unknown_fields();
  return out;
}

/// Parses a body. Code::invalid with every complaint.
template <Shaped T>
Result<T> read(std::string_view body) {
  const auto document = parse(body);
  if (!document) return std::unexpected(document.error());
  Object object(*document);
  T out = read<T>(object);
  if (auto fine = object.finish(); !fine) return std::unexpected(fine.error());
  return out;
}

}  // namespace hk::json
