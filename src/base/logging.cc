#include "base/logging.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"

namespace hk::logging {
namespace {

std::atomic<Level> level_in_use{Level::info};
std::atomic<Format> format_in_use{Format::text};

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

template <class N>
void append_number(std::string& out, N value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

/// A text value needs quotes where a reader could not tell its end, or where it would break the line.
bool needs_quotes(std::string_view text) {
  if (text.empty() || !valid_utf8(text)) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

void append_value(std::string& out, Format format, const Attr& attr) {
  if (const auto* text = std::get_if<std::string>(&attr.value)) {
    if (format == Format::json || needs_quotes(*text)) {
      append_json_string(out, *text);
    } else {
      out += *text;
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&attr.value)) {
    append_number(out, *number);
  } else if (const auto* real = std::get_if<double>(&attr.value)) {
    if (std::isfinite(*real)) {
      append_number(out, *real);
    } else {
      out += format == Format::json ? "null" : std::isnan(*real) ? "nan" : *real > 0 ? "inf" : "-inf";
    }
  } else {
    out += std::get<bool>(attr.value) ? "true" : "false";
  }
}

/// The message of a text line: as it is, but on one line whatever it holds.
void append_message(std::string& out, std::string_view message) {
  std::string quoted;
  append_json_string(quoted, message);
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\' && (quoted[i + 1] == '"' || quoted[i + 1] == '\\')) ++i;
    out += quoted[i];
  }
}

}  // namespace

void configure(Level level, Format format) {
  level_in_use.store(level, std::memory_order_relaxed);
  format_in_use.store(format, std::memory_order_relaxed);
}

std::string render(Level level, Format format, std::int64_t unix_ms, std::string_view message,
                   std::initializer_list<Attr> attrs) {
  std::string out;
  if (format == Format::json) {
    out += "{\"time\":\"";
    append_rfc3339(out, from_ms(unix_ms));
    out += "\",\"level\":\"";
    out += name_of(level);
    out += "\",\"msg\":";
    append_json_string(out, message);
    for (const Attr& attr : attrs) {
      out += ',';
      append_json_string(out, attr.key);
      out += ':';
      append_value(out, format, attr);
    }
    out += '}';
    return out;
  }
  append_rfc3339(out, from_ms(unix_ms));
  out += ' ';
  out += name_of(level);
  out.append(name_of(level).size() < 5 ? 2 : 1, ' ');
  append_message(out, message);
  for (const Attr& attr : attrs) {
    out += ' ';
    out += attr.key;
    out += '=';
    append_value(out, format, attr);
  }
  return out;
}

void write(Level level, std::string_view message, std::initializer_list<Attr> attrs) {
  if (level < level_in_use.load(std::memory_order_relaxed)) return;
  std::string line =
      render(level, format_in_use.load(std::memory_order_relaxed), to_ms(SystemClock{}.now()), message, attrs);
  line += '\n';
  // One call per line keeps lines of several threads apart; a failing stderr has nobody left to tell.
  ssize_t written;
  do {
    written = ::write(STDERR_FILENO, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

}  // namespace hk::logging
