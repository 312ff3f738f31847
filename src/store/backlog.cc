#include "store/backlog.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "base/text.h"
#include "crypto/random.h"
#include "log/crc32c.h"
#include "log/format.h"
#include "store/bytes.h"
#include "store/sidecar.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "HKBACKL1";
constexpr std::string_view kEnd = ".backlog";
/// One read of the file.
constexpr std::uint64_t kReadBytes = 1u << 20;
/// Hashes of so many bytes are overwritten with one sync.
constexpr std::uint64_t kForgetBytes = 8u << 20;
/// What is copied within this is one piece, and its hashes go together.
constexpr std::chrono::hours kPieceAge{1};

/// An entry: the record's place in the log, the record as the log frames it, and who did it, so that this can be
/// overwritten where it stands.
constexpr std::size_t kPlaceBytes = 8, kWhoBytes = 24;
/// Of checksums of records; there is no other file that an entry could be taken from.
constexpr std::uint32_t kSeed = 0;

struct Who {
  std::uint64_t visitor = 0, before = 0;
  bool renamed = false;
};

std::string bytes_of(const Who& who, log::Offset offset) {
  ByteWriter to;
  to.u64(who.visitor);
  to.u64(who.before);
  to.u64(0);
  std::string out = to.take();
  out.back() = who.renamed ? 1 : 0;
  ByteWriter place;
  place.u64(offset);
  const std::uint32_t sum = log::crc32c(log::crc32c(0, place.take()), out);
  for (std::size_t i = 0; i < 4; ++i) out[16 + i] = static_cast<char>(sum >> (8 * i));
  return out;
}

/// Of a hit whose identity was torn nobody else's is left: it is somebody's own.
Who who_of(std::string_view bytes, log::Offset offset) {
  ByteReader from(bytes);
  const Who who{.visitor = from.u64(), .before = from.u64(), .renamed = bytes.back() != 0};
  if (bytes_of(who, offset) == bytes) return who;
  return {.visitor = offset | std::uint64_t{1} << 63, .before = 0, .renamed = true};
}

bool is_hit(const log::Record& record) {
  return LaneKey{record.lane} != LaneKey::control && RecordKind{record.kind} == RecordKind::hit;
}

/// Entries, one behind the other.
class Scan {
 public:
  Scan(std::unique_ptr<log::File> file, fs::path name, std::uint64_t from, std::uint64_t end)
      : file_(std::move(file)), name_(std::move(name)), at_(from), end_(end) {}

  struct Found {
    log::Entry entry;  // until the next call
    Who who;
    std::uint64_t who_at = 0;  // where that stands in the file
  };
  /// nullopt: that was the last.
  Result<std::optional<Found>> next() {
    if (at_ == end_) return std::nullopt;
    const auto head = view(kPlaceBytes + log::kRecordHeaderBytes);
    if (!head) return std::unexpected(head.error());
    const auto framed = log::framed_size(head->substr(std::min(head->size(), kPlaceBytes)));
    const auto size = kPlaceBytes + framed + kWhoBytes;
    const auto bytes = view(size);
    if (!bytes) return std::unexpected(bytes.error());
    if (framed == 0 || bytes->size() < size) return damaged();
    Found found;
    found.entry.offset = ByteReader(*bytes).u64();
    const auto record = log::decode_record(bytes->substr(kPlaceBytes, framed), kSeed, found.entry.offset);
    if (!record) return damaged();
    found.entry.record = *record;
    found.who = who_of(bytes->substr(size - kWhoBytes), found.entry.offset);
    found.who_at = at_ + size - kWhoBytes;
    at_ += size;
    return found;
  }
  std::uint64_t at() const { return at_; }
  log::File& file() { return *file_; }

 private:
  /// So many bytes of what comes next; fewer where the file ends.
  Result<std::string_view> view(std::uint64_t size) {
    size = std::min(size, end_ - at_);
    if (at_ < buffer_at_ || at_ + size > buffer_at_ + buffer_.size()) {
      buffer_.resize(std::min(std::max(size, kReadBytes), end_ - at_));
      buffer_at_ = at_;
      if (const auto read = log::read_all(*file_, buffer_, at_); !read) {
        buffer_.clear();
        return fail(Code::unavailable, concat({name_.string(), " cannot be read: ", log::describe(read.error())}));
      }
    }
    return std::string_view(buffer_).substr(at_ - buffer_at_, size);
  }
  std::unexpected<Error> damaged() const {
    return fail(Code::internal, concat({name_.string(), " is damaged at byte ", std::to_string(at_)}));
  }

  std::unique_ptr<log::File> file_;
  fs::path name_;
  std::uint64_t at_, end_;
  std::string buffer_;
  std::uint64_t buffer_at_ = 0;
};

class BacklogReader final : public log::Reader {
 public:
  BacklogReader(Scan scan, log::Offset from, log::Offset to, OpenLog open_log)
      : scan_(std::move(scan)), at_(from), to_(to), open_log_(std::move(open_log)) {}

  Result<std::optional<log::Entry>> next(std::chrono::milliseconds wait) override {
    while (!log_) {
      auto read = scan_.next();
      if (!read) return std::unexpected(std::move(read.error()));
      const auto& found = *read;
      if (!found) {
        auto opened = open_log_(to_);
        if (!opened) return std::unexpected(std::move(opened.error()));
        log_ = std::move(*opened);
      } else if (found->entry.offset > at_) {
        at_ = found->entry.offset;
        return whole(*found);
      }
    }
    return log_->next(wait);
  }
  log::Offset position() const override { return log_ ? log_->position() : at_; }
  void wake() override {
    if (log_) log_->wake();
  }

 private:
  Result<std::optional<log::Entry>> whole(const Scan::Found& found) {
    log::Entry entry = found.entry;
    if (!is_hit(entry.record)) return entry;
    auto hit = decode_hit(entry.record.payload, entry.record.version);
    if (!hit) return entry;
    hit->visitor = found.who.visitor;
    hit->visitor_before = found.who.before;
    hit->late = hit->late || found.who.renamed;
    payload_ = encode(*hit);
    entry.record.payload = payload_;
    entry.record.version = kRecordVersion;
    return entry;
  }

  Scan scan_;
  log::Offset at_, to_;
  OpenLog open_log_;
  std::unique_ptr<log::Reader> log_;
  std::string payload_;
};

std::unexpected<Error> cannot(const fs::path& file, std::string_view what, int error) {
  return fail(Code::unavailable, concat({file.string(), " cannot be ", what, ": ", log::describe(error)}));
}

fs::path note_of(const fs::path& file) {
  return concat({file.string(), ".note"});
}

/// Under a name that says that it may hold hits as they came, and as old as if that were long ago.
Result<void> put_aside(const fs::path& file) {
  std::error_code ec;
  if (!fs::exists(file, ec)) return {};
  fs::path aside;
  for (int n = 1; aside.empty() || fs::exists(aside, ec); ++n)
    aside = concat({file.string(), ".aside-", std::to_string(n)});
  auto& disk = log::posix_files();
  auto done = disk.rename(file, aside);
  if (done) done = disk.sync_directory(fs::absolute(file).parent_path());
  if (!done) return cannot(file, "moved", done.error());
  fs::last_write_time(aside, fs::file_time_type::clock::from_sys(std::chrono::sys_seconds{}), ec);
  return {};
}

}  // namespace

Backlog::Backlog(fs::path file, State state) : file_(std::move(file)), state_(std::move(state)) {
  crypto::random_bytes(key_);
}

Backlog::Backlog(const fs::path& directory, const LaneIdentity& identity, const log::Mark& from)
    : Backlog(directory / concat({std::to_string(static_cast<std::uint32_t>(identity.lane)), kEnd}),
              {.identity = identity, .timeline = from.timeline, .from = from.offset, .to = from.offset}) {}

std::vector<std::unique_ptr<Backlog>> Backlog::all(const fs::path& directory) {
  std::vector<std::unique_ptr<Backlog>> out;
  std::error_code ec;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec))
    if (it->path().extension() == kEnd) files.push_back(it->path());
  for (const fs::path& file : files)
    if (auto state = noted(file))
      out.emplace_back(new Backlog(file, std::move(*state)));
    else
      logging::error("nobody knows what is in a backlog: the note beside it is not there, or not whole",
                     {{"file", file.string()}});
  return out;
}

std::optional<Backlog::State> Backlog::noted(const fs::path& file) {
  const auto body = read_sidecar(note_of(file));
  if (!body) return std::nullopt;
  ByteReader from(*body);
  if (from.bytes(kMagic.size()) != kMagic) return std::nullopt;
  State state;
  state.identity = {.lane = LaneKey{from.u32()}, .team = TeamId{from.uuid()}};
  state.timeline = from.uuid();
  state.from = from.varint();
  state.to = from.varint();
  state.bytes = from.varint();
  state.forgotten = from.varint();
  state.dropped = from.varint();
  for (auto n = from.varint(); from.ok() && n > 0; --n) {
    Piece& piece = state.pieces.emplace_back();
    piece.end = from.varint();
    piece.copied = from_ms(from.zigzag());
  }
  return from.done() ? std::optional(std::move(state)) : std::nullopt;
}

Result<void> Backlog::note(const State& state) const {
  ByteWriter to;
  to.bytes(kMagic);
  to.varint(static_cast<std::uint32_t>(state.identity.lane));
  to.uuid(state.identity.team.uuid);
  to.uuid(state.timeline);
  to.varint(state.from);
  to.varint(state.to);
  to.varint(state.bytes);
  to.varint(state.forgotten);
  to.varint(state.dropped);
  to.varint(state.pieces.size());
  for (const Piece& piece : state.pieces) {
    to.varint(piece.end);
    to.zigzag(to_ms(piece.copied));
  }
  // Where it cannot be made, saving says so.
  (void)log::posix_files().make_directory(file_.parent_path());
  return save_sidecar(note_of(file_), to.take());
}

Result<log::File*> Backlog::opened() {
  if (out_) return out_.get();
  auto& disk = log::posix_files();
  if (state_.bytes == 0) {
    // One that is there is of a backlog that was lost, or of a crash before its first commit.
    if (auto done = put_aside(file_); !done) return std::unexpected(std::move(done.error()));
    if (auto done = note(state_); !done) return std::unexpected(std::move(done.error()));
  }
  auto file = state_.bytes == 0 ? disk.create(file_) : disk.open(file_);
  if (!file) return cannot(file_, "opened", file.error());
  out_ = std::move(*file);
  return out_.get();
}

void Backlog::add(log::Offset offset, const log::Record& record) {
  ensure(offset > state_.to, "a backlog grows in the order of the log");
  ByteWriter place;
  place.u64(offset);
  pending_ += place.take();
  const auto at = pending_.size();
  log::frame_record(record, pending_);
  log::seal_record(pending_.data() + at, pending_.size() - at, kSeed, offset);
  pending_ += bytes_of({}, offset);
}

void Backlog::add(log::Offset offset, const Hit& hit) {
  Hit nobody = hit;
  nobody.visitor = nobody.visitor_before = 0;
  const std::string payload = encode(nobody);
  add(offset, log::Record{.lane = static_cast<std::uint32_t>(state_.identity.lane),
                          .kind = static_cast<std::uint8_t>(RecordKind::hit),
                          .version = kRecordVersion,
                          .payload = payload});
  pending_.replace(pending_.size() - kWhoBytes, kWhoBytes,
                   bytes_of({.visitor = hit.visitor, .before = hit.visitor_before}, offset));
  ++pending_hits_;
}

Result<void> Backlog::commit(log::Mark to, TimeMs now) {
  State next = state_;
  next.timeline = to.timeline;
  next.to = to.offset;
  if (!pending_.empty()) {
    auto file = opened();
    if (!file) return std::unexpected(std::move(file.error()));
    auto done = log::write_all(**file, pending_, next.bytes);
    if (done) done = (*file)->sync();
    if (!done) return cannot(file_, "written", done.error());
    next.bytes += pending_.size();
    if (next.pieces.empty() || now - next.pieces.back().copied >= kPieceAge || now < next.pieces.back().copied)
      next.pieces.push_back({.end = 0, .copied = now});
    next.pieces.back().end = next.bytes;
  }
  if (auto done = note(next); !done) return done;
  state_ = std::move(next);
  give_up();
  return {};
}

void Backlog::give_up() {
  pending_.clear();
  pending_hits_ = 0;
}

std::uint64_t Backlog::drop(log::Mark to) {
  const std::uint64_t hits = pending_hits_;
  give_up();
  state_.timeline = to.timeline;
  state_.to = to.offset;
  state_.dropped += hits;
  if (auto done = note(state_); !done)
    logging::warn("what was dropped cannot be noted", {{"error", done.error().message}});
  return hits;
}

Result<std::unique_ptr<log::Reader>> Backlog::read(log::Offset from, const OpenLog& open_log) const {
  if (from >= state_.to) return open_log(from);
  std::unique_ptr<log::File> file;
  if (state_.bytes > 0) {
    auto found = log::posix_files().open(file_);
    if (!found) return cannot(file_, "opened", found.error());
    file = std::move(*found);
  }
  return std::make_unique<BacklogReader>(Scan(std::move(file), file_, 0, state_.bytes), from, state_.to, open_log);
}

Result<bool> Backlog::forget_hashes(TimeMs copied_before) {
  std::uint64_t due = state_.forgotten;
  for (const Piece& piece : state_.pieces)
    if (piece.copied < copied_before) due = std::max(due, piece.end);
  if (due == state_.forgotten) return false;
  auto own = log::posix_files().open(file_);
  if (!own) return cannot(file_, "opened", own.error());
  Scan scan(std::move(*own), file_, state_.forgotten, due);
  while (scan.at() < state_.forgotten + kForgetBytes) {
    auto found = scan.next();
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found) break;
    if (!is_hit((*found)->entry.record) || (*found)->who.renamed) continue;
    const auto renamed = [&](std::uint64_t hash) {
      ByteWriter bytes;
      bytes.u64(hash);
      return hash == 0 ? 0 : std::max<std::uint64_t>(1, crypto::siphash24(key_, bytes.take()));
    };
    const Who& who = (*found)->who;
    const Who now{.visitor = renamed(who.visitor), .before = renamed(who.before), .renamed = true};
    if (auto done = log::write_all(scan.file(), bytes_of(now, (*found)->entry.offset), (*found)->who_at); !done)
      return cannot(file_, "overwritten", done.error());
  }
  if (auto done = scan.file().sync(); !done) return cannot(file_, "overwritten", done.error());
  State next = state_;
  next.forgotten = scan.at();
  std::erase_if(next.pieces, [&](const Piece& piece) { return piece.end <= next.forgotten; });
  if (auto done = note(next); !done) return std::unexpected(std::move(done.error()));
  state_ = std::move(next);
  return state_.forgotten < due;
}

Result<void> Backlog::retire() {
  out_.reset();
  auto& disk = log::posix_files();
  if (auto done = put_aside(file_); !done) return done;
  if (auto done = disk.remove(note_of(file_)); !done && done.error() != ENOENT)
    return cannot(note_of(file_), "removed", done.error());
  return {};
}

}  // namespace hk::store
