#include "crypto/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "crypto/random.h"

namespace hk::crypto {
namespace {

constexpr std::size_t kMaxSecretFileBytes = 4'096;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::unexpected<Error> disk_error(const std::filesystem::path& file, std::string_view what, int error) {
  return fail(Code::internal, "cannot " + std::string(what) + " the secret file " + file.string() + ": " +
                                  std::generic_category().message(error));
}

/// At most one byte more than `most`; nullopt: there is no such file.
Result<std::optional<std::string>> read_closed(const std::filesystem::path& file, std::size_t most) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok() && errno == ENOENT) return std::nullopt;
  if (!fd.ok() && errno == ELOOP) {
    return fail(Code::invalid, "the secret file " + file.string() + " is a symbolic link; put the file itself there");
  }
  if (!fd.ok()) return disk_error(file, "open", errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return disk_error(file, "look at", errno);
  if (!S_ISREG(info.st_mode)) {
    return fail(Code::invalid, "the secret file " + file.string() + " is not an ordinary file");
  }
  if ((info.st_mode & 077) != 0) {
    return fail(Code::invalid, "the secret file " + file.string() +
                                   " can be read by others on this machine; run: chmod 600 " + file.string());
  }
  std::string text;
  std::array<char, 1'024> chunk;
  while (text.size() <= most) {
    const ssize_t n = ::read(fd.get(), chunk.data(), std::min(chunk.size(), most + 1 - text.size()));
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return disk_error(file, "read", errno);
    if (n > 0) text.append(chunk.data(), static_cast<std::size_t>(n));
  }
  ::explicit_bzero(chunk.data(), chunk.size());
  return text;
}

/// nullopt: there is no such file.
Result<std::optional<std::string>> read_secret(const std::filesystem::path& file, std::size_t least) {
  auto read = read_closed(file, kMaxSecretFileBytes);
  if (!read) return read;
  std::optional<std::string>& there = *read;
  if (!there) return std::nullopt;
  std::string& text = *there;
  std::string secret(trim(text));
  const std::size_t size = text.size();
  wipe(text);
  // A power cut can leave a file of the right length whose bytes are zeros.
  const bool printable = std::ranges::all_of(secret, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (secret.size() < least || size > kMaxSecretFileBytes || !printable) {
    wipe(secret);
    return fail(Code::invalid, "the secret file " + file.string() + " must hold " + std::to_string(least) + " to " +
                                   std::to_string(kMaxSecretFileBytes) +
                                   " printable characters; restore it, or remove it to get a new secret");
  }
  return secret;
}

Result<void> write_durably(const std::filesystem::path& file, std::string_view text) {
  const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) return disk_error(file, "create", errno);
  while (!text.empty()) {
    const ssize_t n = ::write(fd.get(), text.data(), text.size());
    if (n < 0 && errno != EINTR) return disk_error(file, "write", errno);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd.get()) != 0) return disk_error(file, "sync", errno);
  return {};
}

Result<void> sync_directory(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return disk_error(file, "sync the directory of", errno);
  return {};
}

}  // namespace

Result<Secret<std::string>> load_or_create_secret(const std::filesystem::path& file, std::size_t bytes) {
  auto read = read_secret(file, bytes * 2);
  if (!read) return std::unexpected(read.error());
  if (std::optional<std::string>& existing = *read) return Secret<std::string>(std::move(*existing));

  // Written beside and linked into place: a crash leaves either nothing or a whole secret under the name.
  const std::string fresh = random_hex(bytes);
  const std::filesystem::path beside = file.string() + "." + random_hex(8) + ".new";
  const auto written = write_durably(beside, fresh + "\n");
  const bool linked = written && ::link(beside.c_str(), file.c_str()) == 0;
  const int link_error = errno;
  ::unlink(beside.c_str());
  if (!written) return std::unexpected(written.error());
  if (!linked && link_error != EEXIST) return disk_error(file, "create", link_error);
  if (auto synced = sync_directory(file); !synced) return std::unexpected(synced.error());
  if (linked) return Secret<std::string>(fresh);

  // Somebody else was faster; his secret counts.
  auto again = read_secret(file, bytes * 2);
  if (!again) return std::unexpected(again.error());
  std::optional<std::string>& theirs = *again;
  if (!theirs) return disk_error(file, "read", ENOENT);
  return Secret<std::string>(std::move(*theirs));
}

Result<std::optional<Secret<std::string>>> read_secret_file(const std::filesystem::path& file) {
  auto read = read_closed(file, kMaxKeptBytes);
  if (!read) return std::unexpected(read.error());
  std::optional<std::string>& text = *read;
  if (!text) return std::nullopt;
  if (text->size() > kMaxKeptBytes)
    return fail(Code::invalid, "the secret file " + file.string() + " is longer than what HitKeep keeps in one");
  return Secret<std::string>(std::move(*text));
}

Result<void> replace_secret_file(const std::filesystem::path& file, const Secret<std::string>& text) {
  const std::filesystem::path beside = file.string() + "." + random_hex(8) + ".new";
  auto done = write_durably(beside, text.reveal());
  if (done && ::rename(beside.c_str(), file.c_str()) != 0) done = disk_error(file, "replace", errno);
  if (!done) ::unlink(beside.c_str());
  return done ? sync_directory(file) : done;
}

}  // namespace hk::crypto
