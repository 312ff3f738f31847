#pragma once
// The few file operations that the log needs, behind an interface so that tests can lose power, run out of
// space and fail a sync. Nothing else in the log touches the disk.

#include <cerrno>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hk::log {

/// A value or an errno.
template <class T = void>
using Io = std::expected<T, int>;

/// An open file. Reads may run beside each other and beside writes to other places; writes are the caller's to order.
class File {
 public:
  virtual ~File() = default;
  /// Bytes read; fewer than asked only at the end of the file.
  virtual Io<std::size_t> read_at(std::span<char> into, std::uint64_t position) = 0;
  /// Bytes written; may be fewer than given.
  virtual Io<std::size_t> write_at(std::string_view bytes, std::uint64_t position) = 0;
  /// What was written is on the disk when this returns (fdatasync).
  virtual Io<> sync() = 0;
  virtual Io<std::uint64_t> size() = 0;
  /// Gives back the disk space of what holds zeros from `from` to `to`, which reads the same afterwards. EOPNOTSUPP
  /// where the file system cannot.
  virtual Io<> give_back(std::uint64_t from, std::uint64_t to) = 0;
};

/// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Io<> make_directory(const std::filesystem::path& directory) = 0;
  /// A number that tells a directory from every copy of it, as long as it is not moved to another file system; 0 where
  /// the file system has none.
  virtual std::uint64_t place(const std::filesystem::path& directory) = 0;
  virtual Io<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;
  /// An existing file, for reading and writing.
  virtual Io<std::unique_ptr<File>> open(const std::filesystem::path& file) = 0;
  /// A new, empty file that only its owner may read; EEXIST where there is one.
  virtual Io<std::unique_ptr<File>> create(const std::filesystem::path& file) = 0;
  virtual Io<> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual Io<> remove(const std::filesystem::path& file) = 0;
  /// Names are on the disk when this returns: what was created, renamed and removed.
  virtual Io<> sync_directory(const std::filesystem::path& directory) = 0;
};

/// The machine's own files.
FileSystem& posix_files();

/// Writes everything, however short single writes are.
Io<> write_all(File& file, std::string_view bytes, std::uint64_t position);
/// Fills `into`; ENODATA where the file ends before.
Io<> read_all(File& file, std::span<char> into, std::uint64_t position);
/// Writes zeros from `from` to `to` and syncs them, in steps small enough that other syncs of the disk get their turn.
/// `go_on` is asked before each step and may rest; ECANCELED when it says no.
Io<> zero_fill(File& file, std::uint64_t from, std::uint64_t to, const std::function<bool()>& go_on = {});

/// "No space left on device".
std::string describe(int error_number);

}  // namespace hk::log
