#pragma once
// Templates of a test's own words.

#include <brotli/encode.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mail/templates.h"

namespace hk::mail::testing {

inline std::string pack(std::string_view json) {
  std::string packed(BrotliEncoderMaxCompressedSize(json.size()), '\0');
  std::size_t size = packed.size();
  EXPECT_TRUE(BrotliEncoderCompress(BROTLI_DEFAULT_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, json.size(),
                                    reinterpret_cast<const std::uint8_t*>(json.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(packed.data())));
  packed.resize(size);
  return packed;
}

inline Templates templates(std::string_view json) {
  auto unpacked = Templates::unpack(pack(json));
  EXPECT_TRUE(unpacked) << unpacked.error().message;
  return unpacked.value();
}

}  // namespace hk::mail::testing
