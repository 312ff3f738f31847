#include "app/tls_files.h"

#include <sys/stat.h>

#include <fstream>

#include "base/logging.h"
#include "base/text.h"

namespace hk::app {
namespace {

Result<std::string> text_in(const std::filesystem::path& file, std::string_view setting) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::invalid, concat({setting, " names ", file.string(), ", which ", why}));
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return refuse("cannot be read");
  std::string text(kMaxTlsFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return refuse("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxTlsFileBytes) return refuse("is longer than a certificate or a key");
  return text;
}

/// Changes when the file is written or replaced, also behind a symbolic link.
std::string look_of(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return "none";
  std::string out;
  for (const auto number :
       {static_cast<std::int64_t>(info.st_ino), static_cast<std::int64_t>(info.st_size),
        static_cast<std::int64_t>(info.st_mtim.tv_sec), static_cast<std::int64_t>(info.st_mtim.tv_nsec)})
    out += std::to_string(number) + " ";
  return out;
}

}  // namespace

Result<TimeMs> TlsFiles::read() {
  auto chain = text_in(certificate_, "HITKEEP_TLS_CERT");
  if (!chain) return std::unexpected(chain.error());
  auto key = text_in(key_, "HITKEEP_TLS_KEY");
  if (!key) return std::unexpected(key.error());
  const http::CertificatePair pair{.chain = std::move(*chain), .key = Secret(std::move(*key))};
  if (auto used = shown_->use(pair); !used)
    return fail(used.error().code, concat({certificate_.string(), " and ", key_.string(),
                                           " (HITKEEP_TLS_CERT, HITKEEP_TLS_KEY): ", used.error().message}));
  return shown_->end().value_or(TimeMs{});
}

Result<void> TlsFiles::load() {
  const std::lock_guard lock(mutex_);
  seen_ = look_of(certificate_) + look_of(key_);
  const auto end = read();
  if (!end) return std::unexpected(end.error());
  if (*end < clock_.now() + kEndsSoon)
    logging::warn("the certificate for TLS ends soon; put a new one in its place, which is read by itself",
                  {{"ends", rfc3339(*end)}});
  return {};
}

void TlsFiles::look(bool in_any_case) {
  const std::lock_guard lock(mutex_);
  auto look = look_of(certificate_) + look_of(key_);
  if (look == seen_ && !in_any_case) return;
  seen_ = std::move(look);
  if (const auto end = read(); !end)
    logging::error("the new certificate for TLS cannot be used; the one before goes on being shown",
                   {{"error", end.error().message}});
  else
    logging::info("new connections see the certificate for TLS that was just read", {{"ends", rfc3339(*end)}});
}

}  // namespace hk::app
