#include "store/counts.h"

#include "store/bytes.h"
#include "store/hit.h"
#include "store/order.h"

namespace hk::store {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

bool fits(const Count& count) {
  return fits_in_tables(count.day) && fits_in_tables(to_ms(count.last) / kDayMs) &&
         count.agent.size() <= kMaxCountedText && count.example.size() <= kMaxCountedText;
}

}  // namespace

std::string encode(const Counts& counts) {
  ByteWriter out;
  out.zigzag(counts.tidy);
  out.varint(counts.counts.size());
  for (const Count& one : counts.counts) {
    out.varint(static_cast<std::uint32_t>(one.site));
    out.zigzag(one.day);
    out.u8(one.reason);
    out.u8(one.kind);
    out.text(one.agent);
    out.text(one.example);
    out.varint(one.hits);
    out.zigzag(to_ms(one.last));
  }
  return out.take();
}

Result<Counts> decode_counts(std::string_view payload, std::uint8_t version) {
  ByteReader in(payload);
  Counts out;
  const std::int64_t tidy = in.zigzag();
  const std::uint64_t size = in.varint();
  if (!is_readable(version) || size > kMaxCounts || (tidy != 0 && !fits_in_tables(tidy)))
    return fail(Code::invalid, "counts cannot be read");
  out.tidy = static_cast<Day>(tidy);
  for (std::uint64_t i = 0; i < size && in.ok(); ++i) {
    Count one;
    one.site = SiteKey{in.u32()};
    const std::int64_t day = in.zigzag();
    one.reason = in.u8();
    one.kind = in.u8();
    one.agent = in.text();
    one.example = in.text();
    one.hits = in.u32();
    one.last = from_ms(in.zigzag());
    one.day = fits_in_tables(day) ? static_cast<Day>(day) : 0;
    if (!fits(one)) return fail(Code::invalid, "counts name a time outside 2000 to 2100, or a text that is too long");
    out.counts.push_back(std::move(one));
  }
  if (!in.done()) return fail(Code::invalid, "counts are cut short or too long");
  return out;
}

}  // namespace hk::store
