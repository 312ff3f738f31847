#pragma once
// A fresh directory for one test, gone afterwards.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace hk::testing {

/// Memory that looks like a disk, where there is enough of it (containers have 64 MB): for what is synced a thousand
/// times and only has to outlive its process. Otherwise where all temporary files are.
inline std::filesystem::path memory_directory() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code ec;
  const auto space = std::filesystem::space(memory, ec);
  return !ec && space.available >= std::uintmax_t{2} << 30 ? memory : std::filesystem::temp_directory_path();
}

class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& under = std::filesystem::temp_directory_path()) {
    std::string name = (under / "hitkeep-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace hk::testing
