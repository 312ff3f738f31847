#pragma once
// What a struct looks like as JSON, said once beside it; reading with every complaint (body.h), writing and schemas
// come from it:
//
//   constexpr auto shape(json::Of<Owner>) {
//     return json::shape("Owner", json::field("owner_email", &Owner::email, json::StrRule{.required = true}));
//   }

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "json/of.h"
#include "json/reader.h"
#include "json/writer.h"

namespace hk::json {

/// Brings a text into the form that is kept, or says what is wrong with it. The error's message becomes the complaint.
using Check = Result<void> (*)(std::string& text);

/// A text that is more than its length.
struct TextRule {
  StrRule length = {};
  Check check = nullptr;
  bool needed = false;  // for descriptions: an empty one is refused, if not by its length
};
/// Of an answer: an empty value is left out, instead of being null, "", [] or false.
struct LeftOut {};
/// A text of an answer that is one of these.
template <std::size_t N>
struct OneOf {
  std::array<std::string_view, N> names;
};
template <class... Names>
constexpr OneOf<sizeof...(Names)> one_of(Names... names) {
  return {{std::string_view(names)...}};
}
/// Of a request: it must be there.
struct Required {};
struct NoRule {};
/// One of the names of an enum, where a body says it.
struct Choice {
  bool required = false;
};
inline constexpr std::size_t kMaxNameOfChoice = 100;  // characters

/// An object whose keys are data, in the order of the answer.
template <class T>
using Entries = std::vector<std::pair<std::string, T>>;

template <class T, class Member, class Rule>
struct Field {
  std::string_view name;
  Member T::* member;
  Rule rule;
};
template <class T, class Member, class Rule = NoRule>
constexpr Field<T, Member, Rule> field(std::string_view name, Member T::* member, Rule rule = {}) {
  return {name, member, rule};
}

template <class... Fields>
struct Shape {
  std::string_view name;  // in descriptions; one struct, one name
  std::tuple<Fields...> fields;
  bool open = true;  // fields that it does not name are skipped, else refused

  constexpr Shape closed() const { return {name, fields, false}; }
};
template <class... Fields>
constexpr Shape<Fields...> shape(std::string_view name, Fields... fields) {
  return {name, {fields...}};
}

template <class T>
concept Shaped = requires { shape(Of<T>{}); };
/// An enum with names(Of<E>), an array of all names in the order of its values.
template <class T>
concept Named = std::is_enum_v<T> && requires { names(Of<T>{}); };

template <Named T>
constexpr std::string_view name_of(T value) {
  return names(Of<T>{})[static_cast<std::size_t>(value)];
}

namespace detail {

template <class T>
struct Inside {
  static constexpr bool optional = false, vector = false, entries = false;
};
template <class T>
struct Inside<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true, vector = false, entries = false;
};
template <class T>
struct Inside<std::vector<T>> {
  using type = T;
  static constexpr bool optional = false, vector = true, entries = false;
};
template <class T>
struct Inside<Entries<T>> {
  using type = T;
  static constexpr bool optional = false, vector = false, entries = true;
};

template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

template <class T>
bool empty(const T& value) {
  if constexpr (Inside<T>::optional || std::same_as<T, bool>) {
    return !value;
  } else {
    return value.empty();
  }
}

}  // namespace detail

/// Writes whatever has a shape or names, containers of it, and what the writer knows.
template <class T>
void write(Writer& out, const T& value) {
  using Inside = detail::Inside<T>;
  if constexpr (Shaped<T>) {
    out.begin_object();
    const auto one = [&]<class C, class Member, class Rule>(const Field<C, Member, Rule>& field) {
      if constexpr (std::same_as<Rule, LeftOut>)
        if (detail::empty(value.*field.member)) return;
      out.key(field.name);
      write(out, value.*field.member);
    };
    std::apply([&](const auto&... fields) { (one(fields), ...); }, shape(Of<T>{}).fields);
    out.end_object();
  } else if constexpr (Named<T>) {
    out.value(name_of(value));
  } else if constexpr (detail::is_variant<T>) {
    std::visit([&](const auto& one) { write(out, one); }, value);
  } else if constexpr (Inside::optional) {
    if (value) {
      write(out, *value);
    } else {
      out.value(nullptr);
    }
  } else if constexpr (Inside::vector) {
    out.begin_array();
    for (const auto& element : value) write(out, element);
    out.end_array();
  } else if constexpr (Inside::entries) {
    out.begin_object();
    for (const auto& [key, element] : value) {
      out.key(key);
      write(out, element);
    }
    out.end_object();
  } else {
    out.value(value);
  }
}

template <class T>
std::string text_of(const T& value) {
  Writer out;
  write(out, value);
  return out.take();
}

}  // namespace hk::json
