#include "store/leftovers.h"

#include <string>
#include <system_error>
#include <vector>

#include "base/logging.h"
#include "base/text.h"
#include "log/file.h"
#include "store/bytes.h"
#include "store/hit.h"
#include "store/sidecar.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRecord = ".record", kAbout = ".txt", kMark = ".erased";
/// Of a record, what says whose it is.
constexpr std::size_t kBeginning = 16;

/// What a removed name no longer leads to may be read for years; zeros first.
log::Io<> erase_file(const fs::path& file) {
  auto& files = log::posix_files();
  {
    auto opened = files.open(file);
    if (!opened) return std::unexpected(opened.error());
    const auto size = (*opened)->size();
    if (!size) return std::unexpected(size.error());
    if (auto done = log::zero_fill(**opened, 0, *size); !done) return done;
  }
  return files.remove(file);
}

void erase_or_say(const fs::path& file) {
  if (const auto done = erase_file(file); !done)
    logging::warn("a file with hits of what was deleted cannot be overwritten; it goes when it is two days old",
                  {{"file", file.string()}, {"error", log::describe(done.error())}});
}

/// Records of a lane that were put aside.
std::vector<fs::path> put_aside(const fs::path& folder, LaneKey lane) {
  const std::string begin = concat({std::to_string(static_cast<std::uint32_t>(lane)), "-"});
  std::vector<fs::path> out;
  std::error_code ec;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(begin) && name.ends_with(kRecord)) out.push_back(it->path());
  }
  return out;
}

/// Whose hit a record is; none where it does not say.
std::optional<SiteKey> whose(const fs::path& record) {
  auto opened = log::posix_files().open(record);
  if (!opened) return std::nullopt;
  std::string bytes(kBeginning, '\0');
  const auto read = (*opened)->read_at(bytes, 0);
  if (!read) return std::nullopt;
  ByteReader in(std::string_view(bytes).substr(0, *read));
  in.u8();  // flags (store/hit.cc)
  const SiteKey site{in.u32()};
  return in.ok() ? std::optional(site_of(site)) : std::nullopt;
}

void erase_record(fs::path record) {
  erase_or_say(record);
  std::error_code ec;
  fs::remove(record.replace_extension(kAbout), ec);
}

fs::path mark_of(const fs::path& file) {
  return file.string() + std::string(kMark);
}

}  // namespace

void erase_dead_letters(const fs::path& folder, LaneKey lane, const std::set<SiteKey>& sites) {
  for (const fs::path& record : put_aside(folder, lane)) {
    const auto site = whose(record);
    if (!site || sites.contains(*site)) erase_record(record);
  }
}

void erase_dead_letters(const fs::path& folder, LaneKey lane) {
  for (const fs::path& record : put_aside(folder, lane)) erase_record(record);
}

Result<void> erase_team(const fs::path& folder, const fs::path& lanes, LaneKey lane) {
  std::vector<fs::path> hashed;  // files that may hold hashes
  std::error_code ec;
  for (fs::recursive_directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().filename().string();
    const bool database = name == "hitkeep.db" || name.starts_with("hitkeep.db.clone") || name == "hitkeep.db.wal";
    if (it->is_regular_file(ec) && !database) hashed.push_back(it->path());
  }
  const std::string backlog = concat({std::to_string(static_cast<std::uint32_t>(lane)), ".backlog"});
  for (fs::directory_iterator it(lanes, ec), end; !ec && it != end; it.increment(ec))
    if (it->path().filename().string().starts_with(backlog)) hashed.push_back(it->path());
  for (const fs::path& file : hashed) erase_or_say(file);
  ec.clear();
  fs::remove_all(folder, ec);
  if (ec) return fail(Code::unavailable, concat({folder.string(), " cannot be removed: ", ec.message()}));
  for (const fs::path& file : hashed) fs::remove(file, ec);
  for (const fs::path& parent : {folder.parent_path(), lanes})
    static_cast<void>(log::posix_files().sync_directory(parent));
  return {};
}

Result<void> mark_erased(const fs::path& file, log::Offset offset) {
  ByteWriter out;
  out.u64(offset);
  return save_sidecar(mark_of(file), out.take());
}

std::optional<log::Offset> erased_mark(const fs::path& file) {
  const auto bytes = read_sidecar(mark_of(file));
  return bytes ? std::optional(ByteReader(*bytes).u64()) : std::nullopt;
}

void forget_erased(const fs::path& file, log::Offset written) {
  const auto mark = erased_mark(file);
  std::error_code ec;
  if (mark && *mark <= written) fs::remove(mark_of(file), ec);
}

}  // namespace hk::store
