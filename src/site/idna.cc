#include "site/idna.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>

#include "base/text.h"

namespace hk::site {
namespace {

constexpr std::size_t kMaxTypedBytes = 1024;  // no domain is longer in UTF-8: 253 letters of four bytes

using Custom = utf8proc_int32_t (*)(utf8proc_int32_t, void*);

std::optional<std::string> mapped(std::string_view text, int options, Custom each) {
  utf8proc_uint8_t* raw = nullptr;
  const auto size =
      utf8proc_map_custom(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), std::ssize(text), &raw,
                          static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE | UTF8PROC_COMPAT), each, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(raw, std::free);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size));
}

utf8proc_int32_t lower(utf8proc_int32_t c, void*) {
  constexpr utf8proc_int32_t kIdeographicStop = 0x3002;
  return c == kIdeographicStop ? '.' : utf8proc_tolower(c);
}

bool may_stand_in_a_name(char32_t c) {
  if (c == '-' || c == '.') return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
      return true;
    default:
      return false;
  }
}

/// Letters whose lower case browsers of different years tell differently, or that fold into two: capital sharp s,
/// lunate sigma, iota subscript (in what was taken apart).
bool has_a_doubtful_letter(std::string_view text) {
  return std::ranges::any_of(std::array<std::string_view, 4>{"\u1E9E", "\u03F2", "\u03F9", "\u0345"},
                             [&](std::string_view letter) { return text.contains(letter); });
}

bool is_mark(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC;
}

// RFC 3492, 5 and 6.
constexpr std::uint32_t kBase = 36, kTMin = 1, kTMax = 26, kSkew = 38, kDamp = 700, kInitialBias = 72;
constexpr std::uint32_t kInitialN = 0x80;

char digit(std::uint32_t d) {
  return static_cast<char>(d < 26 ? 'a' + d : '0' + (d - 26));
}

std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > (kBase - kTMin) * kTMax / 2; k += kBase) delta /= kBase - kTMin;
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

/// Of at most kMaxTypedBytes, so that nothing overflows: 0x110000 * 1024 is below 2^32.
std::string punycode(const std::u32string& label) {
  std::string out;
  for (const char32_t c : label)
    if (c < kInitialN) out.push_back(static_cast<char>(c));
  const auto basic = static_cast<std::uint32_t>(out.size());
  if (basic > 0) out.push_back('-');
  std::uint32_t n = kInitialN, delta = 0, bias = kInitialBias;
  for (std::uint32_t done = basic; done < label.size();) {
    char32_t next = std::numeric_limits<char32_t>::max();
    for (const char32_t c : label)
      if (c >= n) next = std::min(next, c);
    delta += (next - n) * (done + 1);
    n = next;
    for (const char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      std::uint32_t q = delta;
      for (std::uint32_t k = kBase;; k += kBase) {
        const std::uint32_t t = k <= bias ? kTMin : std::min(k - bias, kTMax);
        if (q < t) break;
        out.push_back(digit(t + (q - t) % (kBase - t)));
        q = (q - t) / (kBase - t);
      }
      out.push_back(digit(q));
      bias = adapt(delta, done + 1, done == basic);
      delta = 0;
      ++done;
    }
    ++delta;
    ++n;
  }
  return out;
}

bool append_label(std::string& out, const std::u32string& label) {
  if (std::ranges::all_of(label, [](char32_t c) { return c < kInitialN; })) {
    for (const char32_t c : label) out.push_back(static_cast<char>(c));
    return true;
  }
  if (is_mark(label.front())) return false;
  (out += "xn--") += punycode(label);
  return true;
}

}  // namespace

std::optional<std::string> domain_to_ascii(std::string_view domain) {
  if (std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < kInitialN; }))
    return ascii_lower(domain);
  if (domain.size() > kMaxTypedBytes || !valid_utf8(domain) || has_a_doubtful_letter(domain)) return std::nullopt;
  // Taken apart first, so that a capital inside a composed or compatible character is found too.
  const auto parts = mapped(domain, UTF8PROC_DECOMPOSE, nullptr);
  const auto name = parts && !has_a_doubtful_letter(*parts) ? mapped(*parts, UTF8PROC_COMPOSE, lower) : std::nullopt;
  if (!name || name->size() > kMaxTypedBytes) return std::nullopt;
  std::string out;
  std::u32string label;
  for (std::string_view rest = *name; !rest.empty();) {
    const auto c = take_character(rest);
    if (!c || !may_stand_in_a_name(*c)) return std::nullopt;
    if (*c != '.') {
      label.push_back(*c);
      continue;
    }
    if (!append_label(out, label)) return std::nullopt;
    out += '.';
    label.clear();
  }
  if (!append_label(out, label)) return std::nullopt;
  return out;
}

}  // namespace hk::site
