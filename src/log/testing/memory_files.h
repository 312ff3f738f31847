#pragma once
// Files in memory that remember what was synced: they lose power, run full and fail on request. Thread-safe.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "log/file.h"

namespace hk::log {

class MemoryFiles final : public FileSystem {
 public:
  /// A disk keeps or loses sectors as a whole.
  static constexpr std::size_t kSector = 512;

  /// Bytes of all files together; beyond, writes that grow a file fail with ENOSPC.
  std::atomic<std::uint64_t> capacity{UINT64_MAX};
  /// Each write takes at most this many bytes.
  std::atomic<std::size_t> longest_write{SIZE_MAX};
  /// errno that reads return while it is set; 0 for none.
  std::atomic<int> read_error{0};
  /// errno that the next sync (write) of a file returns, once; 0 for none.
  std::atomic<int> sync_error{0};
  std::atomic<int> write_error{0};
  std::atomic<std::uint64_t> syncs{0};
  /// Bytes that give_back() took, and whether there were others than zeros among them.
  std::atomic<std::uint64_t> given_back{0};
  std::atomic<bool> gave_back_data{false};
  /// After so many syncs of files, every further one fails: the machine is about to go off.
  std::atomic<std::uint64_t> off_after{UINT64_MAX};

  /// While set, syncs of segments wait: what is appended meanwhile collects.
  void hold_syncs(bool hold) {
    {
      const std::lock_guard lock(mutex_);
      hold_ = hold;
    }
    released_.notify_all();
  }
  /// Returns when a sync of a segment waits.
  void await_held_sync() {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return held_ > 0; });
  }

  /// What is on the disk after the power went: of what was not synced, any sectors may be there and others not; of the
  /// names that were changed since the last sync of the directory, the first so many. Everything fails until boot().
  template <class Random>
  void lose_power(Random& random) {
    const std::lock_guard lock(mutex_);
    const auto kept = std::uniform_int_distribution<std::size_t>(0, renames_.size())(random);
    for (std::size_t i = 0; i < kept; ++i) renames_[i](durable_names_);
    renames_.clear();
    names_ = durable_names_;
    for (auto& [name, node] : names_) {
      // Three kinds of loss: nothing of it arrived, a prefix did, or any of its sectors.
      const auto kind = std::uniform_int_distribution<int>(0, 2)(random);
      auto bytes = node->durable;
      bytes.resize(std::max(bytes.size(), node->bytes.size()));
      std::size_t prefix = std::uniform_int_distribution<std::size_t>(0, node->dirty.size())(random);
      for (const auto sector : node->dirty) {
        const bool keep = kind == 1 ? prefix > 0 : kind == 2 && (random() & 1);
        if (prefix > 0) --prefix;
        if (!keep) continue;
        const auto from = sector * kSector;
        const auto size = std::min(kSector, node->bytes.size() - std::min(from, node->bytes.size()));
        std::copy_n(node->bytes.begin() + static_cast<std::ptrdiff_t>(from), size,
                    bytes.begin() + static_cast<std::ptrdiff_t>(from));
      }
      node = std::make_shared<Node>(Node{bytes, bytes, {}, node->segment});
    }
    durable_names_ = names_;
    ++generation_;
    off_ = true;
  }

  /// The process died, the machine did not: what was written is there. Everything fails until boot().
  void kill() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, node] : names_)
      node = std::make_shared<Node>(Node{node->bytes, node->durable, node->dirty, node->segment});
    ++generation_;
    off_ = true;
  }

  /// Once the log that died is gone.
  void boot() {
    const std::lock_guard lock(mutex_);
    off_ = false;
  }

  std::string content(const std::filesystem::path& file) const {
    const std::lock_guard lock(mutex_);
    const auto it = names_.find(file.string());
    return it == names_.end() ? "" : it->second->bytes;
  }
  void put(const std::filesystem::path& file, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    const auto node = std::make_shared<Node>(Node{bytes, bytes, {}, file.extension() == ".seg"});
    names_[file.string()] = node;
    durable_names_[file.string()] = node;
  }
  void flip(const std::filesystem::path& file, std::uint64_t position, char mask = 1) {
    auto bytes = content(file);
    bytes.at(position) = static_cast<char>(bytes.at(position) ^ mask);
    put(file, std::move(bytes));
  }
  std::map<std::string, std::string> everything() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> all;
    for (const auto& [name, node] : names_) all[name] = node->bytes;
    return all;
  }

  /// What place() says: another number is another machine.
  std::atomic<std::uint64_t> number{0};

  Io<> make_directory(const std::filesystem::path&) override { return {}; }
  std::uint64_t place(const std::filesystem::path&) override { return number; }

  Io<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& [name, node] : names_) {
      const std::filesystem::path path(name);
      if (path.parent_path() == directory) found.push_back(path.filename().string());
    }
    return found;
  }

  Io<std::unique_ptr<File>> open(const std::filesystem::path& file) override {
    const std::lock_guard lock(mutex_);
    const auto it = names_.find(file.string());
    if (it == names_.end()) return std::unexpected(ENOENT);
    return std::make_unique<Handle>(*this, it->second);
  }

  Io<std::unique_ptr<File>> create(const std::filesystem::path& file) override {
    const std::lock_guard lock(mutex_);
    if (off_) return std::unexpected(EIO);
    if (names_.contains(file.string())) return std::unexpected(EEXIST);
    const auto node = std::make_shared<Node>();
    change([name = file.string(), node](Names& names) { names[name] = node; });
    return std::make_unique<Handle>(*this, node);
  }

  Io<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const std::lock_guard lock(mutex_);
    if (off_) return std::unexpected(EIO);
    const auto it = names_.find(from.string());
    if (it == names_.end()) return std::unexpected(ENOENT);
    it->second->segment = to.extension() == ".seg";
    change([a = from.string(), b = to.string(), node = it->second](Names& names) {
      names.erase(a);
      names[b] = node;
    });
    return {};
  }

  Io<> remove(const std::filesystem::path& file) override {
    const std::lock_guard lock(mutex_);
    if (off_) return std::unexpected(EIO);
    if (!names_.contains(file.string())) return std::unexpected(ENOENT);
    change([name = file.string()](Names& names) { names.erase(name); });
    return {};
  }

  Io<> sync_directory(const std::filesystem::path&) override {
    const std::lock_guard lock(mutex_);
    if (off_) return std::unexpected(EIO);
    renames_.clear();
    durable_names_ = names_;
    return {};
  }

 private:
  struct Node {
    std::string bytes, durable;
    std::vector<std::size_t> dirty;  // sectors in the order in which they were written
    bool segment = false;            // has the name of one
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  class Handle final : public File {
   public:
    Handle(MemoryFiles& files, std::shared_ptr<Node> node)
        : files_(files), node_(std::move(node)), generation_(files.generation_) {}

    Io<std::size_t> read_at(std::span<char> into, std::uint64_t position) override {
      if (const int error = files_.read_error) return std::unexpected(error);
      const std::lock_guard lock(files_.mutex_);
      const auto& bytes = node_->bytes;
      if (position >= bytes.size()) return 0;
      return bytes.copy(into.data(), into.size(), position);
    }

    Io<std::size_t> write_at(std::string_view given, std::uint64_t position) override {
      if (const int error = files_.write_error.exchange(0)) return std::unexpected(error);
      const std::lock_guard lock(files_.mutex_);
      const auto part = given.substr(0, files_.longest_write);
      auto& bytes = node_->bytes;
      if (position + part.size() > bytes.size()) {
        std::uint64_t used = 0;
        for (const auto& [name, node] : files_.names_) used += node->bytes.size();
        if (used + position + part.size() - bytes.size() > files_.capacity) return std::unexpected(ENOSPC);
        bytes.resize(position + part.size());
      }
      bytes.replace(position, part.size(), part);
      for (auto sector = position / kSector; sector * kSector < position + part.size(); ++sector) {
        node_->dirty.push_back(sector);
      }
      return part.size();
    }

    Io<> sync() override {
      std::unique_lock lock(files_.mutex_);
      if (node_->segment && files_.hold_) {
        ++files_.held_;
        files_.released_.notify_all();
        files_.released_.wait(lock, [&] { return !files_.hold_; });
        --files_.held_;
      }
      if (const int error = files_.sync_error.exchange(0)) return std::unexpected(error);
      if (files_.syncs >= files_.off_after) return std::unexpected(EIO);
      if (generation_ != files_.generation_) return std::unexpected(EIO);  // the machine is off
      node_->durable = node_->bytes;
      node_->dirty.clear();
      ++files_.syncs;
      return {};
    }

    Io<std::uint64_t> size() override {
      const std::lock_guard lock(files_.mutex_);
      return node_->bytes.size();
    }

    Io<> give_back(std::uint64_t from, std::uint64_t to) override {
      const std::lock_guard lock(files_.mutex_);
      if (node_->bytes.find_first_not_of('\0', from) < to) files_.gave_back_data = true;
      files_.given_back += to - from;
      return {};
    }

   private:
    MemoryFiles& files_;
    std::shared_ptr<Node> node_;
    int generation_;
  };

  void change(const std::function<void(Names&)>& how) {
    how(names_);
    renames_.push_back(how);
  }

  mutable std::mutex mutex_;
  std::condition_variable released_;
  Names names_, durable_names_;
  std::vector<std::function<void(Names&)>> renames_;
  int generation_ = 0;
  bool off_ = false;
  bool hold_ = false;
  int held_ = 0;
};

}  // namespace hk::log
