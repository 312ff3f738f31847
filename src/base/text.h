#pragma once
// Text at the edges: UTF-8 checks, JSON string escaping, RFC 3339 instants, putting texts together.

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace hk {

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). NUL is well-formed.
bool valid_utf8(std::string_view text);

/// The longest prefix of at most `max_bytes` that doesn't cut a UTF-8 sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

/// Characters (code points) of well-formed UTF-8.
std::size_t utf8_length(std::string_view text);

/// Takes the first character off `text`, which isn't empty; nullopt when it doesn't begin with well-formed UTF-8.
std::optional<char32_t> take_character(std::string_view& text);

/// Whether a name or an address shows as what it is, on one line and beside other text: well-formed UTF-8 without
/// control characters, line separators, marks that turn the direction of text (U+202E), characters that nobody sees
/// (U+200B, U+FEFF) and such that are none. The joiners of Persian, Indic scripts and emoji (U+200C, U+200D) may stay.
bool text_is_plain(std::string_view text);

/// Appends `text` as a JSON string with its quotes. Every byte that isn't part of well-formed UTF-8 becomes U+FFFD,
/// so that the output is valid JSON whatever comes in.
void append_json_string(std::string& out, std::string_view text);

/// Appends `text` so that HTML shows it as it is, between tags and in a quoted attribute.
void append_html_text(std::string& out, std::string_view text);

/// Appends "2026-11-25T08:04:04.123Z": always three digits of milliseconds, always UTC. Years 0000 to 9999.
void append_rfc3339(std::string& out, TimeMs time);
std::string rfc3339(TimeMs time);

/// The parts one behind the other, without a temporary string for each.
std::string concat(std::initializer_list<std::string_view> parts);

/// `text` with each {{name}} replaced by its part, which is not looked into. Every name must be there.
std::string fill(std::string_view text, const std::vector<std::pair<std::string_view, std::string>>& parts);

/// Without spaces, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);
/// ASCII letters only; bytes of other scripts stay.
std::string ascii_lower(std::string_view text);

}  // namespace hk
