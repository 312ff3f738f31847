#include "ingest/body.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>

#include "base/id.h"
#include "base/text.h"
#include "ingest/limits.h"
#include "json/writer.h"

namespace hk::ingest {
namespace {

enum class Type : std::uint8_t { text, uuid, any_text, integer, boolean, object, number };

constexpr std::uint8_t kPage = 1;
constexpr std::uint8_t kEvent = 2;
constexpr std::uint8_t kVital = 4;
constexpr std::uint8_t kBoth = kPage | kEvent;

struct Field {
  std::string_view name;
  std::uint8_t kinds;
  Type type;
  std::string_view Body::* text = nullptr;
  std::int64_t Body::* number = nullptr;
  bool Body::* flag = nullptr;
  double Body::* real = nullptr;
};

// Fields marked kBoth that the original has for page views only are what our own script adds to events.
constexpr std::array kFields = {
    Field{"h", kBoth, Type::text, &Body::host},
    Field{"path", kBoth, Type::text, &Body::path},
    Field{"referrer", kPage, Type::text, &Body::referrer},
    Field{"r", kEvent, Type::text, &Body::referrer},
    Field{"ua", kBoth, Type::text, &Body::user_agent},
    Field{"vp_w", kBoth, Type::integer, nullptr, &Body::viewport_width},
    Field{"vp_h", kBoth, Type::integer, nullptr, &Body::viewport_height},
    Field{"sc_w", kBoth, Type::integer, nullptr, &Body::screen_width},
    Field{"sc_h", kBoth, Type::integer, nullptr, &Body::screen_height},
    Field{"lang", kBoth, Type::text, &Body::language},
    Field{"u_src", kBoth, Type::text, &Body::utm_source},
    Field{"u_med", kBoth, Type::text, &Body::utm_medium},
    Field{"u_cmp", kBoth, Type::text, &Body::utm_campaign},
    Field{"u_trm", kBoth, Type::text, &Body::utm_term},
    Field{"u_cnt", kBoth, Type::text, &Body::utm_content},
    Field{"tsrc", kBoth, Type::text, &Body::tracker_source},
    Field{"tv", kBoth, Type::text, &Body::tracker_version},
    Field{"cd", kBoth, Type::boolean, nullptr, nullptr, &Body::collect_dnt},
    Field{"n", kEvent, Type::text, &Body::event_name},
    Field{"p", kBoth, Type::object, &Body::properties},
    Field{"unique", kPage, Type::boolean},
    // Garbage in a landing URL's hk_qr must not cost the hit, so any text will do (docs/tracker-protocol.md, 4).
    Field{"qr", kPage, Type::any_text},
    Field{"session_id", kPage, Type::uuid, nullptr, nullptr, &Body::original},
    Field{"page_id", kPage, Type::uuid},
    Field{"sid", kEvent, Type::uuid, nullptr, nullptr, &Body::original},
    Field{"t", kPage, Type::text, &Body::title},
    Field{"i", kEvent, Type::boolean, nullptr, nullptr, &Body::interactive},
    Field{"e", kEvent, Type::integer, nullptr, &Body::engaged},
    Field{"sd", kEvent, Type::integer, nullptr, &Body::scroll},
};
/// Of a web vital: "p" means something else there. What stays unnamed is of the original's script and not stored.
constexpr std::array kVitalFields = {
    Field{"h", kVital, Type::text, &Body::host},
    Field{"n", kVital, Type::text, &Body::vital_name},
    Field{"v", kVital, Type::number, nullptr, nullptr, nullptr, &Body::vital_value},
    Field{"p", kVital, Type::text, &Body::path},
    Field{"nt", kVital, Type::text},
    Field{"mid", kVital, Type::text, &Body::vital_id},
    Field{"sid", kVital, Type::uuid, nullptr, nullptr, &Body::original},
    Field{"pid", kVital, Type::uuid},
    Field{"tsrc", kVital, Type::text, &Body::tracker_source},
    Field{"tv", kVital, Type::text, &Body::tracker_version},
    Field{"cd", kVital, Type::boolean, nullptr, nullptr, &Body::collect_dnt},
};
constexpr std::size_t kLongestName = 10;

constexpr std::uint8_t kNoField = 0xFF;
/// Where a name stands in kSlots. Chosen so that no two names meet, which the table checks as it is made.
constexpr std::size_t slot_of(std::string_view name) {
  const std::size_t first = static_cast<unsigned char>(name.front());
  const std::size_t last = static_cast<unsigned char>(name.back());
  return (name.size() * 3 + first * 11 + last * 27) % 64;
}
constexpr std::array<std::uint8_t, 64> kSlots = [] {
  std::array<std::uint8_t, 64> slots{};
  slots.fill(kNoField);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    std::uint8_t& slot = slots[slot_of(kFields[i].name)];
    if (slot != kNoField) throw "two names meet: change slot_of";
    slot = static_cast<std::uint8_t>(i);
  }
  return slots;
}();

const Field* find_field(std::string_view key, std::uint8_t kind) {
  if (key.empty() || key.size() > kLongestName) return nullptr;
  std::array<char, kLongestName> lower{};
  for (std::size_t i = 0; i < key.size(); ++i)
    lower[i] = key[i] >= 'A' && key[i] <= 'Z' ? static_cast<char>(key[i] | 0x20) : key[i];
  const std::string_view name(lower.data(), key.size());
  if (kind == kVital) {
    const auto* const field = std::ranges::find(kVitalFields, name, &Field::name);
    return field == kVitalFields.end() ? nullptr : field;
  }
  const std::size_t at = kSlots[slot_of(name)];
  if (at == kNoField) return nullptr;
  const Field& field = kFields[at];
  return (field.kinds & kind) != 0 && field.name == name ? &field : nullptr;
}

constexpr std::uint64_t kEveryByte = 0x0101010101010101u;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

bool has_high_bit(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

/// Whether a byte ends the plain part of a JSON string: a quote, a backslash or a control character.
constexpr std::array<bool, 256> kStops = [] {
  std::array<bool, 256> stops{};
  for (std::size_t c = 0; c < 0x20; ++c) stops[c] = true;
  stops['"'] = stops['\\'] = true;
  return stops;
}();

/// Bit 7 of each byte of `word` that ends the plain part of a string; only the lowest one set is exact.
constexpr std::uint64_t stops_in(std::uint64_t word) {
  const auto zero = [](std::uint64_t w) { return (w - kEveryByte) & ~w & kHighBits; };
  const std::uint64_t control = (word - kEveryByte * 0x20) & ~word & kHighBits;
  return control | zero(word ^ kEveryByte * '"') | zero(word ^ kEveryByte * '\\');
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

/// A string as it stands in the body, between its quotes.
struct Raw {
  std::string_view text;
  bool escaped = false;
  bool ascii = true;
};

/// Walks over one JSON text. Every method returns false at the first byte that has no business there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  void blank() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  /// The next byte that isn't blank; 0 at the end.
  char peek() {
    blank();
    return at_ < end_ ? *at_ : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view w) {
    if (static_cast<std::size_t>(end_ - at_) < w.size() || std::string_view(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }

  bool string(Raw& out) {
    if (!take('"')) return false;
    const char* const begin = at_;
    out.escaped = false;
    std::uint64_t seen = 0;  // all bytes, one over the other
    for (;;) {
      seen |= plain();
      if (at_ == end_ || (*at_ != '"' && *at_ != '\\')) return false;
      if (*at_ == '"') break;
      out.escaped = true;
      ++at_;
      if (at_ == end_) return false;
      if (*at_ == 'u') {
        if (end_ - at_ < 5 || !std::all_of(at_ + 1, at_ + 5, [](char c) { return hex(c) >= 0; })) return false;
        at_ += 5;
      } else if (std::string_view("\"\\/bfnrt").contains(*at_)) {
        ++at_;
      } else {
        return false;
      }
    }
    out.text = {begin, at_};
    out.ascii = (seen & kHighBits) == 0;
    ++at_;
    return true;
  }

  bool number(std::string_view& out) {
    const char* const begin = at_;
    const auto digits = [&] {
      const char* const first = at_;
      while (at_ < end_ && *at_ >= '0' && *at_ <= '9') ++at_;
      return at_ > first;
    };
    if (at_ < end_ && *at_ == '-') ++at_;
    if (at_ < end_ && *at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (at_ < end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    out = {begin, at_};
    return true;
  }

  /// Any value. With `copy`, appends it there in compact form.
  bool value(std::size_t depth, std::string* copy) {
    const char* const before = (blank(), at_);
    switch (peek()) {
      case '{':
      case '[':
        return group(depth, copy);
      case '"': {
        Raw raw;
        if (!string(raw)) return false;
        if (copy) append_string(*copy, raw);
        return true;
      }
      case 't':
        if (!word("true")) return false;
        break;
      case 'f':
        if (!word("false")) return false;
        break;
      case 'n':
        if (!word("null")) return false;
        break;
      default: {
        std::string_view text;
        if (!number(text)) return false;
        double parsed = 0;
        // A number that no double holds would poison every later query over the properties.
        if (copy &&
            std::from_chars(text.data(), text.data() + text.size(), parsed).ec == std::errc::result_out_of_range &&
            !underflows(text))
          return false;
      }
    }
    if (copy) copy->append(before, at_);
    return true;
  }

  static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }
  static std::uint32_t hex4(std::string_view digits) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out = out << 4 | static_cast<std::uint32_t>(hex(digits[i]));
    return out;
  }

 private:
  /// Skips the plain part of a string, eight bytes at a time; returns its bytes, one over the other.
  std::uint64_t plain() {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t seen = 0;
    while (end_ - at_ >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at_, sizeof word);
      if (const std::uint64_t stops = stops_in(word)) {
        const int plain_bits = std::countr_zero(stops) - 7;
        at_ += plain_bits / 8;
        return seen | (word & ((std::uint64_t{1} << plain_bits) - 1));
      }
      seen |= word;
      at_ += 8;
    }
    for (; at_ < end_ && !kStops[static_cast<unsigned char>(*at_)]; ++at_) seen |= static_cast<unsigned char>(*at_);
    return seen;
  }

  static bool underflows(std::string_view number) {
    const auto e = number.find_first_of("eE");
    return e != std::string_view::npos && number.substr(e + 1).starts_with('-');
  }

  bool group(std::size_t depth, std::string* copy) {
    if (depth == 0) return false;
    const char open = *at_++;
    const char close = open == '{' ? '}' : ']';
    if (copy) copy->push_back(open);
    if (!take(close)) {
      for (;;) {
        if (open == '{') {
          Raw key;
          if (!string(key) || !take(':')) return false;
          if (copy) {
            append_string(*copy, key);
            copy->push_back(':');
          }
        }
        if (!value(depth - 1, copy)) return false;
        if (take(close)) break;
        if (!take(',')) return false;
        if (copy) copy->push_back(',');
      }
    }
    if (copy) copy->push_back(close);
    return true;
  }

  /// Keeps escapes, except that a lone surrogate becomes U+FFFD: strict readers of the column refuse it.
  static void append_string(std::string& out, const Raw& raw) {
    out.push_back('"');
    if (!raw.escaped) {
      out += raw.text;
    } else {
      for (std::size_t i = 0; i < raw.text.size(); ++i) {
        if (raw.text[i] != '\\') {
          out.push_back(raw.text[i]);
          continue;
        }
        if (raw.text[i + 1] != 'u') {
          out += raw.text.substr(i, 2);
          i += 1;
          continue;
        }
        const std::uint32_t unit = hex4(raw.text.substr(i + 2, 4));
        const std::string_view next = raw.text.substr(i + 6, 6);
        if (unit < 0xD800 || unit > 0xDFFF) {
          out += raw.text.substr(i, 6);
          i += 5;
        } else if (unit < 0xDC00 && next.size() == 6 && next.starts_with("\\u") && hex4(next.substr(2)) >= 0xDC00 &&
                   hex4(next.substr(2)) <= 0xDFFF) {
          out += raw.text.substr(i, 12);
          i += 11;
        } else {
          out += "\\ufffd";
          i += 5;
        }
      }
    }
    out.push_back('"');
  }

  const char* at_;
  const char* end_;
};

/// Appends what a string with escapes means. Never longer than it was.
void unescape(std::string& out, std::string_view raw) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out.push_back(raw[i]);
      continue;
    }
    const char c = raw[++i];
    switch (c) {
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'u': {
        std::uint32_t unit = Scanner::hex4(raw.substr(i + 1));
        i += 4;
        if (unit >= 0xD800 && unit <= 0xDFFF) {
          const std::string_view next = raw.substr(i + 1, 6);
          const bool pair = unit < 0xDC00 && next.size() == 6 && next.starts_with("\\u");
          const std::uint32_t low = pair ? Scanner::hex4(next.substr(2)) : 0;
          if (low >= 0xDC00 && low <= 0xDFFF) {
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
          } else {
            unit = 0xFFFD;
          }
        }
        append_utf8(out, unit);
        break;
      }
      default:
        out.push_back(c);
    }
  }
}

/// A zero byte in what an escaped string means can only come from this.
bool has_nul(std::string_view text) {
  return text.contains('\0');
}

constexpr std::uint8_t kind_of(store::HitKind kind) {
  return kind == store::HitKind::pageview ? kPage : kind == store::HitKind::vital ? kVital : kEvent;
}

class Decoder {
 public:
  Decoder(std::string_view text, store::HitKind kind, Body& out)
      : scan_(text), size_(text.size()), kind_(kind_of(kind)), out_(out) {}

  BodyError run() {
    const bool ok = top();
    if (!ok && error_.kind == BodyError::none) error_.kind = BodyError::syntax;
    return error_;
  }

 private:
  bool top() {
    if (scan_.peek() == 'n') return scan_.word("null");
    if (!scan_.take('{')) return false;
    if (scan_.take('}')) return true;
    do {
      Raw key;
      if (!scan_.string(key) || !scan_.take(':')) return false;
      const Field* field = find_field(key_text(key), kind_);
      if (!(field ? read(*field) : scan_.value(kMaxBodyDepth - 1, nullptr))) return false;
    } while (scan_.take(','));
    return scan_.take('}');
  }

  /// Keys with escapes are rare; one that is longer than every name needs no care.
  std::string_view key_text(const Raw& key) {
    if (!key.escaped) return key.text;
    key_.clear();
    if (key.text.size() <= kLongestName * 6) unescape(key_, key.text);
    return key_;
  }

  bool fail(BodyError::Kind kind, const Field& field) {
    error_ = {kind, field.name};
    return false;
  }

  bool read(const Field& field) {
    if (scan_.peek() == 'n') return scan_.word("null");
    switch (field.type) {
      case Type::text:
      case Type::any_text:
      case Type::uuid:
        return read_text(field);
      case Type::integer: {
        std::string_view digits;
        std::int64_t number = 0;
        if (!scan_.number(digits)) return false;
        const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (ec != std::errc{} || end != digits.data() + digits.size()) return false;
        out_.*field.number = number;
        return true;
      }
      case Type::number: {
        std::string_view digits;
        if (!scan_.number(digits)) return false;
        const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out_.*field.real);
        return ec == std::errc{};
      }
      case Type::boolean: {
        const bool yes = scan_.peek() == 't';
        if (!scan_.word(yes ? "true" : "false")) return false;
        if (field.flag) out_.*field.flag = yes;
        return true;
      }
      case Type::object:
        return read_object(field);
    }
    return false;
  }

  /// Room in `unescaped` for everything that the body can still hold; reserved once, so that views stay valid.
  std::string& room() {
    // A lone surrogate's six bytes stay six ("\ufffd") in properties and become three in a text; equal keys repeat
    // only what the body repeats.
    if (out_.unescaped.capacity() < size_) out_.unescaped.reserve(size_);
    return out_.unescaped;
  }

  bool read_text(const Field& field) {
    Raw raw;
    if (!scan_.string(raw)) return false;
    std::string_view text = raw.text;
    if (!raw.ascii && !valid_utf8(text)) return fail(BodyError::text, field);
    if (raw.escaped) {
      std::string& buffer = room();
      const std::size_t begin = buffer.size();
      unescape(buffer, text);
      text = std::string_view(buffer).substr(begin);
      if (has_nul(text)) return fail(BodyError::text, field);
    }
    if (field.type == Type::uuid) {
      if (!Uuid::parse(text)) return false;
      if (field.flag) out_.*field.flag = true;
    }
    if (field.text) out_.*field.text = text;
    return true;
  }

  bool read_object(const Field& field) {
    if (scan_.peek() != '{') return false;
    std::string& buffer = room();
    const std::size_t begin = buffer.size();
    if (!scan_.value(kMaxBodyDepth - 1, &buffer)) return false;
    const std::string_view json = std::string_view(buffer).substr(begin);
    if ((has_high_bit(json) && !valid_utf8(json)) || escapes_nul(json)) return fail(BodyError::text, field);
    if (json.size() > kMaxPropertiesBytes) return fail(BodyError::properties, field);
    out_.*field.text = json == "{}" ? std::string_view{} : json;
    return true;
  }

  static bool escapes_nul(std::string_view json) {
    for (std::size_t at = json.find("\\u0000"); at != std::string_view::npos; at = json.find("\\u0000", at + 1)) {
      std::size_t slashes = 0;  // before this one; an even number leaves it its meaning
      while (slashes < at && json[at - 1 - slashes] == '\\') ++slashes;
      if (slashes % 2 == 0) return true;
    }
    return false;
  }

  Scanner scan_;
  std::size_t size_;
  std::uint8_t kind_;
  Body& out_;
  BodyError error_;
  std::string key_;
};

std::string schema_of(json::Schemas& named, std::string_view name, std::uint8_t kind) {
  json::Writer out;
  out.begin_object().field("type", "object").key("properties").begin_object();
  const std::span<const Field> fields = kind == kVital ? std::span<const Field>(kVitalFields) : kFields;
  for (const Field& field : fields) {
    if ((field.kinds & kind) == 0) continue;
    static constexpr std::string_view kTypes[] = {"string",  "string", "string", "integer",
                                                  "boolean", "object", "number"};
    out.key(field.name).begin_object().field("type", kTypes[static_cast<std::size_t>(field.type)]);
    if (field.type == Type::uuid) out.field("format", "uuid");
    out.end_object();
  }
  out.end_object().key("required").begin_array();
  if (kind == kVital) out.value("n").value("v");
  out.end_array().end_object();
  named[std::string(name)] = out.take();
  return R"({"$ref":"#/components/schemas/)" + std::string(name) + R"("})";
}

}  // namespace

std::string page_view_schema(json::Schemas& named) {
  return schema_of(named, "PageView", kPage);
}

std::string event_schema(json::Schemas& named) {
  return schema_of(named, "Event", kEvent);
}

std::string web_vital_schema(json::Schemas& named) {
  return schema_of(named, "WebVital", kVital);
}

BodyError decode_body(std::string_view text, store::HitKind kind, Body& out) {
  return Decoder(text, kind, out).run();
}

}  // namespace hk::ingest
