#pragma once
// Writes JSON front to back into one string; there is no tree in between, so an answer costs its own size.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace hk::json {

/// begin_object / key / value / end_object in the right order is the caller's job and asserted. Numbers are the
/// shortest that read back the same; NaN and infinities become null; instants are RFC 3339 with milliseconds and Z;
/// invalid UTF-8 is replaced by U+FFFD.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(const std::string& text) { return value(std::string_view(text)); }
  Writer& value(std::same_as<bool> auto flag) { return boolean(flag); }
  Writer& value(std::nullptr_t);
  Writer& value(double number);
  Writer& value(std::signed_integral auto number) { return integer(static_cast<std::int64_t>(number)); }
  Writer& value(std::unsigned_integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return whole(static_cast<std::uint64_t>(number));
  }
  Writer& value(TimeMs time);
  Writer& value(const Uuid& id) { return value(id.str()); }
  template <class Tag>
  Writer& value(const Id<Tag>& id) {
    return value(id.str());
  }
  template <class T>
  Writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : value(nullptr);
  }
  /// A complete JSON text that is known to be valid.
  Writer& raw(std::string_view json);

  /// key + value.
  template <class T>
  Writer& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  /// The text; the outermost value must be complete. The writer is empty afterwards.
  std::string take();

 private:
  Writer& boolean(bool flag);
  Writer& integer(std::int64_t number);
  Writer& whole(std::uint64_t number);
  void before_value();
  void begin(char bracket);
  void end(char bracket);

  std::string out_;
  std::vector<char> open_;  // brackets to close
  bool comma_ = false;      // something stands before the next element
  bool after_key_ = false;
};

}  // namespace hk::json
