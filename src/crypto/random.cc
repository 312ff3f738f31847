#include "crypto/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "crypto/encoding.h"

namespace hk::crypto {
namespace {

void mark(Uuid& id, std::uint8_t version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | version << 4);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n > 0) {
      out = out.subspan(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      std::fputs("the kernel gives no random bytes (getrandom failed)\n", stderr);
      std::abort();
    }
  }
}

std::uint64_t random_u64() {
  std::array<std::uint8_t, 8> bytes;
  random_bytes(bytes);
  std::uint64_t out;
  std::memcpy(&out, bytes.data(), sizeof out);
  return out;
}

std::string random_hex(std::size_t bytes) {
  std::vector<std::uint8_t> raw(bytes);
  random_bytes(raw);
  return hex(raw);
}

Uuid uuid_v4() {
  Uuid id;
  random_bytes(id.bytes);
  mark(id, 4);
  return id;
}

Uuid uuid_v7(TimeMs now) {
  Uuid id;
  random_bytes(id.bytes);
  const auto ms = static_cast<std::uint64_t>(to_ms(now));
  for (int i = 0; i < 6; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  mark(id, 7);
  return id;
}

}  // namespace hk::crypto
