#pragma once
// Reads request bodies field by field and collects every complaint, so that a caller learns all of them at once.
// No Boost type crosses this line.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hk::json {

/// Deepest nesting of objects and arrays that parse() accepts.
inline constexpr std::size_t kMaxDepth = 32;

/// A node of a parsed document. Cheap to copy; keeps the whole document alive. Immutable, so threads may share it.
class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind() const;
  /// Valid as long as any Value of the document lives. Empty unless kind() is string.
  std::string_view text() const;
  /// Compact JSON of this node: keys in the order sent, shortest numbers.
  std::string str() const;

 private:
  friend class Object;
  friend Result<Value> parse(std::string_view);
  Value(std::shared_ptr<const void> document, const void* node) : document_(std::move(document)), node_(node) {}
  std::shared_ptr<const void> document_;
  const void* node_;
};

/// Parses one strict JSON text. Code::invalid on syntax errors, nesting beyond kMaxDepth, invalid UTF-8, and U+0000 in
/// any string or key. Of duplicate keys the last counts. The size limit is http's.
Result<Value> parse(std::string_view text);

struct StrRule {
  std::size_t max = 65'536;  // characters
  std::size_t min = 0;       // characters
  bool required = false;     // must be there and not null
  bool trim = false;         // blanks at both ends go before the length is looked at
};
struct IntRule {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool required = false;
};
struct NumberRule {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
  bool required = false;
};
struct ArrayRule {
  std::size_t max = 1'000;  // elements
  bool required = false;
};

/// One complaint: `field` is the dotted path ("filters.0.values"), `problem` what is wrong and what would be right.
struct FieldError {
  std::string field;
  std::string problem;
};

/// The fields of one JSON object. Reading a field never fails: a wrong one adds a complaint and yields the fallback;
/// ask finish() before using anything. Nested objects complain to the same list. null counts as absent. One thread at a
/// time.
class Object {
 public:
  /// A value that isn't an object is a complaint, and then has no fields.
  explicit Object(Value value);

  bool has(std::string_view name) const;

  std::string str(std::string_view name, StrRule rule = {});  // "" when absent
  std::optional<std::string> opt_str(std::string_view name, StrRule rule = {});
  std::int64_t integer(std::string_view name, IntRule rule = {}, std::int64_t fallback = 0);
  std::optional<std::int64_t> opt_int(std::string_view name, IntRule rule = {});
  std::optional<double> opt_number(std::string_view name, NumberRule rule = {});
  bool boolean(std::string_view name, bool fallback = false);
  std::optional<bool> opt_bool(std::string_view name);
  /// The node as it is, for callers that keep JSON; nullopt when absent.
  std::optional<Value> opt_value(std::string_view name);

  std::optional<Object> object(std::string_view name, bool required = false);
  /// The elements; each must be an object, or a string within `each`.
  std::vector<Object> objects(std::string_view name, ArrayRule rule = {});
  std::vector<std::string> strings(std::string_view name, ArrayRule rule = {}, StrRule each = {});
  std::vector<Value> array(std::string_view name, ArrayRule rule = {});
  /// Every key, in the order sent.
  std::vector<std::string> keys() const;

  /// A complaint of the caller's own about a field of this object.
  void refuse(std::string_view name, std::string problem);
  /// Complains about every field that nobody asked for so far. Call after reading.
  void refuse_unknown_fields();

  const std::vector<FieldError>& errors() const { return *errors_; }
  /// All complaints as one Error with Code::invalid; `field` is that of the first.
  Result<void> finish() const;

 private:
  Object(Value value, std::string path, std::shared_ptr<std::vector<FieldError>> errors);
  const void* find(std::string_view name, bool required);
  std::string path_of(std::string_view name) const;
  std::optional<std::string> check_text(std::string_view text, std::string path, const StrRule& rule);

  Value value_;
  std::string path_;
  std::shared_ptr<std::vector<FieldError>> errors_;
  std::vector<bool> seen_;  // by position in the object
};

}  // namespace hk::json
