#pragma once
// Structured logging to stderr, as text or JSON lines. IPs, user agents and secrets never go in.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace hk::logging {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { text, json };

/// One attribute of a line.
struct Attr {
  std::string_view key;
  std::variant<std::string, std::int64_t, double, bool> value;

  Attr(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Attr(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Attr(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Attr(std::string_view k, double v) : key(k), value(v) {}
  Attr(std::string_view k, std::same_as<bool> auto v) : key(k), value(v) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Attr(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

/// Sets level and format for the process. Call once, before threads start.
void configure(Level level, Format format);

/// Writes one line with one write(2) call; safe from every thread.
void write(Level level, std::string_view message, std::initializer_list<Attr> attrs = {});

inline void debug(std::string_view m, std::initializer_list<Attr> a = {}) {
  write(Level::debug, m, a);
}
inline void info(std::string_view m, std::initializer_list<Attr> a = {}) {
  write(Level::info, m, a);
}
inline void warn(std::string_view m, std::initializer_list<Attr> a = {}) {
  write(Level::warn, m, a);
}
inline void error(std::string_view m, std::initializer_list<Attr> a = {}) {
  write(Level::error, m, a);
}

/// The line without writing it (no trailing newline): what tests look at.
std::string render(Level level, Format format, std::int64_t unix_ms, std::string_view message,
                   std::initializer_list<Attr> attrs);

}  // namespace hk::logging
