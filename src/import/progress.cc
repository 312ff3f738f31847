#include "import/progress.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "crypto/encoding.h"
#include "log/file.h"

namespace hk::import {
namespace {

constexpr std::string_view kHead = "hitkeep import 1\n";
constexpr std::string_view kEnd = "end\n";
constexpr std::string_view kSuffix = ".progress";

template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

bool take_key(std::string_view text, ImportProgress& into) {
  const auto space = std::min(text.find(' '), text.size());
  const auto day = number_of<Day>(text.substr(0, space));
  const std::string_view hex = text.substr(std::min(space + 1, text.size()));
  ingest::Salts::Salt salt{};
  if (!day || hex.size() != 2 * salt.size()) return false;
  for (std::size_t i = 0; i < salt.size(); ++i) {
    const auto* const at = hex.data() + 2 * i;
    if (std::from_chars(at, at + 2, salt[i], 16).ptr != at + 2) return false;
  }
  into.keys[*day] = salt;
  return true;
}

bool take_line(std::string_view line, ImportProgress& into) {
  const auto space = std::min(line.find(' '), line.size());
  const std::string_view name = line.substr(0, space), value = line.substr(std::min(space + 1, line.size()));
  const auto put = [&](auto& field) {
    const auto number = number_of<std::remove_reference_t<decltype(field)>>(value);
    if (number) field = *number;
    return number.has_value();
  };
  if (name == "number") return put(into.number);
  if (name == "lines") return put(into.lines);
  if (name == "offset") return put(into.offset);
  if (name == "key") return take_key(value, into);
  if (name != "timeline") return false;
  const auto id = Uuid::parse(value);
  if (id) into.timeline = *id;
  return id.has_value();
}

std::optional<std::string> text_in(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::string encode(const ImportProgress& p) {
  std::string out = concat({kHead, "number ", std::to_string(p.number), "\nlines ", std::to_string(p.lines),
                            "\noffset ", std::to_string(p.offset), "\ntimeline ", p.timeline.str(), "\n"});
  for (const auto& [day, salt] : p.keys) out += concat({"key ", std::to_string(day), " ", crypto::hex(salt), "\n"});
  out += kEnd;
  return out;
}

std::optional<ImportProgress> decode_progress(std::string_view text) {
  if (!text.starts_with(kHead) || !text.ends_with(kEnd)) return std::nullopt;
  text.remove_prefix(kHead.size());
  text.remove_suffix(kEnd.size());
  ImportProgress out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !take_line(text.substr(0, end), out)) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return out.number == 0 ? std::nullopt : std::optional(out);
}

Result<ProgressFile> ProgressFile::open(const std::filesystem::path& folder, const std::string& name) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec) return fail(Code::unavailable, concat({folder.string(), " cannot be made: ", ec.message()}));
  ProgressFile out(folder / (name + std::string(kSuffix)));
  std::uint32_t most = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    if (entry.path().extension() != kSuffix) continue;
    const auto text = text_in(entry.path());
    const auto known = text ? decode_progress(*text) : std::nullopt;
    if (!known) return fail(Code::invalid, concat({entry.path().string(), " is no progress of an import"}));
    most = std::max(most, known->number);
    if (entry.path() == out.file_) out.saved_ = *known;
  }
  if (out.saved_.number == 0) out.saved_.number = most + 1;
  return out;
}

Result<void> ProgressFile::save(const ImportProgress& progress) {
  log::FileSystem& files = log::posix_files();
  const std::filesystem::path next = file_.string() + ".new";
  static_cast<void>(files.remove(next));
  auto made = files.create(next);
  if (!made)
    return fail(Code::unavailable, concat({next.string(), ": ", std::generic_category().message(made.error())}));
  auto done = log::write_all(**made, encode(progress), 0);
  if (done) done = (*made)->sync();
  if (done) done = files.rename(next, file_);
  if (done) done = files.sync_directory(file_.parent_path());
  if (!done)
    return fail(Code::unavailable, concat({file_.string(), ": ", std::generic_category().message(done.error())}));
  saved_ = progress;
  return {};
}

}  // namespace hk::import
