#include "store/sidecar.h"

#include <fstream>
#include <iterator>
#include <string_view>

#include "base/text.h"
#include "log/crc32c.h"
#include "log/file.h"
#include "store/bytes.h"

namespace hk::store {

namespace fs = std::filesystem;

Result<void> save_sidecar(const fs::path& file, std::string bytes) {
  ByteWriter sum;
  sum.u64(log::crc32c(0, bytes));
  bytes += sum.take();
  auto& disk = log::posix_files();
  const fs::path fresh = file.string() + ".new";
  (void)disk.remove(fresh);
  auto out = disk.create(fresh);
  if (!out) return fail(Code::unavailable, concat({fresh.string(), " cannot be made: ", log::describe(out.error())}));
  auto done = log::write_all(**out, bytes, 0);
  if (done) done = (*out)->sync();
  if (done) done = disk.rename(fresh, file);
  if (done) done = disk.sync_directory(fs::absolute(file).parent_path());
  if (!done)
    return fail(Code::unavailable, concat({file.string(), " cannot be written: ", log::describe(done.error())}));
  return {};
}

std::optional<std::string> read_sidecar(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t kSum = sizeof(std::uint64_t);
  if (bytes.size() < kSum) return std::nullopt;
  const auto body = std::string_view(bytes).substr(0, bytes.size() - kSum);
  if (ByteReader(std::string_view(bytes).substr(body.size())).u64() != log::crc32c(0, body)) return std::nullopt;
  bytes.resize(body.size());
  return bytes;
}

}  // namespace hk::store
