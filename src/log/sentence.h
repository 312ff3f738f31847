#pragma once
// Error sentences (libstdc++ 12 has no std::format).

#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace hk::log {

/// One value of a sentence.
struct Part {
  std::string text;

  Part(std::string_view t) : text(t) {}                             // NOLINT(google-explicit-constructor)
  Part(const char* t) : text(t) {}                                  // NOLINT(google-explicit-constructor)
  Part(std::string t) : text(std::move(t)) {}                       // NOLINT(google-explicit-constructor)
  Part(const std::filesystem::path& p) : text(p.string()) {}        // NOLINT(google-explicit-constructor)
  Part(std::unsigned_integral auto n) : text(std::to_string(n)) {}  // NOLINT(google-explicit-constructor)
};

/// `pattern` with each "{}" replaced by the next part.
inline std::string sentence(std::string_view pattern, std::initializer_list<Part> parts) {
  std::string out;
  for (const auto& part : parts) {
    const auto gap = pattern.find("{}");
    out.append(pattern.substr(0, gap)).append(part.text);
    pattern.remove_prefix(gap + 2);
  }
  return out.append(pattern);
}

}  // namespace hk::log
