#include "app/version_check.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stop_token>

#include "base/text.h"
#include "net/https.h"

namespace hk::app {
namespace {

/// A version at the beginning of a text, and how long it is.
std::optional<std::pair<VersionNumber, std::size_t>> version_at(std::string_view text) {
  VersionNumber version{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t part = 0; part < version.size(); ++part) {
    if (part > 0) {
      if (at == end || *at != '.') return std::nullopt;
      ++at;
    }
    const auto [stop, error] = std::from_chars(at, end, version[part]);
    if (error != std::errc{}) return std::nullopt;
    at = stop;
  }
  return std::pair(version, static_cast<std::size_t>(at - text.data()));
}

Result<std::string> text_of(const std::string& where) {
  if (where.starts_with("https://")) {
    const auto url = net::HttpsUrl::parse(where);
    if (!url) return std::unexpected(url.error());
    const net::HttpsClient client({.named_hosts = {url->host}, .limits = {.body_bytes = kMaxVersionBytes}});
    auto answer = client.ask({.url = where}, std::stop_token());
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (answer->status != 200) return fail(Code::invalid, concat({where, " answers ", std::to_string(answer->status)}));
    return std::move(answer->body);
  }
  std::ifstream in(where, std::ios::binary);
  std::string text(kMaxVersionBytes, '\0');
  if (!in || !in.read(text.data(), static_cast<std::streamsize>(text.size())).eof())
    return fail(
        Code::invalid,
        concat({where, " cannot be read, or is larger than 64 KB: name a file with a version, or an https URL"}));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string spelled(const VersionNumber& version) {
  return concat({std::to_string(version[0]), ".", std::to_string(version[1]), ".", std::to_string(version[2])});
}

}  // namespace

std::optional<VersionNumber> highest_version(std::string_view text) {
  std::optional<VersionNumber> highest;
  const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  for (std::size_t at = 0; at < text.size();) {
    const auto found = at == 0 || !is_part(text[at - 1]) ? version_at(text.substr(at)) : std::nullopt;
    if (found && (at + found->second == text.size() || !is_part(text[at + found->second])))
      highest = std::max(highest.value_or(found->first), found->first);
    at += found ? found->second : 1;
  }
  return highest;
}

Result<VersionNews> version_news(const std::string& where, std::string_view own) {
  auto text = text_of(where);
  if (!text) return std::unexpected(std::move(text.error()));
  const auto there = highest_version(*text);
  const auto here = highest_version(own);
  if (!there || !here) return fail(Code::invalid, concat({where, " names no version (for example: 1.2.3)"}));
  if (*there > *here) return VersionNews{true, concat({spelled(*there), " is newer than this one, ", own, "."})};
  return VersionNews{false, concat({"This one, ", own, ", is as new as ", spelled(*there), "."})};
}

}  // namespace hk::app
