#include "store/properties.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "json/reader.h"

namespace hk::store {
namespace {

constexpr std::size_t kDecimals = 3;
/// Digits before the point: so that a sum over all events of an instance fits into what DuckDB adds up in.
constexpr std::size_t kMostDigits = 12;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<std::int64_t> thousandths_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  std::string_view rest = text.substr(whole.size());
  const bool point = !rest.empty();
  if (point) rest.remove_prefix(1);
  if (whole.empty() || whole.size() > kMostDigits || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
  if (point && (rest.empty() || rest.size() > kDecimals)) return std::nullopt;
  if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(rest, is_digit)) return std::nullopt;
  std::string digits(whole);
  (digits += rest).append(kDecimals - rest.size(), '0');
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (negative && number == 0) return std::nullopt;
  return negative ? -number : number;
}

std::string text_of_thousandths(std::int64_t number) {
  const std::uint64_t size = number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  std::string out = (number < 0 ? "-" : "") + std::to_string(size / 1000);
  if (const auto rest = size % 1000; rest != 0) {
    std::string decimals = std::to_string(1000 + rest).substr(1);
    decimals.resize(decimals.find_last_not_of('0') + 1);
    out += "." + decimals;
  }
  return out;
}

std::vector<Property> properties_of(std::string_view json) {
  std::vector<Property> out;
  if (json.empty()) return out;
  auto value = json::parse(json);
  if (!value || value->kind() != json::Value::Kind::object) return out;
  json::Object object(*value);
  for (const std::string& key : object.keys()) {
    const auto one = object.opt_value(key);
    if (!one || one->kind() == json::Value::Kind::null || key.empty()) continue;
    if (std::ranges::find(out, key, &Property::key) != out.end()) continue;
    Property property{.key = key, .text = {}, .number = {}};
    if (one->kind() == json::Value::Kind::string)
      property.text = one->text();
    else
      property.text = one->str();
    if (one->kind() == json::Value::Kind::number) property.number = thousandths_of(property.text);
    if (property.number) property.text.clear();
    if (property.number || !property.text.empty()) out.push_back(std::move(property));
  }
  return out;
}

}  // namespace hk::store
