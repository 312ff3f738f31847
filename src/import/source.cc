#include "import/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "import/formats.h"

namespace hk::import {
namespace {

/// Gives the bytes of a file as they are once nothing is compressed.
class Bytes {
 public:
  virtual ~Bytes() = default;
  /// Empty at the end; valid until the next call.
  virtual Result<std::string_view> next() = 0;
};

class Plain final : public Bytes {
 public:
  Plain(int fd, std::string name) : fd_(fd), name_(std::move(name)), buffer_(kReadBytes, '\0') {}
  ~Plain() override { ::close(fd_); }
  Result<std::string_view> next() override {
    ssize_t got;
    do got = ::read(fd_, buffer_.data(), buffer_.size());
    while (got < 0 && errno == EINTR);
    if (got < 0)
      return fail(Code::invalid, concat({name_, " cannot be read: ", std::generic_category().message(errno)}));
    read_ += static_cast<std::uint64_t>(got);
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
  }
  std::uint64_t read() const { return read_; }
  const std::string& name() const { return name_; }

 private:
  const int fd_;
  const std::string name_;
  std::string buffer_;
  std::uint64_t read_ = 0;
};

/// What the kinds of compression have in common. `first` is what was read to tell them apart.
class Compressed : public Bytes {
 public:
  Compressed(Plain& from, std::string first) : from_(from), first_(std::move(first)), out_(kReadBytes, '\0') {}

 protected:
  /// False: there is nothing more, neither in the file nor in what was unpacked and had no room yet.
  Result<bool> refill() {
    if (!in_.empty() || full_) return true;
    if (!first_.empty()) {
      held_ = std::exchange(first_, {});
      in_ = held_;
      return true;
    }
    const auto more = from_.next();
    if (!more) return std::unexpected(more.error());
    in_ = *more;
    return !in_.empty();
  }
  std::unexpected<Error> damaged() const {
    return fail(Code::invalid, concat({from_.name(), " is damaged, or not whole: it cannot be unpacked any further"}));
  }
  Plain& from_;
  std::string first_, held_, out_;
  std::string_view in_;
  bool full_ = false;  // the last call filled all of `out_`: more may wait behind it
};

class Gzip final : public Compressed {
 public:
  Gzip(Plain& from, std::string first) : Compressed(from, std::move(first)) {
    constexpr int kGzip = 16;
    ok_ = inflateInit2(&stream_, MAX_WBITS + kGzip) == Z_OK;
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Result<std::string_view> next() override {
    while (ok_) {
      const auto more = refill();
      if (!more) return std::unexpected(more.error());
      if (!*more) return inside_ ? Result<std::string_view>(damaged()) : std::string_view{};
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in_.data()));
      stream_.avail_in = static_cast<uInt>(in_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      inside_ = true;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      in_.remove_prefix(in_.size() - stream_.avail_in);
      full_ = state != Z_STREAM_END && stream_.avail_out == 0;
      if (state == Z_STREAM_END) {
        inside_ = false;
        ok_ = inflateReset(&stream_) == Z_OK;  // another member may follow
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        break;
      }
      if (const std::size_t made = out_.size() - stream_.avail_out; made > 0)
        return std::string_view(out_).substr(0, made);
    }
    return damaged();
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
  bool inside_ = false;  // a member has begun and not ended
};

class Zstd final : public Compressed {
 public:
  Zstd(Plain& from, std::string first) : Compressed(from, std::move(first)), stream_(ZSTD_createDStream()) {}
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Result<std::string_view> next() override {
    while (stream_ != nullptr) {
      const auto more = refill();
      if (!more) return std::unexpected(more.error());
      if (!*more) return inside_ ? Result<std::string_view>(damaged()) : std::string_view{};
      ZSTD_inBuffer in{in_.data(), in_.size(), 0};
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const std::size_t left = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(left) != 0) break;
      inside_ = left != 0;
      in_.remove_prefix(in.pos);
      full_ = inside_ && out.pos == out.size;
      if (out.pos > 0) return std::string_view(out_).substr(0, out.pos);
    }
    return damaged();
  }

 private:
  ZSTD_DStream* stream_;
  bool inside_ = false;
};

/// What was read to tell the kinds apart, and then the rest.
class AsItIs final : public Compressed {
 public:
  using Compressed::Compressed;
  Result<std::string_view> next() override {
    const auto more = refill();
    if (!more) return std::unexpected(more.error());
    return std::exchange(in_, {});
  }
};

class Lines final : public LogSource {
 public:
  Lines(std::unique_ptr<Plain> file, std::unique_ptr<Bytes> bytes, std::uint64_t size)
      : file_(std::move(file)), bytes_(std::move(bytes)), size_(size) {}

  Result<std::optional<std::string_view>> next() override {
    line_.clear();
    bool any = false;
    while (true) {
      if (chunk_.empty()) {
        const auto more = bytes_->next();
        if (!more) return std::unexpected(more.error());
        chunk_ = *more;
        if (chunk_.empty()) return any ? std::optional<std::string_view>(line_) : std::nullopt;
      }
      any = true;
      const auto end = chunk_.find('\n');
      const auto part = chunk_.substr(0, end);
      chunk_.remove_prefix(end == std::string_view::npos ? chunk_.size() : end + 1);
      if (end != std::string_view::npos && line_.empty()) return part.substr(0, kMaxLineBytes + 1);
      line_ += part.substr(0, kMaxLineBytes + 1 - line_.size());
      if (end != std::string_view::npos) return line_;
    }
  }
  std::uint64_t read_bytes() const override { return file_->read(); }
  std::uint64_t size() const override { return size_; }

 private:
  std::unique_ptr<Plain> file_;
  std::unique_ptr<Bytes> bytes_;
  const std::uint64_t size_;
  std::string_view chunk_;
  std::string line_;
};

}  // namespace

Result<std::unique_ptr<LogSource>> LogSource::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(Code::invalid, concat({path.string(), " cannot be opened: ", std::generic_category().message(errno)}));
  auto file = std::make_unique<Plain>(fd, path.string());
  struct stat about{};
  if (::fstat(fd, &about) != 0 || S_ISDIR(about.st_mode))
    return fail(Code::invalid, concat({path.string(), " is no file of lines"}));
  const auto read = file->next();
  if (!read) return std::unexpected(read.error());
  std::string first(*read);
  std::unique_ptr<Bytes> bytes;
  if (first.starts_with("\x1f\x8b"))
    bytes = std::make_unique<Gzip>(*file, std::move(first));
  else if (first.starts_with("\x28\xb5\x2f\xfd"))
    bytes = std::make_unique<Zstd>(*file, std::move(first));
  else
    bytes = std::make_unique<AsItIs>(*file, std::move(first));
  return std::make_unique<Lines>(std::move(file), std::move(bytes), static_cast<std::uint64_t>(about.st_size));
}

}  // namespace hk::import
