#include "store/clone.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string_view>

#include "base/text.h"
#include "db/duck.h"
#include "log/file.h"
#include "store/bytes.h"
#include "store/sidecar.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "HKCLONE1";
/// One read and write of a copy.
constexpr std::size_t kCopyBytes = 1u << 20;

std::unexpected<Error> failed(const fs::path& path, std::string_view what, int error = errno) {
  return fail(Code::unavailable, concat({path.string(), " ", what, ": ", std::strerror(error), "."}));
}

fs::path beside(const fs::path& file, std::string_view end) {
  return concat({file.string(), end});
}
fs::path note_of(const fs::path& file) {
  return beside(file, ".clone.note");
}

Result<void> sync_names(const fs::path& file) {
  if (const auto done = log::posix_files().sync_directory(fs::absolute(file).parent_path()); !done)
    return failed(file.parent_path(), "cannot be synced", done.error());
  return {};
}

Result<void> move_to(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed(from, "cannot be moved");
  return {};
}

/// Rests, where more than `pace` allows was copied since the beginning. False: it was told to stop.
class Pace {
 public:
  explicit Pace(std::uint64_t bytes_per_second) : rate_(bytes_per_second) {}
  bool rest(std::uint64_t copied, const std::stop_token& stop) {
    if (rate_ > 0) {
      const auto due = begun_ + std::chrono::microseconds(copied * 1'000'000 / rate_);
      std::unique_lock lock(mutex_);
      (void)wake_.wait_until(lock, stop, due, [] { return false; });
    }
    return !stop.stop_requested();
  }

 private:
  const std::uint64_t rate_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

/// Begins to write the newest piece and waits for the one before it: no sync, which others would wait for. What nobody
/// will read soon takes no place of what somebody reads.
void leave_cache(int from, int to, off_t at, ssize_t bytes) {
  (void)::sync_file_range(to, at, bytes, SYNC_FILE_RANGE_WRITE);
  if (at > 0) {
    const auto before = at - static_cast<off_t>(kCopyBytes);
    (void)::sync_file_range(to, before, kCopyBytes,
                            SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    (void)::posix_fadvise(to, before, kCopyBytes, POSIX_FADV_DONTNEED);
  }
  (void)::posix_fadvise(from, at, bytes, POSIX_FADV_DONTNEED);
}

/// From the beginning to the end. Each piece but the last has kCopyBytes.
Result<void> pour(int from, int to, const fs::path& name, std::uint64_t rate, const std::stop_token& stop) {
  Pace pace(rate);
  std::string buffer(kCopyBytes, '\0');
  off_t at = 0;
  for (;;) {
    const auto got = ::pread(from, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(name, "cannot be made: what it is a copy of cannot be read");
    if (got == 0) return {};
    for (ssize_t written = 0; written < got;) {
      const auto put = ::pwrite(to, buffer.data() + written, static_cast<std::size_t>(got - written), at + written);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return failed(name, "cannot be written");
      written += put;
    }
    if (rate > 0) leave_cache(from, to, at, got);
    at += got;
    if (!pace.rest(static_cast<std::uint64_t>(at), stop)) return fail(Code::unavailable, "the program stops");
  }
}

fs::path name_aside(const fs::path& file) {
  std::error_code ec;
  for (int n = 1;; ++n)
    if (auto aside = beside(file, ".damaged-" + std::to_string(n));
        !fs::exists(aside, ec) && !fs::exists(beside(aside, ".wal"), ec))
      return aside;
}

/// A file that holds what the clone does; the clone itself, where there is no room for another copy.
Result<fs::path> fresh_from(const fs::path& file) {
  fs::path clone = clone_of(file);
  fs::path fresh = beside(file, ".clone.heal");
  std::error_code ec;
  fs::remove(fresh, ec);
  const Descriptor from(::open(clone.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from) return failed(clone, "cannot be read");
  if (copy_file(from.get(), fresh, 0)) return fresh;
  fs::remove(fresh, ec);
  return clone;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Written> written(const fs::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return failed(file, "cannot be looked at");
  return Written{.bytes = static_cast<std::uint64_t>(info.st_size),
                 .at_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

fs::path clone_of(const fs::path& file) {
  return beside(file, ".clone");
}

fs::path clone_part_of(const fs::path& file) {
  return beside(file, ".clone.part");
}

fs::path compact_of(const fs::path& file) {
  return beside(file, ".clone.compact");
}

std::optional<CloneNote> clone_note(const fs::path& file) {
  const auto body = read_sidecar(note_of(file));
  if (!body) return std::nullopt;
  ByteReader from(*body);
  if (from.bytes(kMagic.size()) != kMagic) return std::nullopt;
  CloneNote note;
  note.mark.timeline = from.uuid();
  note.mark.offset = from.varint();
  note.holds = from.varint();
  note.wants = from.varint();
  note.taken = from_ms(from.zigzag());
  note.noted = from_ms(from.zigzag());
  note.written = {.bytes = from.varint(), .at_ns = from.zigzag()};
  note.from_log = from.u8() != 0;
  return from.done() ? std::optional(note) : std::nullopt;
}

Result<void> save(const fs::path& file, const CloneNote& note) {
  ByteWriter to;
  to.bytes(kMagic);
  to.uuid(note.mark.timeline);
  to.varint(note.mark.offset);
  to.varint(note.holds);
  to.varint(note.wants);
  to.zigzag(to_ms(note.taken));
  to.zigzag(to_ms(note.noted));
  to.varint(note.written.bytes);
  to.zigzag(note.written.at_ns);
  to.u8(note.from_log ? 1 : 0);
  return save_sidecar(note_of(file), to.take());
}

void forget_clone(const fs::path& file) {
  std::error_code ec;
  for (const std::string_view end : {".clone.note", ".clone", ".clone.part", ".clone.heal"})
    fs::remove(beside(file, end), ec);
}

bool is_of_clone(const fs::path& name) {
  const std::string text = name.filename().string();
  return text.contains(".db.clone") || text.contains(".db.damaged-");
}

CloneStep next_step(const CloneFacts& facts, TimeMs now) {
  if (facts.damaged || (facts.last && !facts.changed)) return CloneStep::none;
  const auto& last = facts.last;
  const bool due = !last || facts.stale() || now < last->taken || now - last->taken >= kCloneAge ||
                   facts.log_end - std::min(facts.log_end, last->holds) > facts.log_bound / kCloneLogShare;
  if (!due) return CloneStep::none;
  return facts.free_bytes / kCloneRoom < facts.file_bytes ? CloneStep::no_room : CloneStep::take;
}

Result<void> copy_file(int from, const fs::path& to, std::uint64_t pace, const std::stop_token& stop) {
  const Descriptor out(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return failed(to, "cannot be made");
  if (::ioctl(out.get(), FICLONE, from) != 0)
    if (auto done = pour(from, out.get(), to, pace, stop); !done) return done;
  if (::fsync(out.get()) != 0) return failed(to, "cannot be synced");
  return {};
}

Result<fs::path> replace_damaged(const fs::path& file, bool clone) {
  fs::path aside = name_aside(file);
  std::error_code ec;
  auto fresh = clone ? fresh_from(file) : Result<fs::path>(fs::path());
  if (!fresh) return std::unexpected(std::move(fresh.error()));
  // Without its WAL the damaged file is still what a start finds; the file that takes its place must not find one.
  for (const std::string_view end : db::kWalFiles)
    if (fs::exists(beside(file, end), ec))
      if (auto moved = move_to(beside(file, end), beside(aside, end)); !moved) return std::unexpected(moved.error());
  // A second name, so that the first is never without a file. Where the file system has none, it is for a moment.
  const bool linked = ::link(file.c_str(), aside.c_str()) == 0;
  auto done = linked ? Result<void>{} : move_to(file, aside);
  if (done && clone)
    done = move_to(*fresh, file);
  else if (done && linked && ::unlink(file.c_str()) != 0)
    done = failed(file, "cannot be moved");
  if (done) done = sync_names(file);
  if (!done) return std::unexpected(std::move(done.error()));
  (void)::utimensat(AT_FDCWD, aside.c_str(), nullptr, 0);  // it is kept for a while from now on
  return aside;
}

bool means_damage(const Error& error) {
  const auto has = [&](std::string_view part) { return error.message.contains(part); };
  switch (db::cause_of(error)) {
    case db::DuckCause::damage:
      return true;
    case db::DuckCause::other:
      // What nobody foresaw of a file that begins as a database does: all else that a file can be has words of its own.
      return (has(" cannot be read as a database.") || has(" is damaged.")) && !has("Cannot open file") &&
             !has("Too many open files");
    default:
      return false;
  }
}

}  // namespace hk::store
