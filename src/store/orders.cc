#include "store/orders.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "base/text.h"
#include "json/reader.h"
#include "store/properties.h"

namespace hk::store {
namespace {

constexpr std::array<std::string_view, 2> kOrders = {"purchase", "order_completed"};

/// The first of these fields that is a text, or a number as one.
std::string text_of(json::Object& from, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto value = from.opt_value(name);
    if (!value) continue;
    const bool text = value->kind() == json::Value::Kind::string;
    if (!text && value->kind() != json::Value::Kind::number) continue;
    const std::string whole = text ? std::string(value->text()) : value->str();
    const std::string_view trimmed = trim(whole);
    if (!trimmed.empty()) return std::string(utf8_prefix(trimmed, kMaxItemBytes));
  }
  return {};
}

/// The first of these fields that is a number which thousandths hold.
std::optional<std::int64_t> number_of(json::Object& from, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto value = from.opt_value(name);
    if (!value || value->kind() != json::Value::Kind::number) continue;
    if (const auto number = thousandths_of(value->str())) return number;
  }
  return std::nullopt;
}

void add_line(json::Object from, const std::string& currency, std::vector<OrderItem>& to) {
  OrderItem line{.item = text_of(from, {"item_name", "product_name", "item_id", "product_id"}),
                 .category = text_of(from, {"item_category", "category"}),
                 .currency = currency};
  if (line.item.empty()) return;
  const std::int64_t pieces = number_of(from, {"quantity"}).value_or(1'000) / 1'000;
  line.quantity = static_cast<std::uint32_t>(std::clamp<std::int64_t>(pieces, 1, kMaxQuantity));
  // A price has 15 digits at most: the product of the two may not fit.
  const std::int64_t price = number_of(from, {"price", "value", "amount"}).value_or(0);
  if (__builtin_mul_overflow(price, std::int64_t{line.quantity}, &line.amount)) line.amount = price;
  to.push_back(std::move(line));
}

}  // namespace

bool is_order(std::string_view event_name) {
  return std::ranges::find(kOrders, event_name) != kOrders.end();
}

std::vector<OrderItem> items_of(std::string_view event_name, std::string_view json) {
  std::vector<OrderItem> out;
  if (!is_order(event_name) || json.empty()) return out;
  const auto parsed = json::parse(json);
  if (!parsed || parsed->kind() != json::Value::Kind::object) return out;
  json::Object order(*parsed);
  const std::string currency = text_of(order, {"currency"});
  const auto items = order.opt_value("items");
  if (!items || items->kind() != json::Value::Kind::array) {
    add_line(json::Object(*parsed), currency, out);
    return out;
  }
  // Each has a byte at least.
  for (const json::Value& item : order.array("items", {.max = json.size()})) {
    if (out.size() == kMaxOrderItems) break;
    if (item.kind() == json::Value::Kind::object) add_line(json::Object(item), currency, out);
  }
  return out;
}

}  // namespace hk::store
