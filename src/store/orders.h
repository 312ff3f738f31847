#pragma once
// What an event says was bought, line by line (docs/storage.md, section "Orders").

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hk::store {

/// Lines of one order that are kept; those behind them are not.
inline constexpr std::size_t kMaxOrderItems = 100;
/// Bytes of an item's name, its category and a currency.
inline constexpr std::size_t kMaxItemBytes = 128;
/// Above, a quantity counts as this.
inline constexpr std::uint32_t kMaxQuantity = 1'000'000;

struct OrderItem {
  std::string item;      // its name, or its id where it has none
  std::string category;  // empty: none
  std::string currency;
  std::uint32_t quantity = 1;
  std::int64_t amount = 0;  // thousandths of the currency: price by quantity

  bool operator==(const OrderItem&) const = default;
};

/// Whether an event of this name is an order: "purchase", or "order_completed" as older pages call it.
bool is_order(std::string_view event_name);

/// The lines of `items` of an order's properties, or the one that the properties themselves name. Fields have the
/// original's names (item_id or product_id, item_name or product_name, item_category, price or value or amount,
/// quantity); numbers are numbers. A line without a name and an id is none.
std::vector<OrderItem> items_of(std::string_view event_name, std::string_view json);

}  // namespace hk::store
