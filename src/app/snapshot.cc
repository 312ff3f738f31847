#include "app/snapshot.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "base/text.h"
#include "db/directory_lock.h"
#include "db/rebuild.h"
#include "ingest/salts.h"
#include "store/clone.h"
#include "store/visitor_map.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

/// Checkpoints are held off no longer than this, in ms: meanwhile write-ahead logs grow.
constexpr int kMostHeldMs = 600'000;
/// How long the program may take to come to rest, and to say so, in ms.
constexpr int kAnswerMs = 60'000;
/// One read and write of a copy.
constexpr std::size_t kCopyBytes = 1u << 20;
/// Files of the data directory that a snapshot leaves out: salts and maps of visitors are in no backup, the others are
/// of a running program.
constexpr std::string_view kLeftOut[] = {ingest::Salts::kNeverCopied, "lock", "tmp", "control.db-shm"};
/// Words on the socket, each a line.
constexpr std::string_view kHeld = "held\n", kDone = "done\n", kKept = "kept\n";

std::unexpected<Error> failed(const fs::path& path, std::string_view what) {
  return fail(Code::unavailable, concat({path.string(), " ", what, ": ", std::strerror(errno), "."}));
}

/// A file descriptor.
class Handle {
 public:
  explicit Handle(int fd) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Named by the inode of the data directory, in the abstract namespace.
struct Address {
  explicit Address(const fs::path& data) {
    struct stat info{};
    if (::stat(data.c_str(), &info) != 0) info = {};
    owner = info.st_uid;
    to.sun_family = AF_UNIX;
    std::snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "hitkeep-%llx-%llx",
                  static_cast<unsigned long long>(info.st_dev), static_cast<unsigned long long>(info.st_ino));
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&to); }
  sockaddr_un to{};
  uid_t owner = 0;  // of the directory
};

/// Whether the other side is this user or root: anybody can call, and anybody could have taken the name.
bool trusted(int fd, uid_t user) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == 0 || peer.uid == user);
}

bool say(int fd, std::string_view words) {
  return ::send(fd, words.data(), words.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(words.size());
}

/// One line, with its end; what came before the other side closed where there is none.
std::string hear(int fd, int milliseconds) {
  std::string line;
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  char c = 0;
  while (line.size() < 4096 && !line.ends_with('\n') && ::poll(&waiting, 1, milliseconds) == 1 &&
         ::recv(fd, &c, 1, 0) == 1)
    line += c;
  return line;
}

}  // namespace

Result<std::unique_ptr<SnapshotDoor>> SnapshotDoor::open(const fs::path& data, Hold hold) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  std::unique_ptr<SnapshotDoor> door(new SnapshotDoor(std::move(hold), listener, wake));
  const Address here(data);
  if (listener < 0 || wake < 0 || ::bind(listener, here.get(), sizeof here.to) != 0 || ::listen(listener, 4) != 0)
    return failed("the socket", "cannot be opened");
  door->thread_ = std::thread([self = door.get()] { self->run(); });
  pthread_setname_np(door->thread_.native_handle(), "snapshot");
  return door;
}

SnapshotDoor::SnapshotDoor(Hold hold, int listener, int wake)
    : hold_(std::move(hold)), listener_(listener), wake_(wake) {}

SnapshotDoor::~SnapshotDoor() {
  if (thread_.joinable()) {
    ::eventfd_write(wake_, 1);
    thread_.join();
  }
  if (listener_ >= 0) ::close(listener_);
  if (wake_ >= 0) ::close(wake_);
}

bool SnapshotDoor::wait_for(int fd, int milliseconds) const {
  std::array<pollfd, 2> waiting{
      {{.fd = fd, .events = POLLIN, .revents = 0}, {.fd = wake_, .events = POLLIN, .revents = 0}}};
  while (::poll(waiting.data(), waiting.size(), milliseconds) < 0)
    if (errno != EINTR) return false;
  return waiting[1].revents == 0 && waiting[0].revents != 0;
}

void SnapshotDoor::run() {
  while (wait_for(listener_, -1)) {
    const Handle client(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (client && trusted(client.get(), ::geteuid())) serve(client.get());
  }
}

void SnapshotDoor::serve(int client) {
  auto held = hold_();
  if (!held) {
    say(client, concat({held.error().message, "\n"}));
    return;
  }
  logging::info("a snapshot is taken; checkpoints wait");
  const bool kept = say(client, kHeld) && wait_for(client, kMostHeldMs) && hear(client, 0) == kDone;
  if (kept) say(client, kKept);
  logging::info(kept ? "the snapshot is taken" : "the snapshot was given up");
}

namespace {

/// Where to copy what, and what it came to.
struct Copy {
  std::uint64_t files = 0, bytes = 0;

  Result<void> directory(const fs::path& from, const fs::path& to);
  Result<void> log(const fs::path& from, const fs::path& to);
  Result<void> file(const fs::path& from, const fs::path& to);
};

bool is_log(const fs::path& path) {
  return path.filename() == "log";
}

/// Entries in an order that a running program allows: a database before its write-ahead log, the log after all of them.
Result<std::vector<fs::path>> entries(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code ec;
  for (fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) found.push_back(it->path());
  if (ec) return fail(Code::unavailable, concat({directory.string(), " cannot be read: ", ec.message(), "."}));
  std::ranges::sort(found, {}, [](const fs::path& path) { return std::pair(is_log(path), path.string()); });
  return found;
}

Result<void> make_directory(const fs::path& path) {
  std::error_code ec;
  fs::create_directories(path, ec);
  if (!ec) fs::permissions(path, fs::perms::owner_all, ec);
  if (ec) return fail(Code::unavailable, concat({path.string(), " cannot be made: ", ec.message(), "."}));
  return {};
}

Result<void> sync(const fs::path& directory) {
  const Handle handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || ::fsync(handle.get()) != 0) return failed(directory, "cannot be synced");
  return {};
}

/// Copies `from` up to `end`, or to its end; zeros stay holes. Where the last byte that is none stands.
Result<std::uint64_t> pour(int from, int to, std::uint64_t end, const fs::path& name) {
  std::string buffer(kCopyBytes, '\0');
  std::uint64_t at = 0, used = 0;
  while (at < end) {
    const auto most = std::min<std::uint64_t>(buffer.size(), end - at);
    const auto got = ::pread(from, buffer.data(), most, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(name, "cannot be read");
    if (got == 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (const auto last = bytes.find_last_not_of('\0'); last != bytes.npos) {
      if (::pwrite(to, bytes.data(), bytes.size(), static_cast<off_t>(at)) != got)
        return failed(name, "cannot be copied");
      used = at + last + 1;
    }
    at += bytes.size();
  }
  if (end == UINT64_MAX && ::ftruncate(to, static_cast<off_t>(at)) != 0) return failed(name, "cannot be copied");
  return used;
}

Result<void> Copy::file(const fs::path& from, const fs::path& to) {
  const Handle in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in && errno == ENOENT) return {};  // a WAL that went with a checkpoint, a segment that was recycled
  if (!in) return failed(from, "cannot be read");
  const Handle out(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return failed(to, "cannot be made");
  auto used = pour(in.get(), out.get(), UINT64_MAX, from);
  // A segment is written while it is copied. Up to what was there the first time, it is now without holes.
  if (used && from.extension() == ".seg") used = pour(in.get(), out.get(), *used, from);
  if (!used) return std::unexpected(std::move(used.error()));
  if (::fsync(out.get()) != 0) return failed(to, "cannot be synced");
  ++files;
  bytes += *used;
  return {};
}

/// From the newest segment to the oldest: one that was full when its successor was begun is copied after that.
Result<void> Copy::log(const fs::path& from, const fs::path& to) {
  if (auto made = make_directory(to); !made) return made;
  auto segments = entries(from);
  if (!segments) return std::unexpected(std::move(segments.error()));
  for (auto it = segments->rbegin(); it != segments->rend(); ++it)
    if (it->extension() == ".seg")
      if (auto done = file(*it, to / it->filename()); !done) return done;
  return sync(to);
}

Result<void> Copy::directory(const fs::path& from, const fs::path& to) {
  if (auto made = make_directory(to); !made) return made;
  auto inside = entries(from);
  if (!inside) return std::unexpected(std::move(inside.error()));
  for (const fs::path& path : *inside) {
    const auto name = path.filename();
    if (std::ranges::find(kLeftOut, name.string()) != std::end(kLeftOut) || db::is_of_rebuild(name) ||
        store::is_of_clone(name) || path.extension() == store::VisitorMap::kNeverCopied ||
        name.string().contains(".aside-"))
      continue;
    std::error_code ec;
    const auto status = fs::symlink_status(path, ec);
    Result<void> done;
    if (fs::is_directory(status))
      done = is_log(path) ? log(path, to / name) : directory(path, to / name);
    else if (fs::is_regular_file(status))
      done = file(path, to / name);
    if (!done) return done;
  }
  return sync(to);
}

/// Either the directory is ours while this lives, or the program that has it holds its files still.
class Standstill {
 public:
  static Result<Standstill> take(const fs::path& data) {
    auto lock = db::DirectoryLock::take(data);
    if (lock) return Standstill(std::move(*lock));
    Handle program(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Address there(data);
    if (!program || ::connect(program.get(), there.get(), sizeof there.to) != 0 || !trusted(program.get(), there.owner))
      return fail(Code::unavailable,
                  concat({lock.error().message, " (It does not answer this user; it does so once it listens.)"}));
    const auto answer = hear(program.get(), kAnswerMs);
    if (answer != kHeld)
      return fail(Code::unavailable, concat({"the running HitKeep cannot hold its files still: ",
                                             answer.empty() ? "it does not answer" : answer}));
    return Standstill(std::move(program));
  }
  /// Whether it held until now.
  bool held() const {
    return lock_ || (program_ && say(program_->get(), kDone) && hear(program_->get(), kAnswerMs) == kKept);
  }

 private:
  explicit Standstill(db::DirectoryLock lock) : lock_(std::move(lock)) {}
  explicit Standstill(Handle program) : program_(std::move(program)) {}
  std::optional<db::DirectoryLock> lock_;
  std::optional<Handle> program_;
};

/// Empty where the snapshot may be made there.
std::string refusal(const fs::path& data, const fs::path& target) {
  std::error_code ec;
  if (!fs::is_directory(data, ec)) return concat({data.string(), " is no data directory of HitKeep"});
  if (fs::exists(target, ec) && !(fs::is_directory(target, ec) && fs::is_empty(target, ec)))
    return concat({target.string(), " exists and is not empty: name a new directory"});
  const auto relative = fs::weakly_canonical(target, ec).lexically_relative(fs::canonical(data, ec));
  if (!relative.empty() && *relative.begin() != "..")
    return concat({target.string(), " is inside the data directory: name one outside of it"});
  return {};
}

}  // namespace

Result<void> take_snapshot(const Config& config, const fs::path& given) {
  const fs::path data = fs::absolute(config.data_path).lexically_normal();
  fs::path target = fs::absolute(given).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  if (const auto why = refusal(data, target); !why.empty()) return fail(Code::invalid, why);
  const fs::path part = target.string() + ".part";
  std::error_code ec;
  fs::remove_all(part, ec);  // of an attempt that was killed
  auto rest = Standstill::take(data);
  if (!rest) return std::unexpected(std::move(rest.error()));
  Copy copy;
  auto done = make_directory(part);
  const fs::path elsewhere = config.db_path;
  if (done && !elsewhere.empty() && fs::absolute(elsewhere).lexically_normal() != data / "hitkeep.db") {
    // The log, which is copied with the directory, must be the newest.
    done = copy.file(elsewhere, part / "hitkeep.db");
    if (done) done = copy.file(elsewhere.string() + ".wal", part / "hitkeep.db.wal");
  }
  if (done) done = copy.directory(data, part);
  if (done && !rest->held())
    done =
        fail(Code::unavailable, "HitKeep stopped, or took up its work again, before the snapshot was whole; repeat it");
  if (done) {
    fs::rename(part, target, ec);
    if (ec) done = fail(Code::unavailable, concat({target.string(), " cannot be made: ", ec.message(), "."}));
  }
  if (!done) {
    fs::remove_all(part, ec);
    return done;
  }
  if (auto synced = sync(target.parent_path()); !synced) return synced;
  std::printf(
      "%s holds %llu files with %llu MB; start it with HITKEEP_DATA_PATH. It has no salts: who visits on the day of "
      "the "
      "snapshot counts once more after a restore.\n",
      target.c_str(), static_cast<unsigned long long>(copy.files), static_cast<unsigned long long>(copy.bytes >> 20));
  return {};
}

}  // namespace hk::app
