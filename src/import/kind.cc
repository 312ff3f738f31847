#include "import/kind.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hk::import {
namespace {

constexpr auto kAssets = std::to_array<std::string_view>(
    {"avif", "bmp",  "br",  "css",  "cur",  "eot",  "gif",   "ico", "jpeg",        "jpg",  "js",   "json", "jxl",
     "map",  "mjs",  "mp3", "mp4",  "ogg",  "otf",  "png",   "rss", "svg",         "svgz", "tif",  "tiff", "ttf",
     "txt",  "wasm", "wav", "webm", "webp", "woff", "woff2", "xml", "webmanifest", "atom", "m3u8", "ts"});
constexpr auto kDownloads =
    std::to_array<std::string_view>({"7z",  "apk", "bz2",  "csv", "deb", "dmg",  "doc", "docx", "epub", "exe", "gz",
                                     "iso", "jar", "mobi", "msi", "odp", "ods",  "odt", "pdf",  "pkg",  "ppt", "pptx",
                                     "rar", "rpm", "tar",  "tgz", "xls", "xlsx", "xz",  "zip",  "zst"});

template <std::size_t N>
bool among(const std::array<std::string_view, N>& list, std::string_view what) {
  return std::ranges::find(list, what) != list.end();
}

}  // namespace

std::string extension_of(std::string_view target) {
  const std::string_view path = target.substr(0, std::min(target.find_first_of("?#"), target.size()));
  const std::string_view last = path.substr(path.rfind('/') + 1);
  const auto dot = last.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? "" : ascii_lower(last.substr(dot + 1));
}

RequestKind kind_of(const LogRequest& request) {
  constexpr int kNotModified = 304, kMoved = 300, kFailed = 400;
  if (request.method != "GET") return RequestKind::method;
  if (request.status >= kFailed) return RequestKind::failed;
  if (request.status >= kMoved && request.status != kNotModified) return RequestKind::moved;
  if (request.target.starts_with("/.well-known/")) return RequestKind::asset;
  const std::string extension = extension_of(request.target);
  if (among(kDownloads, extension)) return RequestKind::download;
  return among(kAssets, extension) ? RequestKind::asset : RequestKind::page;
}

}  // namespace hk::import
