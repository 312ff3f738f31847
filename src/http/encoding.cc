#include "http/encoding.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "crypto/hash.h"

namespace hk::http {
namespace {

constexpr int kBrotliQuality = 4;
constexpr int kBrotliWindowBits = 18;
constexpr int kGzipLevel = 5;
constexpr int kGzipWindowBits = 15 + 16;  // zlib: + 16 asks for the gzip frame
constexpr int kGzipMemory = 8;            // zlib's own default

constexpr std::size_t kEtagDigits = 24;  // 96 bits: no accidental match in this universe

/// q in thousandths; a malformed one counts as 0, so that nothing is sent that wasn't clearly asked for.
int q_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const std::string_view item = trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (item.size() < 2 || (item[0] != 'q' && item[0] != 'Q') || item[1] != '=') continue;
    const std::string_view digits = item.substr(2);
    if (digits.empty() || digits.size() > 5 || (digits[0] != '0' && digits[0] != '1')) return 0;
    int q = (digits[0] - '0') * 1000;
    if (digits.size() > 1) {
      if (digits[1] != '.') return 0;
      int scale = 100;
      for (const char c : digits.substr(2)) {
        if (c < '0' || c > '9') return 0;
        q += (c - '0') * scale;
        scale /= 10;
      }
    }
    return std::min(q, 1000);
  }
  return 1000;
}

}  // namespace

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::identity:
      return "";
    case Coding::gzip:
      return "gzip";
    case Coding::br:
      return "br";
  }
  return "";
}

Coding choose_coding(std::string_view accept_encoding, bool br, bool gzip) {
  int q_br = -1, q_gzip = -1, q_any = -1;  // -1: not named
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    const std::string name = ascii_lower(trim(item.substr(0, semicolon)));
    const int q = q_of(item.substr(std::min(semicolon + 1, item.size())));
    if (name == "br") q_br = q;
    if (name == "gzip" || name == "x-gzip") q_gzip = q;
    if (name == "*") q_any = q;
  }
  const auto rank = [&](int q, bool offered) { return !offered ? 0 : q >= 0 ? q : std::max(q_any, 0); };
  const int rank_br = rank(q_br, br), rank_gzip = rank(q_gzip, gzip);
  if (rank_br == 0 && rank_gzip == 0) return Coding::identity;
  return rank_br >= rank_gzip ? Coding::br : Coding::gzip;
}

std::string compress(Coding coding, std::string_view body) {
  std::string out;
  if (coding == Coding::br) {
    std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
    out.resize(size);
    [[maybe_unused]] const bool good = BrotliEncoderCompress(
        kBrotliQuality, kBrotliWindowBits, BROTLI_MODE_TEXT, body.size(),
        reinterpret_cast<const std::uint8_t*>(body.data()), &size, reinterpret_cast<std::uint8_t*>(out.data()));
    assert(good);
    out.resize(size);
  } else if (coding == Coding::gzip) {
    z_stream stream{};
    [[maybe_unused]] int status =
        deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindowBits, kGzipMemory, Z_DEFAULT_STRATEGY);
    assert(status == Z_OK);
    out.resize(deflateBound(&stream, body.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    status = deflate(&stream, Z_FINISH);
    assert(status == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
  } else {
    out = body;
  }
  return out;
}

bool compressible(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.starts_with("application/json") ||
         content_type.starts_with("application/problem+json") || content_type.starts_with("image/svg+xml");
}

std::string etag_of(std::string_view bytes) {
  return crypto::sha256_hex(bytes).substr(0, kEtagDigits);
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const auto end = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view item = trim(if_none_match.substr(0, end));
    if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
    if (item == "*") return true;
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item.size() == etag.size() + 2 && item.front() == '"' && item.back() == '"' &&
        item.substr(1, etag.size()) == etag)
      return true;
  }
  return false;
}

}  // namespace hk::http
